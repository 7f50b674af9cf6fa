"""`python -m train evaluate`: measures how often, and where, a saved bundle is right."""

import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path

import datasets
import numpy as np
import torch

from asl_model.bundle import Bundle, BundleError, read_bundle
from asl_model.bundle_config import CONFIG, METRICS, Cropping
from asl_model.recognizer import Recognizer
from train.data.pictures import (
    Sources,
    class_names,
    contents,
    load_not_hands,
    load_pictures,
    readable,
    select_classes,
)
from train.data.split_pictures import check_same, split_again
from train.errors import TrainError, make_folder
from train.measuring.answers import Answers, Logits
from train.measuring.caveats import suspects, trained_on, warnings_of
from train.measuring.choose_calibration import calibrate
from train.measuring.evaluation_result import Evaluation, Speed
from train.measuring.figures_in_words import summary, table
from train.measuring.metrics import measure, measure_not_hands
from train.measuring.predict import claims_sign, predict_labelled
from train.publishing.report import write_report

REPORT = "report.html"

TIMED = 50
"""Pictures read one by one to measure the time per picture, after a few to warm up."""


def run(
    source: str,
    data: Sources,
    part: str,
    workers: int,
    out: Path,
    not_hands: Path | None = None,
    classes: Sequence[str] = (),
    crop: Cropping | None = None,
) -> None:
    """Measures a bundle; prints the results and writes `out`/metrics.json and report.html.

    Args:
        source: a bundle, see `asl_model.Recognizer.load`.
        data: see `load_pictures`. Classes that the bundle does not know are left out.
        part: 'all' pictures, or a part that `fit` held out of them.
        workers: worker processes that read pictures.
        out: folder to write to.
        not_hands: folder of pictures without a hand sign, to measure false alarms.
        classes: classes to measure; empty for all.
        crop: 'hand' to read the square around the hand, 'none' for the whole picture; None to do
            as the bundle does.

    Raises:
        TrainError: the bundle does not exist, or knows none of the classes in the pictures.
    """
    recognizer = _load(source, crop)
    _check_folder(out)
    pictures = _pictures_of(recognizer.bundle, data, classes, part)
    without_hands = load_not_hands(not_hands)
    make_folder("--out", out)
    logits = predict_labelled(recognizer, pictures, part, workers)
    answers = logits.calibrated(recognizer.bundle.calibration)
    alarms = None
    if without_hands is not None:
        calibration = recognizer.bundle.calibration
        claims = claims_sign(recognizer, calibration, without_hands, workers)
        alarms = measure_not_hands(claims)
    own_people = part not in ("all", "sources") or bool(trained_on(recognizer.bundle, pictures))
    evaluation = Evaluation(
        model=recognizer.bundle.name,
        data=_in_words(data),
        splits={part: measure(answers, by_run=own_people)},
        warnings=warnings_of(recognizer.bundle, pictures) if part == "all" else (),
        threshold=recognizer.bundle.calibration.threshold,
        best_temperature=_best_temperature(answers),
        speed=_speed(recognizer, pictures),
        not_hands=alarms,
        suspects=suspects(answers),
    )
    (out / METRICS).write_text(evaluation.model_dump_json(indent=2) + "\n", "utf-8")
    write_report(out / REPORT, evaluation, part, answers, pictures)
    _print(evaluation, part, f"{source} on {part} of {evaluation.data}")
    print(f"Wrote {out / METRICS} and {out / REPORT}.")


def _load(source: str, crop: Cropping | None) -> Recognizer:
    try:
        bundle = read_bundle(source)
        return Recognizer(dataclasses.replace(bundle, crop=crop) if crop else bundle)
    except BundleError as error:
        raise TrainError(str(error)) from None


def _print(evaluation: Evaluation, part: str, title: str) -> None:
    figures = evaluation.splits[part]
    print(table(figures))
    for line in evaluation.warnings:
        print(f"Warning: {line}")
    for line in evaluation.suspects:
        print(f"Worth a look: {line}")
    print(summary(title, figures))


def _best_temperature(answers: Answers) -> float:
    """Returns the temperature that fits these pictures best, on top of the model's own."""
    values = np.log(np.clip(answers.probabilities, 1e-30, None))
    return calibrate(
        Logits(answers.label_names, values, answers.truth, answers.sources), pairs=False
    ).temperature


def _check_folder(out: Path) -> None:
    """Checks the output folder before minutes of measuring."""
    if out.exists() and not out.is_dir():
        raise TrainError(f"--out '{out}' is a file. Give a folder to write to.")
    if (out / CONFIG).exists():
        raise TrainError(f"--out '{out}' is a bundle, whose own {METRICS} must stay. Give another.")


def _in_words(data: Sources) -> str:
    return str(data) if isinstance(data, str | Path) else ", ".join(map(str, data))


def _pictures_of(
    bundle: Bundle, data: Sources, classes: Sequence[str], part: str
) -> datasets.Dataset:
    if part != "all" and classes and set(classes) != set(bundle.label_names):
        raise TrainError(  # the seed holds out other pictures if there are fewer
            f"--part {part} is measured on all classes of '{bundle.name}': leave --classes out."
        )
    pictures = select_classes(load_pictures(data, classes), classes)
    shown = class_names(pictures)
    known = [name for name in shown if name in bundle.label_names]
    if not known:
        raise TrainError(
            f"'{_in_words(data)}' shows none of the classes of '{bundle.name}', which are "
            f"{', '.join(bundle.label_names)}."
        )
    for what, names in (
        ("Left out, because the bundle does not know them", set(shown) - set(known)),
        ("Not measured, because no picture shows them", set(bundle.label_names) - set(known)),
    ):
        if names:
            print(f"{what}: {', '.join(sorted(names))}.")
    pictures = readable(select_classes(pictures, known))
    return pictures if part == "all" else _held_out(bundle, pictures, part)


def _held_out(bundle: Bundle, pictures: datasets.Dataset, part: str) -> datasets.Dataset:
    """Returns the part that `fit` held out of these pictures, rebuilt from split and seed."""
    training = bundle.metrics.training
    parts = split_again(pictures, training)
    held_out = [name for name in parts if name != "train"]
    if part not in held_out:
        raise TrainError(f"--part {part} is not one of: all, {', '.join(held_out)}.")
    check_same({part: parts[part]}, training, bundle.name)
    return parts[part]


def _speed(recognizer: Recognizer, pictures: datasets.Dataset) -> Speed:
    seconds = []
    for i in np.linspace(0, len(pictures) - 1, TIMED + 5).astype(int):
        started = time.perf_counter()
        recognizer(contents(pictures[int(i)]["image"]))
        seconds.append(time.perf_counter() - started)
    return Speed(
        milliseconds=float(np.median(seconds[5:])) * 1e3,
        pictures=TIMED,
        threads=torch.get_num_threads(),
        processor=torch.backends.cpu.get_cpu_capability(),
    )
