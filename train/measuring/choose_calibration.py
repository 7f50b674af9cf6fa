"""Chooses the calibration: temperature, biases and threshold (`asl_model.calibration`)."""

from dataclasses import replace

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax
from sklearn.model_selection import LeaveOneGroupOut

from asl_model.calibration import SAME_HANDSHAPE, Calibration, HandshapePair
from train.measuring.answers import Logits, source_weights

RIGHT_WHEN_SURE = 0.95
"""Share of the given answers that must be right; less certain answers become 'not sure'."""

MARGIN = 0.01
"""Added to RIGHT_WHEN_SURE when the threshold is chosen. For people who had no part in the choice
the share is about that much lower (94.0 % instead of 95 with ten sources, the embedded model)."""

LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 0.25, 10.0
"""Bounds of the temperature. For a model without mistakes, lower would always be better."""

MIN_SOURCES_FOR_BIASES = 5
"""Least number of sources to choose biases on; fewer say little about people in general."""

BIAS_PENALTY = 1e-3
"""Weight of the sum of squared biases in the loss: a larger one keeps the biases nearer to 0. With
1e-5 to 2e-3, top-1 and top-3 stay the same within 0.2 points
(docs/experiments/letter-biases.md)."""

HANDSHAPE_SHARE = 0.015
"""Part of its probability that a letter gives to the other letter of its handshape. Top-3 is 95.0 %
with 0.01 to 0.02 and 94.2 % without. All pairs and models have the same value: there are too few
people to choose more (docs/experiments/handshape-pairs.md)."""


def uncalibrated(label_names: tuple[str, ...]) -> Calibration:
    """Returns the calibration to start from: only the handshape pairs that the model knows."""
    pairs = (letters for letters in SAME_HANDSHAPE if set(letters) <= set(label_names))
    return Calibration(
        handshape_pairs=tuple(HandshapePair(letters, HANDSHAPE_SHARE) for letters in pairs)
    )


def calibrate(
    logits: Logits,
    lowest_temperature: float = LOWEST_TEMPERATURE,
    biased: bool = False,
    pairs: bool = True,
) -> Calibration:
    """Chooses a temperature (Guo et al. 2017, arXiv:1706.04599), then the threshold.

    With `biased` also a bias for each class shown (Alexandari et al. 2020, arXiv:1901.06852). Each
    source has the same weight.

    Args:
        logits: logits of pictures that the network was not trained on.
        lowest_temperature: use 1 if the pictures show people trained on. A model may be right about
            all of them, but that is no reason to be surer about unseen people.
        biased: also choose biases. They sum to 0 over the classes shown, and are 0 for the others.
        pairs: first let the letters of each handshape pair exchange their share.
    """
    start = uncalibrated(logits.label_names) if pairs else Calibration()
    scores = start.exchange_shares(logits.values, logits.label_names)
    weights = source_weights(logits.sources)
    shown = np.unique(logits.truth) if biased else np.array([], int)
    temperature, biases = _minimise(scores, logits.truth, weights, shown, lowest_temperature)
    named = dict(zip(logits.label_names, biases.tolist(), strict=True)) if biased else {}
    chosen = replace(start, temperature=temperature, biases=named)
    answers = logits.calibrated(chosen)
    return replace(chosen, threshold=choose_threshold(answers.confidence, answers.correct, weights))


def _minimise(
    scores: np.ndarray,
    truth: np.ndarray,
    weights: np.ndarray,
    shown: np.ndarray,
    lowest_temperature: float,
) -> tuple[float, np.ndarray]:
    """Returns temperature and biases (K,) of the lowest weighted cross-entropy.

    Classes that are not in `shown` get no bias.
    """
    one_hot = np.eye(scores.shape[1])[truth]

    def spread(free: np.ndarray) -> np.ndarray:
        biases = np.zeros(scores.shape[1])
        biases[shown] = free - (free.mean() if len(free) else 0)
        return biases

    def loss(choice: np.ndarray) -> tuple[float, np.ndarray]:
        """Returns the loss at (log of 1 / temperature, biases), and its gradient."""
        scale, biases = np.exp(choice[0]), spread(choice[1:])
        log_probabilities = log_softmax(scores * scale + biases, axis=1)
        off = (np.exp(log_probabilities) - one_hot) * weights[:, None]
        of_biases = (off.sum(0) + 2 * BIAS_PENALTY * biases)[shown]
        gradient = np.append((off * scores).sum() * scale, of_biases)
        gradient[1:] -= of_biases.mean() if len(shown) else 0
        entropy = -float((one_hot * log_probabilities).sum(1) @ weights)
        return entropy + BIAS_PENALTY * float(biases @ biases), gradient

    bounds = [(-np.log(HIGHEST_TEMPERATURE), -np.log(lowest_temperature))]
    bounds += [(None, None)] * len(shown)
    best = minimize(loss, np.zeros(1 + len(shown)), jac=True, bounds=bounds, method="L-BFGS-B").x
    return float(np.exp(-best[0])), spread(best[1:])


def choose_threshold(confidence: np.ndarray, right: np.ndarray, weights: np.ndarray) -> float:
    """Returns the lowest threshold at which RIGHT_WHEN_SURE + MARGIN of the answers are right.

    The threshold is rounded down to four decimals, so that float32 gives the same answers. It is
    1.0 if no threshold reaches that share: then only answers of probability 1 are given.

    Args:
        confidence: (N,) probability of each answer.
        right: (N,) whether the answer is right.
        weights: (N,) weight of each picture.
    """
    order = np.argsort(-confidence)
    share_right = np.cumsum((right * weights)[order]) / np.cumsum(weights[order])
    good = np.flatnonzero(share_right >= RIGHT_WHEN_SURE + MARGIN)
    return float(np.floor(confidence[order][good[-1]] * 1e4) / 1e4) if len(good) else 1.0


def cross_fit(
    logits: Logits, lowest_temperature: float = LOWEST_TEMPERATURE, biased: bool = False
) -> dict[str, Calibration]:
    """Returns for each source the calibration that the *other* sources choose.

    A source measured under its own choice would get figures that are too high. A single source
    gets its own choice.
    """
    if len(np.unique(logits.sources)) == 1:
        return {str(logits.sources[0]): calibrate(logits, lowest_temperature, biased)}
    return {
        str(logits.sources[own[0]]): calibrate(logits.rows(others), lowest_temperature, biased)
        for others, own in LeaveOneGroupOut().split(logits.values, groups=logits.sources)
    }
