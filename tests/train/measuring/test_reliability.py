"""The calibration error agrees with scikit-learn's, and the coverage curve with its definition."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.calibration import calibration_curve

from train.measuring.reliability import BINS, coverage, reliability


def test_reliability_agrees_with_scikit_learn() -> None:
    random = np.random.default_rng(0)
    probabilities = softmax(random.normal(0, 4, (2000, 6)), axis=1)
    truth = random.integers(0, 6, 2000)
    confidence, right = probabilities.max(1), probabilities.argmax(1) == truth
    found = reliability(confidence, right, np.ones(2000))
    share_right, mean_confidence = calibration_curve(right, confidence, n_bins=BINS)
    assert [b.right for b in found.bins] == pytest.approx(share_right)
    assert [b.confidence for b in found.bins] == pytest.approx(mean_confidence)
    shares = np.array([b.share for b in found.bins])
    assert shares.sum() == pytest.approx(1)
    assert found.ece == pytest.approx((shares * abs(share_right - mean_confidence)).sum())


def test_coverage_is_what_the_surest_pictures_give() -> None:
    confidence = np.array([0.9, 0.8, 0.7, 0.6])
    points = coverage(confidence, np.array([1, 1, 0, 1]), np.ones(4))
    at = {round(p.answered, 2): (p.right, p.threshold) for p in points}
    assert at == {
        0.25: (1, 0.9),
        0.5: (1, 0.8),
        0.75: (pytest.approx(2 / 3), 0.7),
        1.0: (0.75, 0.6),
    }
