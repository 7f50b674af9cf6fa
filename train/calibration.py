"""Probabilities that mean what they say, and the point from which an answer is given at all."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.model_selection import LeaveOneGroupOut

RIGHT_WHEN_SURE = 0.95
"""The share of the answers given that are to be right; what is less sure is 'not sure'."""

LEAST, MOST = 0.25, 10.0
"""Bounds of the temperature. A model that is right throughout would take any lower one."""

BINS = 15
"""Of the reliability diagram and the ECE, equally wide (Guo et al. 2017, arXiv:1706.04599)."""

CURVE = tuple(i / 20 for i in range(1, 21))
"""The shares of pictures answered at which the coverage curve is given."""


@dataclass(frozen=True)
class Calibration:
    """What is chosen on people never trained on.

    Attributes:
        temperature: logits are divided by it; over 1 makes a model less sure of itself.
        threshold: a calibrated top probability below it means 'not sure'.
    """

    temperature: float
    threshold: float

    def apply(self, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Calibrated probabilities (N, classes), and which of them are sure (N,)."""
        calibrated = softmax(logits(probabilities) / self.temperature, axis=1)
        return calibrated, calibrated.max(1) >= self.threshold


def logits(probabilities: np.ndarray) -> np.ndarray:
    """Their logarithms, which are the logits but for a constant a row; zeros become 1e-30."""
    return np.log(np.clip(probabilities.astype(np.float64), 1e-30, None))


def calibrate(
    probabilities: np.ndarray, truth: np.ndarray, weights: np.ndarray, least: float = LEAST
) -> Calibration:
    """Temperature scaling (Guo et al. 2017), then the threshold at that temperature.

    Args:
        probabilities: (N, classes), of pictures that the model was not trained on.
        truth: (N,) the numbers of the classes.
        weights: (N,) of the pictures.
        least: the lowest temperature allowed. 1 where the pictures show people trained on: of those
            a model may be right throughout, which is no reason to be surer of strangers.
    """
    scores = logits(probabilities)
    rows = np.arange(len(truth))

    def loss(log_temperature: float) -> float:
        log_probabilities = log_softmax(scores / np.exp(log_temperature), axis=1)
        return -float(np.average(log_probabilities[rows, truth], weights=weights))

    best = minimize_scalar(loss, bounds=(np.log(least), np.log(MOST)), method="bounded")
    temperature = float(np.exp(best.x))
    calibrated = softmax(scores / temperature, axis=1)
    right = calibrated.argmax(1) == truth
    return Calibration(temperature, threshold_of_sureness(calibrated.max(1), right, weights))


def threshold_of_sureness(confidence: np.ndarray, right: np.ndarray, weights: np.ndarray) -> float:
    """The lowest threshold at which RIGHT_WHEN_SURE of the answers given are right.

    Rounded down to four decimals: in float32 the same picture is to be as sure as here. 1.0, which
    answers nothing but certainties, if there is none.
    """
    order = np.argsort(-confidence)
    share_right = np.cumsum((right * weights)[order]) / np.cumsum(weights[order])
    good = np.flatnonzero(share_right >= RIGHT_WHEN_SURE)
    return float(np.floor(confidence[order][good[-1]] * 1e4) / 1e4) if len(good) else 1.0


def cross_fitted(
    probabilities: np.ndarray,
    truth: np.ndarray,
    sources: np.ndarray,
    weights: np.ndarray,
    least: float = LEAST,
) -> tuple[np.ndarray, np.ndarray]:
    """Each source under the temperature and the threshold that the *other* sources choose.

    So figures on the people by whom the two were chosen do not flatter: nobody's own pictures
    decide how sure the model is of them.

    Returns:
        Calibrated probabilities (N, classes), and which of them are sure (N,). Of a single source
        the plain ones, under its own choice.
    """
    if len(np.unique(sources)) == 1:
        return calibrate(probabilities, truth, weights, least).apply(probabilities)
    calibrated, sure = np.empty(probabilities.shape), np.empty(len(truth), bool)
    for others, own in LeaveOneGroupOut().split(probabilities, truth, sources):
        chosen = calibrate(probabilities[others], truth[others], weights[others], least)
        calibrated[own], sure[own] = chosen.apply(probabilities[own])
    return calibrated, sure


def reliability(confidence: np.ndarray, right: np.ndarray, weights: np.ndarray) -> dict[str, Any]:
    """The expected calibration error, and the bins it is made of.

    Returns:
        {'ece', 'bins': [{'share', 'confidence', 'right'}]}, all in 0..1; empty bins are left out.
    """
    edges = np.linspace(0, 1, BINS + 1)

    def sums(values: np.ndarray) -> np.ndarray:
        return np.histogram(confidence, edges, weights=values * weights / weights.sum())[0]

    share = sums(np.ones(len(right)))
    full = share > 0
    share, mean, correct = share[full], sums(confidence)[full], sums(right)[full]
    bins = [
        {"share": float(s), "confidence": float(c / s), "right": float(r / s)}
        for s, c, r in zip(share, mean, correct, strict=True)
    ]
    return {"ece": float(np.abs(mean - correct).sum()), "bins": bins}


def coverage(
    confidence: np.ndarray, right: np.ndarray, weights: np.ndarray
) -> list[dict[str, float]]:
    """How often it is right if it answers only the share of pictures that it is surest of.

    Returns:
        [{'answered', 'right', 'threshold'}] for each share in CURVE.
    """
    order = np.argsort(-confidence)
    answered = np.cumsum(weights[order]) / weights.sum()
    correct = np.cumsum((right * weights)[order]) / weights.sum()
    last = np.minimum(np.searchsorted(answered, np.array(CURVE) - 1e-9), len(order) - 1)
    return [
        {
            "answered": float(answered[i]),
            "right": float(correct[i] / answered[i]),
            "threshold": float(confidence[order][i]),
        }
        for i in last
    ]
