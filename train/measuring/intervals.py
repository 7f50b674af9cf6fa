"""Confidence intervals of figures that rest on few people: the bootstrap over clusters.

A cluster is drawn as a whole: all pictures of a source, or a run of frames.
"""

import numpy as np
from scipy.stats import binomtest, norm, t

from asl_model.metrics_file import Interval

RESAMPLES = 1000
"""Bootstrap draws. Over 30 seeds no end of an interval moved by more than 5 % of its length."""

CONFIDENCE = 0.95


def multiplicities(strata: list[np.ndarray]) -> np.ndarray:
    """Draws clusters within strata; returns (RESAMPLES, C), how often each cluster is drawn.

    Source: Efron and Tibshirani 1993, chapter 6.
    """
    random = np.random.default_rng(0)  # the same pictures give the same interval
    drawn = np.empty((RESAMPLES, sum(map(len, strata))))
    for stratum in strata:
        n = len(stratum)
        drawn[:, stratum] = random.multinomial(n, np.full(n, 1 / n), RESAMPLES)
    return drawn


def interval(drawn: np.ndarray, strata: list[int]) -> Interval:
    """Returns the lower and upper end of a figure's interval, from its bootstrap values.

    If no draw has a single mistake (or a single success), the bootstrap shows no spread. Wilson's
    interval is used then, with one trial per cluster. With only one cluster in each stratum there
    is no interval.

    Args:
        drawn: (B,) the figure in each draw.
        strata: number of clusters in each stratum, within which they were drawn.
    """
    drawn = np.round(drawn[~np.isnan(drawn)], 12)  # a sum may give 0.9999999999999999 for 1
    clusters = sum(strata)
    if not len(drawn) or clusters - len(strata) < 1:
        return None, None
    if drawn.min() == drawn.max() and drawn[0] in (0, 1):
        return wilson(int(drawn[0]) * clusters, clusters)
    low, high = np.quantile(drawn, levels(strata))
    return float(low), float(high)


def wilson(successes: int, trials: int) -> Interval:
    """Returns Wilson's interval (1927) of a share of independent trials."""
    found = binomtest(successes, trials).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)


def levels(strata: list[int]) -> tuple[float, float]:
    """Returns the quantiles of the expanded percentile interval, which is wider for few clusters.

    Source: Hesterberg 2015, What teachers should know about the bootstrap, The American
    Statistician 69(4). With ten clusters, plain percentiles covered the truth in 90.5 of 100
    simulations, expanded ones in 94.5 (docs/experiments/intervals.md).
    """
    degrees = sum(strata) - len(strata)
    # Drawing n clusters from n gives only (n - 1) / n of the true variance.
    lost = np.mean([n / (n - 1) for n in strata if n > 1])
    width = t.ppf((1 + CONFIDENCE) / 2, degrees) * np.sqrt(lost)
    low = float(norm.cdf(-width))
    return low, 1 - low
