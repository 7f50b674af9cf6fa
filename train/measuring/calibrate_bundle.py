"""Calibrates a bundle on people never trained on, and measures the result."""

import dataclasses
from typing import Any

import datasets
import numpy as np

from asl_model.bundle import Bundle
from asl_model.calibration import Calibration
from asl_model.metrics_file import UNSEEN, CalibrationRecord, Metrics, Mirrored, WithoutBiases
from asl_model.recognizer import Recognizer
from train.data.split_pictures import UNSEEN_SPLITS, SplitPictures
from train.measuring.answers import Logits, joined, source_weights
from train.measuring.choose_calibration import (
    LOWEST_TEMPERATURE,
    MIN_SOURCES_FOR_BIASES,
    calibrate,
    cross_fit,
    uncalibrated,
)
from train.measuring.metrics import measure, measure_not_hands
from train.measuring.predict import claims_sign, predict_labelled


def measure_and_calibrate(bundle: Bundle, pictures: SplitPictures, workers: int) -> Bundle:
    """Chooses the calibration of a bundle, and measures the bundle under it.

    Args:
        bundle: the model; its present calibration is ignored.
        pictures: the pictures to measure on. The calibration is chosen on people never trained on,
            if there are any. The figures of their splits and of mirror images are cross-fitted:
            each source is measured under the calibration that the other sources choose.
        workers: number of worker processes that load pictures.

    Returns:
        The bundle with its calibration and all metrics; the network is unchanged.
    """
    splits, chosen_on = pictures.to_measure()
    recognizer = Recognizer(bundle)
    logits = {n: predict_labelled(recognizer, part, n, workers) for n, part in splits.items()}
    chosen, choices = _choose(
        joined([logits[name] for name in chosen_on]), strangers=chosen_on[0] in UNSEEN_SPLITS
    )
    figures = {
        name: measure(
            values.calibrated_per_source(choices)
            if name in chosen_on
            else values.calibrated(chosen),
            by_run=name not in UNSEEN_SPLITS,
        )
        for name, values in logits.items()
    }
    record = CalibrationRecord(
        chosen_on=", ".join(chosen_on),
        cross_fitted=len(choices) > 1,
        without_biases=_without_biases(logits[chosen_on[0]]),
    )
    more: dict[str, Any] = {}
    if UNSEEN in splits:
        top1 = _top1_mirrored(recognizer, splits[UNSEEN], choices, workers)
        lost = figures[UNSEEN].top1 - top1
        more["mirrored"] = Mirrored(split=UNSEEN, n=len(splits[UNSEEN]), top1=top1, lost=lost)
    if pictures.not_hands is not None:
        claims = claims_sign(recognizer, chosen, pictures.not_hands, workers)
        more["not_hands"] = measure_not_hands(claims)
    training = bundle.metrics.training
    metrics = Metrics(training=training, splits=figures, calibration=record, **more)
    return dataclasses.replace(bundle, calibration=chosen, metrics=metrics)


def _choose(logits: Logits, strangers: bool) -> tuple[Calibration, dict[str, Calibration]]:
    """Returns what all sources choose together, and for each source what the others choose."""
    lowest = LOWEST_TEMPERATURE if strangers else 1.0
    biased = strangers and len(np.unique(logits.sources)) >= MIN_SOURCES_FOR_BIASES
    return calibrate(logits, lowest, biased), cross_fit(logits, lowest, biased)


def _without_biases(logits: Logits) -> WithoutBiases:
    """Returns top-1 and top-3 without biases; a temperature would change neither."""
    answers, weights = (
        logits.calibrated(uncalibrated(logits.label_names)),
        source_weights(logits.sources),
    )
    return WithoutBiases(
        top1=float(np.average(answers.correct, weights=weights)),
        top3=float(np.average(answers.in_top3, weights=weights)),
    )


def _top1_mirrored(
    recognizer: Recognizer,
    pictures: datasets.Dataset,
    calibrations: dict[str, Calibration],
    workers: int,
) -> float:
    """Returns top-1 on mirror images: the view of the other hand, or of a mirroring camera."""
    logits = predict_labelled(recognizer, pictures, "mirrored", workers, mirror=True)
    right = logits.calibrated_per_source(calibrations).correct
    return float(np.average(right, weights=source_weights(logits.sources)))
