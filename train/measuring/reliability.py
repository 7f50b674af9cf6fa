"""How well probabilities are calibrated, and what is gained by answering less often."""

import numpy as np

from asl_model.metrics_file import CoveragePoint, Reliability, ReliabilityBin

BINS = 15
"""Number of equally wide bins of the reliability diagram (Guo et al. 2017, arXiv:1706.04599)."""

SHARES_ANSWERED = tuple(i / 20 for i in range(1, 21))
"""Shares of pictures answered at which the coverage curve is computed."""


def reliability(confidence: np.ndarray, right: np.ndarray, weights: np.ndarray) -> Reliability:
    """Computes the expected calibration error (ECE) and its bins; empty bins are left out.

    Args:
        confidence: (N,) probability of each answer.
        right: (N,) whether the answer is right.
        weights: (N,) weight of each picture.
    """
    edges = np.linspace(0, 1, BINS + 1)

    def sums(values: np.ndarray) -> np.ndarray:
        return np.histogram(confidence, edges, weights=values * weights / weights.sum())[0]

    share = sums(np.ones(len(right)))
    full = share > 0
    share, mean, correct = share[full], sums(confidence)[full], sums(right)[full]
    bins = tuple(
        ReliabilityBin(share=float(s), confidence=float(c / s), right=float(r / s))
        for s, c, r in zip(share, mean, correct, strict=True)
    )
    return Reliability(ece=float(np.abs(mean - correct).sum()), bins=bins)


def coverage(
    confidence: np.ndarray, right: np.ndarray, weights: np.ndarray
) -> tuple[CoveragePoint, ...]:
    """Computes how often answers are right if only the surest pictures are answered.

    Args:
        confidence, right, weights: as in `reliability`.

    Returns:
        A point for each of SHARES_ANSWERED.
    """
    order = np.argsort(-confidence)
    answered = np.cumsum(weights[order]) / weights.sum()
    correct = np.cumsum((right * weights)[order]) / weights.sum()
    last = np.minimum(np.searchsorted(answered, np.array(SHARES_ANSWERED) - 1e-9), len(order) - 1)
    return tuple(
        CoveragePoint(
            answered=float(answered[i]),
            right=float(correct[i] / answered[i]),
            threshold=float(confidence[order][i]),
        )
        for i in last
    )
