"""Measures a model on pictures it was not trained on, through what serves it."""

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import datasets
import numpy as np
import torch
from PIL import Image, ImageOps
from tqdm import tqdm

from asl_model.alphabet import CLASSES, LETTERS, NO_SIGN
from asl_model.bundle import Bundle, pixels
from asl_model.network import adjust_logits
from asl_model.recognizer import Recognizer
from asl_model.sharing import Sharing
from train import calibration
from train.data import class_names
from train.errors import TrainError
from train.measures import Answers, measure, measure_not_hands, weigh
from train.splits import STRANGERS, UNSEEN
from train.views import PLAIN, Views

NOT_HANDS = "not_hands"
"""What metrics.json calls the pictures that show no hand sign at all."""

MIRRORED = "mirrored"
"""What it calls the pictures of people never seen, with left and right in each other's place."""


def predict(
    recognizer: Recognizer,
    pictures: datasets.Dataset,
    name: str,
    workers: int = 1,
    mirror: bool = False,
) -> np.ndarray:
    """Probabilities (N, classes) of N pictures, labelled or not, or of their mirror images.

    Uses the bundle's own preprocessing and `Recognizer`: what is measured is what is served.
    """
    see = partial(pixels, recognizer.bundle.preprocessing, recognizer.bundle.looks)
    transform = partial(_mirrored, see) if mirror else see
    views = Views(pictures, [0] * len(pictures), transform)
    draws = [(number, PLAIN) for number in range(len(views))]
    batches = [draws[i : i + 32] for i in range(0, len(draws), 32)]
    rows = [
        recognizer.probabilities(batch["pixels"].numpy())
        for batch in tqdm(
            views.batches(batches, workers), f"measuring {name}", len(batches), unit="batch"
        )
    ]
    return np.concatenate(rows)


def _mirrored(see: Callable[[Image.Image], np.ndarray], image: Image.Image) -> np.ndarray:
    return see(ImageOps.mirror(image))


def answer(
    recognizer: Recognizer, pictures: datasets.Dataset, name: str, workers: int = 1
) -> Answers:
    """What the model, as it is, says of labelled pictures; sure by its own threshold."""
    bundle = recognizer.bundle
    probabilities = predict(recognizer, pictures, name, workers)
    return Answers(
        bundle.label_names,
        probabilities,
        probabilities.max(1) >= bundle.threshold,
        np.array(numbered(pictures, bundle.label_names)),
        np.array(pictures["source"]),
    )


def numbered(pictures: datasets.Dataset, label_names: Sequence[str]) -> list[int]:
    """The classes of the pictures, numbered as a model's outputs are.

    Raises:
        TrainError: they show a class that is none of the outputs.
    """
    numbers = {CLASSES.index(label): i for i, label in enumerate(label_names)}
    unknown = [name for name in class_names(pictures) if name not in label_names]
    if unknown:
        raise TrainError(
            f"The pictures show what the model does not know: {', '.join(unknown)}. It knows "
            f"{', '.join(label_names)}."
        )
    return [numbers[label] for label in pictures["label"]]


def measure_and_calibrate(
    bundle: Bundle,
    splits: dict[str, datasets.Dataset],
    chosen_on: str,
    not_hands: datasets.Dataset | None,
    workers: int,
) -> Bundle:
    """Chooses temperature, biases and threshold, and measures the model that they make.

    Args:
        bundle: a model; what was chosen for it before is taken back first.
        splits: labelled pictures by the name of their split in metrics.json.
        chosen_on: the split to choose by. Its own figures, of mirror images too, are of each source
            under what the others choose (`train.calibration.cross_fit`).
        not_hands: pictures without a hand sign, for the false alarms.
        workers: processes that read pictures.

    Returns:
        The bundle with temperature and biases in its last layer (so that the plain timm model
        is calibrated, too, but for the sharing), the threshold, and the metrics 'splits',
        'calibration' and perhaps MIRRORED and NOT_HANDS.
    """
    take_back(bundle)
    sharing = Sharing(calibration.SHARE, 1.0, (0.0,) * len(bundle.label_names))
    bundle = dataclasses.replace(bundle, sharing=sharing)
    recognizer = Recognizer(bundle)
    answers = {name: answer(recognizer, part, name, workers) for name, part in splits.items()}
    chooser = answers[chosen_on]
    chosen, choices = _choose(chooser, strangers=chosen_on in STRANGERS)
    measured = {}
    for name, plain in answers.items():
        if name == chosen_on:
            found = calibration.apply_each(choices, plain.probabilities, plain.sources)
        else:
            found = chosen.apply(plain.probabilities)
        calibrated = dataclasses.replace(plain, probabilities=found[0], sure=found[1])
        measured[name] = measure(calibrated, by_run=name not in STRANGERS)
    metrics: dict[str, Any] = {
        "training": bundle.metrics.get("training", {}),
        "splits": measured,
        "calibration": {
            "temperature": chosen.temperature,
            "biases": dict(zip(bundle.label_names, chosen.biases.tolist(), strict=True)),
            "threshold": chosen.threshold,
            "chosen_on": chosen_on,
            "cross_fitted": len(choices) > 1,
            "without_biases": _plain(chooser),
        },
    }
    if UNSEEN in splits:
        one = dict.fromkeys(np.unique(answers[UNSEEN].sources), chosen)
        each = choices if chosen_on == UNSEEN else one
        metrics[MIRRORED] = _measure_mirrored(
            recognizer, splits[UNSEEN], measured[UNSEEN], each, workers
        )
    if not_hands is not None:
        probabilities, sure = chosen.apply(predict(recognizer, not_hands, NOT_HANDS, workers))
        metrics[NOT_HANDS] = measure_not_hands(claims_letter(bundle, probabilities, sure))
    adjust_logits(bundle.model, 1 / chosen.temperature, torch.from_numpy(chosen.biases))
    biases = tuple(chosen.biases.tolist())
    sharing = Sharing(calibration.SHARE, chosen.temperature, biases)
    return dataclasses.replace(bundle, threshold=chosen.threshold, sharing=sharing, metrics=metrics)


def take_back(bundle: Bundle) -> None:
    """Gives the last layer the logits that training left, without temperature and biases.

    Or the biases that all sources chose before would be part of what each is measured by, now or
    after the model was trained further.
    """
    before = bundle.metrics.get("calibration")
    if before:
        biases = before.get("biases", {})
        shift = torch.tensor([-biases.get(name, 0.0) for name in bundle.label_names])
        temperature = before["temperature"]
        adjust_logits(bundle.model, temperature, temperature * shift)


def _choose(
    answers: Answers, strangers: bool
) -> tuple[calibration.Calibration, dict[str, calibration.Calibration]]:
    """What all sources choose, and for each source what the others do."""
    weights = weigh(answers.sources)
    least = calibration.LEAST if strangers else 1.0
    biased = strangers and len(np.unique(answers.sources)) >= calibration.FEWEST_PEOPLE
    seen = answers.probabilities, answers.truth
    return (
        calibration.calibrate(*seen, weights, least, biased),
        calibration.cross_fit(*seen, answers.sources, weights, least, biased),
    )


def _plain(answers: Answers) -> dict[str, float]:
    """What the biases are to be compared with; a temperature changes neither of the two."""
    weights = weigh(answers.sources)
    return {
        "top1": float(np.average(answers.right, weights=weights)),
        "top3": float(np.average(answers.in_top3, weights=weights)),
    }


def _measure_mirrored(
    recognizer: Recognizer,
    pictures: datasets.Dataset,
    plain: dict[str, Any],
    choices: dict[str, calibration.Calibration],
    workers: int,
) -> dict[str, Any]:
    """What is lost when left and right change places: as of the other hand, or another camera."""
    raw = predict(recognizer, pictures, MIRRORED, workers, mirror=True)
    sources = np.array(pictures["source"])
    probabilities, _ = calibration.apply_each(choices, raw, sources)
    right = probabilities.argmax(1) == np.array(numbered(pictures, recognizer.bundle.label_names))
    top1 = float(np.average(right, weights=weigh(sources)))
    return {"split": UNSEEN, "n": len(pictures), "top1": top1, "lost": plain["top1"] - top1}


def claims_letter(bundle: Bundle, probabilities: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """(N,) whether `Prediction.letter` would be a sign, and not None."""
    read = np.array(bundle.label_names)[probabilities.argmax(1)]
    return sure & (read != NO_SIGN)


def summary(name: str, figures: dict[str, Any]) -> str:
    """One line for the terminal."""
    low, high = figures["top1_interval"]
    interval = f" ({low:.1%} to {high:.1%})" if low is not None else ""  # one cluster has none
    return (
        f"{name}: top-1 {figures['top1']:.1%}{interval}, top-3 {figures['top3']:.1%} "
        f"(n={figures['n']})"
    )


def letters_only(pictures: datasets.Dataset) -> datasets.Dataset:
    """The pictures of A to Z, without del, nothing and space."""
    return pictures.filter(lambda label: label < len(LETTERS), input_columns="label")
