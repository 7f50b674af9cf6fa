"""Measures a model on pictures it was not trained on, through what serves it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import datasets
import numpy as np
from PIL import Image, ImageOps
from tqdm import tqdm

from asl_model.alphabet import CLASSES, LETTERS, NO_SIGN
from asl_model.bundle import Bundle, pixels
from asl_model.recognizer import Recognizer
from train.data.pictures import class_names
from train.errors import TrainError
from train.inputs.augmented import PLAIN, Views
from train.measuring.metrics import Answers

NOT_HANDS = "not_hands"
"""What metrics.json calls the pictures that show no hand sign at all."""


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
