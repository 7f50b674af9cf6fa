"""Figures of a model on pictures it was not trained on."""

from collections.abc import Sequence
from typing import Any

import datasets
import numpy as np
from sklearn.metrics import top_k_accuracy_score
from tqdm import tqdm

from asl_model.alphabet import CLASSES, LETTERS
from asl_model.bundle import Bundle
from asl_model.recognizer import Recognizer
from train.views import PLAIN, Views

RIGHT_WHEN_SURE = 0.95
"""The share of the answers given that are to be right; what is less sure is 'not sure'."""


def predict(
    bundle: Bundle, pictures: datasets.Dataset, name: str, workers: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (N, classes) and true classes (N,), numbered as in the bundle.

    Uses the bundle's own preprocessing and `Recognizer`: what is measured is what is served.
    """
    recognizer = Recognizer(bundle)
    truth = numbered(pictures, bundle.label_names)
    views = Views(pictures, truth, bundle.transform)
    draws = [(number, PLAIN) for number in range(len(views))]
    batches = [draws[i : i + 32] for i in range(0, len(draws), 32)]
    rows = [
        recognizer.probabilities(batch["pixels"])
        for batch in tqdm(
            views.batches(batches, workers), f"measuring {name}", len(batches), unit="batch"
        )
    ]
    return np.concatenate(rows), np.array(truth)


def numbered(pictures: datasets.Dataset, label_names: Sequence[str]) -> list[int]:
    """The classes of the pictures, numbered as a model's outputs are."""
    numbers = {CLASSES.index(label): i for i, label in enumerate(label_names)}
    return [numbers[label] for label in pictures["label"]]


def measure(
    probabilities: np.ndarray, truth: np.ndarray, sources: list[str], threshold: float
) -> dict[str, Any]:
    """Figures per source and their plain mean over the sources, in which each counts the same.

    Returns:
        {'n', 'top1', 'top3', 'answered', 'right_when_answered', 'sources': {name: the same}};
        all but n in 0..1. 'answered' is the share at or above the threshold.
    """
    per_source = {}
    for source in sorted(set(sources)):
        rows = np.array(sources) == source
        per_source[source] = _figures(probabilities[rows], truth[rows], threshold)
    mean = {
        key: float(np.mean([figures[key] for figures in per_source.values()]))
        for key in ("top1", "top3", "answered", "right_when_answered")
    }
    return {"n": len(truth), **mean, "sources": per_source}


def summary(name: str, figures: dict[str, Any]) -> str:
    """One line for the terminal."""
    return f"{name}: top-1 {figures['top1']:.1%}, top-3 {figures['top3']:.1%} (n={figures['n']})"


def _figures(probabilities: np.ndarray, truth: np.ndarray, threshold: float) -> dict[str, Any]:
    classes = np.arange(probabilities.shape[1])
    right = probabilities.argmax(1) == truth
    sure = probabilities.max(1) >= threshold
    top3 = 1.0  # by definition, where there are no more than three classes
    if len(classes) > 3:
        top3 = top_k_accuracy_score(truth, probabilities, k=3, labels=classes)
    return {
        "n": len(truth),
        "top1": float(right.mean()),
        "top3": float(top3),
        "answered": float(sure.mean()),
        "right_when_answered": float(right[sure].mean()) if sure.any() else 1.0,
    }


def threshold_of_sureness(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """The lowest threshold at which RIGHT_WHEN_SURE of the answers given are right.

    1.0, which answers nothing but certainties, if there is none.
    """
    confidence = probabilities.max(1)
    order = np.argsort(-confidence)
    right = (probabilities.argmax(1) == truth)[order]
    share_right = np.cumsum(right) / np.arange(1, len(right) + 1)
    good = np.flatnonzero(share_right >= RIGHT_WHEN_SURE)
    return float(confidence[order][good[-1]]) if len(good) else 1.0


def letters_only(pictures: datasets.Dataset) -> datasets.Dataset:
    """The pictures of A to Z, without del, nothing and space."""
    return pictures.filter(lambda label: label < len(LETTERS), input_columns="label")
