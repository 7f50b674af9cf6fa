"""Probabilities that mean what they say, and the point from which an answer is given at all."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.model_selection import LeaveOneGroupOut

RIGHT_WHEN_SURE = 0.95
"""The share of the answers given that are to be right; what is less sure is 'not sure'."""

MARGIN = 0.01
"""Added to it where a threshold is chosen: people who had no part in choosing get about that much
less (94.0 % instead of 95 with ten sources, the embedded model)."""

LEAST, MOST = 0.25, 10.0
"""Bounds of the temperature. A model that is right throughout would take any lower one."""

FEWEST_PEOPLE = 5
"""From so many sources of strangers on, classes get a bias; fewer say little of all people."""

BIAS_COST = 1e-3
"""Times the sum of the squares of the biases, added to the mean loss: how far they are trusted.
1e-5 to 2e-3 all give the same top-1 and top-3 within 0.2 points, see EXPERIMENTS.md."""

SHARE = 0.015
"""Of the probability of each letter that goes to the letter of the same handshape, before anything
here is chosen. With 0.01 to 0.02 top-3 is 95.0 %, without 94.2; one value for
all people, who are too few to choose another for each model (EXPERIMENTS.md)."""

BINS = 15
"""Of the reliability diagram and the ECE, equally wide (Guo et al. 2017, arXiv:1706.04599)."""

CURVE = tuple(i / 20 for i in range(1, 21))
"""The shares of pictures answered at which the coverage curve is given."""


@dataclass(frozen=True)
class Calibration:
    """What is chosen on people never trained on. K classes.

    Attributes:
        temperature: logits are divided by it; over 1 makes a model less sure of itself.
        biases: (K,) added after that. Letters that people form in many ways are read too seldom.
        threshold: a calibrated top probability below it means 'not sure'.
    """

    temperature: float
    biases: np.ndarray
    threshold: float

    def apply(self, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Calibrated probabilities (N, K), and which of them are sure (N,)."""
        calibrated = softmax(logits(probabilities) / self.temperature + self.biases, axis=1)
        return calibrated, calibrated.max(1) >= self.threshold


def logits(probabilities: np.ndarray) -> np.ndarray:
    """Their logarithms, which are the logits but for a constant a row; zeros become 1e-30."""
    return np.log(np.clip(probabilities.astype(np.float64), 1e-30, None))


def calibrate(
    probabilities: np.ndarray,
    truth: np.ndarray,
    weights: np.ndarray,
    least: float = LEAST,
    biased: bool = False,
) -> Calibration:
    """Temperature scaling (Guo et al. 2017), with a bias for each class that is shown if `biased`
    (Alexandari et al. 2020, arXiv:1901.06852); then the threshold.

    Args:
        probabilities: (N, K), of pictures that the model was not trained on.
        truth: (N,) the numbers of the classes.
        weights: (N,) of the pictures.
        least: the lowest temperature allowed. 1 where the pictures show people trained on: of those
            a model may be right throughout, which is no reason to be surer of strangers.
        biased: choose biases too. They add up to 0 over the classes that `truth` shows, and are 0
            for the others, of which it says nothing.
    """
    scores = logits(probabilities)
    shown = np.unique(truth) if biased else np.array([], int)
    one_hot = np.eye(scores.shape[1])[truth]
    weights = weights / weights.sum()

    def spread(free: np.ndarray) -> np.ndarray:
        biases = np.zeros(scores.shape[1])
        biases[shown] = free - (free.mean() if len(free) else 0)
        return biases

    def loss(choice: np.ndarray) -> tuple[float, np.ndarray]:
        """Weighted cross-entropy of (log of 1 / temperature, biases), and its gradient."""
        scale, biases = np.exp(choice[0]), spread(choice[1:])
        log_probabilities = log_softmax(scores * scale + biases, axis=1)
        off = (np.exp(log_probabilities) - one_hot) * weights[:, None]
        of_biases = (off.sum(0) + 2 * BIAS_COST * biases)[shown]
        gradient = np.append((off * scores).sum() * scale, of_biases)
        gradient[1:] -= of_biases.mean() if len(shown) else 0
        entropy = -float((one_hot * log_probabilities).sum(1) @ weights)
        return entropy + BIAS_COST * float(biases @ biases), gradient

    bounds = [(-np.log(MOST), -np.log(least))] + [(None, None)] * len(shown)
    best = minimize(loss, np.zeros(1 + len(shown)), jac=True, bounds=bounds, method="L-BFGS-B").x
    chosen = Calibration(float(np.exp(-best[0])), spread(best[1:]), 0.0)
    calibrated, _ = chosen.apply(probabilities)
    right = calibrated.argmax(1) == truth
    threshold = threshold_of_sureness(calibrated.max(1), right, weights)
    return replace(chosen, threshold=threshold)


def threshold_of_sureness(confidence: np.ndarray, right: np.ndarray, weights: np.ndarray) -> float:
    """The lowest threshold at which RIGHT_WHEN_SURE + MARGIN of the answers given are right.

    Rounded down to four decimals: in float32 the same picture is to be as sure as here. 1.0, which
    answers nothing but certainties, if there is none.
    """
    order = np.argsort(-confidence)
    share_right = np.cumsum((right * weights)[order]) / np.cumsum(weights[order])
    good = np.flatnonzero(share_right >= RIGHT_WHEN_SURE + MARGIN)
    return float(np.floor(confidence[order][good[-1]] * 1e4) / 1e4) if len(good) else 1.0


def cross_fit(
    probabilities: np.ndarray,
    truth: np.ndarray,
    sources: np.ndarray,
    weights: np.ndarray,
    least: float = LEAST,
    biased: bool = False,
) -> dict[str, Calibration]:
    """For each source what the *other* sources choose.

    So figures on the people by whom it was chosen do not flatter: nobody's own pictures decide how
    the model reads them, or how sure it is of them. A single source gets its own choice.
    """
    if len(np.unique(sources)) == 1:
        return {str(sources[0]): calibrate(probabilities, truth, weights, least, biased)}
    return {
        str(sources[own[0]]): calibrate(
            probabilities[others], truth[others], weights[others], least, biased
        )
        for others, own in LeaveOneGroupOut().split(probabilities, truth, sources)
    }


def apply_each(
    choices: dict[str, Calibration], probabilities: np.ndarray, sources: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Each source's rows under its own choice: calibrated (N, K), and which are sure (N,)."""
    calibrated, sure = np.empty(probabilities.shape), np.empty(len(sources), bool)
    for source, choice in choices.items():
        own = sources == source
        calibrated[own], sure[own] = choice.apply(probabilities[own])
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
