"""Runs a model over pictures it was not trained on, with the code that the demo uses."""

from functools import partial

import datasets
import numpy as np
from tqdm import tqdm

from asl_model.alphabet import NO_SIGN
from asl_model.bundle import pixels
from asl_model.calibration import Calibration
from asl_model.recognizer import Recognizer
from train.data.pictures import output_indices
from train.inputs.augmented_views import PLAIN, Views
from train.inputs.hand_boxes import find_boxes
from train.measuring.answers import Answers, Logits

BATCH = 32
"""Pictures per batch."""


def predict(
    recognizer: Recognizer,
    pictures: datasets.Dataset,
    name: str,
    workers: int = 1,
    mirror: bool = False,
) -> np.ndarray:
    """Returns the logits (N, classes) of N pictures, before calibration.

    Args:
        recognizer: the model; its own preprocessing and looks (crops) are used.
        pictures: pictures with or without labels.
        name: name of the pictures in the progress bar.
        workers: number of worker processes that load pictures.
        mirror: use mirror images of the pictures.
    """
    bundle = recognizer.bundle
    see = partial(pixels, bundle.preprocessing, bundle.looks)
    boxes = None
    if bundle.crop == "hand":
        boxes = find_boxes(pictures, name, mirror)
    views = Views(pictures, [0] * len(pictures), see, boxes=boxes, mirror=mirror)
    draws = [(number, PLAIN) for number in range(len(views))]
    batches = [draws[i : i + BATCH] for i in range(0, len(draws), BATCH)]
    rows = [
        recognizer.logits(batch["pixels"].numpy())
        for batch in tqdm(
            views.batches(batches, workers), f"measuring {name}", len(batches), unit="batch"
        )
    ]
    return np.concatenate(rows)


def predict_labelled(
    recognizer: Recognizer,
    pictures: datasets.Dataset,
    name: str,
    workers: int = 1,
    mirror: bool = False,
) -> Logits:
    """Returns the logits of labelled pictures together with their labels and sources."""
    names = recognizer.bundle.label_names
    values = predict(recognizer, pictures, name, workers, mirror)
    truth, sources = np.array(output_indices(pictures, names)), np.array(pictures["source"])
    return Logits(names, values, truth, sources)


def answer(
    recognizer: Recognizer, pictures: datasets.Dataset, name: str, workers: int = 1
) -> Answers:
    """Returns the model's answers to labelled pictures, under its own calibration."""
    logits = predict_labelled(recognizer, pictures, name, workers)
    return logits.calibrated(recognizer.bundle.calibration)


def claims_sign(
    recognizer: Recognizer,
    calibration: Calibration,
    not_hands: datasets.Dataset,
    workers: int = 1,
) -> np.ndarray:
    """Returns (N,) whether `Prediction.letter` is not None, for pictures without a hand sign."""
    names = recognizer.bundle.label_names
    logits = predict(recognizer, not_hands, "not_hands", workers)
    probabilities = calibration.probabilities(logits, names)
    sure = probabilities.max(1) >= calibration.threshold
    claimed: np.ndarray = sure & (np.array(names)[probabilities.argmax(1)] != NO_SIGN)
    return claimed
