"""`python -m train evaluate`: loads what was saved and says how often, and where, it is right."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import torch

from asl_model.bundle import CONFIG, METRICS, Bundle, BundleError
from asl_model.recognizer import Recognizer
from train.data.folders import load_unlabelled
from train.data.pictures import (
    Sources,
    class_names,
    contents,
    load_pictures,
    readable,
    select_classes,
)
from train.data.splits import PART_OF_SPLIT, check_same, split_again
from train.errors import TrainError, make_folder
from train.measuring.calibration import calibrate
from train.measuring.metrics import Answers, measure, measure_not_hands, weigh
from train.measuring.predict import NOT_HANDS, answer, claims_letter, predict, summary
from train.publishing.card import table
from train.publishing.report import write_report

REPORT = "report.html"

TIMED = 50
"""Pictures read one by one for the time an image takes; the first ones warm up."""

SUSPECT_SHARE, SUSPECT_FEWEST = 0.8, 5
"""A folder of at least so many pictures of which so many are read as one other letter."""


def run(
    source: str,
    data: Sources,
    part: str,
    workers: int,
    out: Path,
    not_hands: Path | None = None,
    classes: Sequence[str] = (),
) -> None:
    """Measures a bundle on pictures; prints it, and writes `out`/metrics.json and report.html.

    Args:
        source: a bundle, see `asl_model.Recognizer.load`.
        data: see `load_pictures`. Classes that the bundle does not know are left out.
        part: 'all' of them, or a part that `fit` held out of the same pictures.
        workers: processes that read pictures.
        out: folder to write to.
        not_hands: folder of pictures without a hand sign, for the false alarms.
        classes: those to measure; empty for all.

    Raises:
        TrainError: no such bundle, or pictures of no class that it knows.
    """
    try:
        recognizer = Recognizer.load(source)
    except BundleError as error:
        raise TrainError(str(error)) from None
    bundle = recognizer.bundle
    _check_folder(out)
    pictures = _pictures_of(bundle, data, classes, part)
    warnings = _warnings(bundle, pictures) if part == "all" else []
    empty = readable(load_unlabelled(not_hands)) if not_hands else None
    make_folder("--out", out)
    answers = answer(recognizer, pictures, part, workers)
    own = part not in ("all", "sources") or _trained_on(bundle, pictures)
    figures = measure(answers, by_run=bool(own))
    weights = weigh(answers.sources)
    metrics: dict[str, Any] = {
        "model": bundle.name,
        "data": _in_words(data),
        "splits": {part: figures},
        "warnings": warnings,
        "threshold": bundle.threshold,
        "best_temperature": calibrate(answers.probabilities, answers.truth, weights).temperature,
        "speed": _speed(recognizer, pictures),
    }
    if empty is not None:
        probabilities = predict(recognizer, empty, NOT_HANDS, workers)
        claims = claims_letter(bundle, probabilities, probabilities.max(1) >= bundle.threshold)
        metrics[NOT_HANDS] = measure_not_hands(claims)
    (out / METRICS).write_text(json.dumps(metrics, indent=2) + "\n", "utf-8")
    metrics["suspects"] = _suspects(answers)
    write_report(out / REPORT, metrics, part, answers, pictures)
    print(table(figures))
    for line in warnings:
        print(f"Warning: {line}")
    for line in metrics["suspects"]:
        print(f"Worth a look: {line}")
    print(summary(f"{source} on {part} of {metrics['data']}", figures))
    print(f"Wrote {out / METRICS} and {out / REPORT}.")


def _check_folder(out: Path) -> None:
    """Now, and not after minutes of measuring."""
    if out.exists() and not out.is_dir():
        raise TrainError(f"--out '{out}' is a file. Give a folder to write to.")
    if (out / CONFIG).exists():
        raise TrainError(f"--out '{out}' is a bundle, whose own {METRICS} stays. Give another.")


def _trained_on(bundle: Bundle, pictures: datasets.Dataset) -> list[str]:
    return sorted(
        set(pictures["source"]) & set(bundle.metrics.get("training", {}).get("sources", ()))
    )


def _warnings(bundle: Bundle, pictures: datasets.Dataset) -> list[str]:
    """What makes these figures say less than they seem to, as far as names of sources tell."""
    lines = []
    trained = _trained_on(bundle, pictures)
    if trained:
        lines.append(
            f"It was trained on {', '.join(trained)}. What it was trained on it knows by heart: "
            "give --part blocks, or other people."
        )
    split = bundle.metrics.get("training", {}).get("split", {})
    chosen_on = bundle.metrics.get("calibration", {}).get("chosen_on")
    choosers = set(split.get(PART_OF_SPLIT.get(chosen_on), {}).get("sources", ())) & set(
        pictures["source"]
    )
    if choosers:
        lines.append(
            "Temperature, threshold and biases (if any) were chosen by some of these people, "
            "which flatters these figures a little."
        )
    return lines


def _in_words(data: Sources) -> str:
    return str(data) if isinstance(data, str | Path) else ", ".join(map(str, data))


def _pictures_of(
    bundle: Bundle, data: Sources, classes: Sequence[str], part: str
) -> datasets.Dataset:
    if part != "all" and classes and set(classes) != set(bundle.label_names):
        raise TrainError(  # with fewer pictures the same seed would hold out others
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
    """The part that `fit` made of these pictures, which it makes again from split and seed."""
    training = bundle.metrics.get("training", {})
    parts = split_again(pictures, training)
    held_out = [name for name in parts if name != "train"]
    if part not in held_out:
        raise TrainError(f"--part {part} is none of: all, {', '.join(held_out)}.")
    check_same({part: parts[part]}, training, bundle.name)
    return parts[part]


def _speed(recognizer: Recognizer, pictures: datasets.Dataset) -> dict[str, Any]:
    """Milliseconds from a file to its letter, one picture at a time: the median of TIMED."""
    seconds = []
    for i in np.linspace(0, len(pictures) - 1, TIMED + 5).astype(int):
        started = time.perf_counter()
        recognizer(contents(pictures[int(i)]["image"]))
        seconds.append(time.perf_counter() - started)
    return {
        "milliseconds": float(np.median(seconds[5:])) * 1e3,
        "pictures": TIMED,
        "threads": torch.get_num_threads(),
        "processor": torch.backends.cpu.get_cpu_capability(),
    }


def _suspects(answers: Answers) -> list[str]:
    """Folders that a model reads as another letter nearly throughout: named wrongly, perhaps."""
    lines = []
    for source in np.unique(answers.sources):
        for label in np.unique(answers.truth):
            rows = (answers.sources == source) & (answers.truth == label)
            if rows.sum() < SUSPECT_FEWEST:
                continue
            read, counts = np.unique(answers.read[rows], return_counts=True)
            share, most = counts.max() / rows.sum(), read[counts.argmax()]
            if most != label and share >= SUSPECT_SHARE:
                lines.append(
                    f"{source} shows {answers.label_names[label]}, and {share:.0%} of the "
                    f"{rows.sum()} pictures are read as {answers.label_names[most]}. Is the folder "
                    "named wrongly, or the sign another variant?"
                )
    return lines
