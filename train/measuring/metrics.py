"""Figures of predictions, with intervals that account for the small number of people."""

from typing import Any

import numpy as np

from asl_model.metrics_file import (
    Clusters,
    LetterFigures,
    NotHands,
    SourceFigures,
    SplitFigures,
)
from train.measuring.answers import Answers, source_weights
from train.measuring.intervals import interval, multiplicities, wilson
from train.measuring.reliability import coverage, reliability

FEWEST_SOURCES = 5
"""With fewer sources the bootstrap draws runs of frames: four people say little about others."""

NAMES = ("top1", "top3", "macro_f1", "answered", "right_when_answered")
"""The figures of a split that are a single number."""


def measure(answers: Answers, by_run: bool) -> SplitFigures:
    """Computes all figures of one split. Each source has the same weight, whatever its size.

    Args:
        answers: the answers to the pictures of the split.
        by_run: whether the bootstrap draws runs (the pictures of one class of one source) instead
            of sources. Runs are for held-out frames of people trained on, sources for other people.
    """
    weights = source_weights(answers.sources)
    by_run = by_run or len(np.unique(answers.sources)) < FEWEST_SOURCES
    strata, cluster = _clusters(answers, by_run)
    count = int(cluster.max() + 1)
    sums = _cluster_sums(answers, weights, cluster)
    point = _figures(sums, np.ones((1, count)))
    drawn = _figures(sums, multiplicities(strata))
    headline: dict[str, Any] = {}
    for name in NAMES:
        headline[name] = _number(point[name][0])
        headline[f"{name}_interval"] = interval(drawn[name], [len(s) for s in strata])
    return SplitFigures(
        n=len(answers.truth),
        clusters=Clusters(kind="run" if by_run else "source", n=count),
        **headline,
        sources={
            str(source): _of_one_source(answers, answers.sources == source)
            for source in np.unique(answers.sources)
        },
        letters=_letters(answers, sums["confusion"], point, drawn),
        calibration=reliability(answers.confidence, answers.correct, weights),
        coverage=coverage(answers.confidence, answers.correct, weights),
    )


def measure_not_hands(claimed: np.ndarray) -> NotHands:
    """Computes how often a picture without a hand sign is read as a letter, with Wilson's interval.

    Args:
        claimed: (N,) whether the picture was read as a letter.
    """
    count, n = int(claimed.sum()), len(claimed)
    return NotHands(n=n, letter_claimed=count / n, letter_claimed_interval=wilson(count, n))


def _clusters(answers: Answers, by_run: bool) -> tuple[list[np.ndarray], np.ndarray]:
    """Returns the cluster numbers of each stratum, and (N,) the cluster of each picture.

    Runs are drawn within their source (a stratum), so that each source keeps its weight.
    """
    _, source = np.unique(answers.sources, return_inverse=True)
    if not by_run:
        return [np.arange(source.max() + 1)], source
    runs, cluster = np.unique(
        np.stack([source, answers.truth], axis=1), axis=0, return_inverse=True
    )
    return [np.flatnonzero(runs[:, 0] == i) for i in range(source.max() + 1)], cluster.ravel()


def _cluster_sums(answers: Answers, weights: np.ndarray, cluster: np.ndarray) -> dict[str, Any]:
    """Returns weighted confusion matrices (C, K, K), shown by read, and other sums (C,)."""
    count, classes = cluster.max() + 1, len(answers.label_names)
    place = (cluster * classes + answers.truth) * classes + answers.predicted
    confusion = np.bincount(place, weights, count * classes**2)

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(cluster, weights * values, count)

    return {
        "confusion": confusion.reshape(count, classes, classes),
        "in_top3": total(answers.in_top3),
        "sure": total(answers.sure),
        "sure_and_right": total(answers.sure & answers.correct),
    }


def _figures(sums: dict[str, np.ndarray], drawn: np.ndarray) -> dict[str, np.ndarray]:
    """Returns the figures (B,), and those of letters (B, K), of B draws (B, C) of the clusters.

    The definitions are scikit-learn's, and a test compares the results. Calling scikit-learn for
    each draw would take seconds; sums of confusion matrices give all draws at once.
    """
    classes = sums["confusion"].shape[-1]
    flat = drawn @ sums["confusion"].reshape(len(sums["confusion"]), -1)
    confusion = flat.reshape(len(drawn), classes, classes)
    total = confusion.sum((1, 2))
    hits = np.diagonal(confusion, axis1=1, axis2=2)
    shown, read = confusion.sum(2), confusion.sum(1)
    sure = drawn @ sums["sure"]
    with np.errstate(invalid="ignore"):  # 0 / 0 is undefined
        f1 = np.where(shown > 0, 2 * hits / (shown + read), np.nan)
        return {
            "top1": hits.sum(1) / total,
            "top3": drawn @ sums["in_top3"] / total,
            "macro_f1": np.nanmean(f1, axis=1),
            "answered": sure / total,
            "right_when_answered": drawn @ sums["sure_and_right"] / sure,
            "precision": hits / read,
            "recall": hits / shown,
        }


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _of_one_source(answers: Answers, rows: np.ndarray) -> SourceFigures:
    right, sure = answers.correct[rows], answers.sure[rows]
    return SourceFigures(
        n=int(rows.sum()),
        top1=float(right.mean()),
        top3=float(answers.in_top3[rows].mean()),
        answered=float(sure.mean()),
        right_when_answered=float(right[sure].mean()) if sure.any() else None,
    )


def _letters(
    answers: Answers,
    confusion: np.ndarray,
    point: dict[str, np.ndarray],
    drawn: dict[str, np.ndarray],
) -> dict[str, LetterFigures]:
    """Returns figures of each class shown, with counts of the classes its pictures were read as.

    Args:
        answers: the answers to the pictures of the split.
        confusion: (C, K, K), to count the clusters in which a class is shown or read.
        point: 'precision' and 'recall' (1, K).
        drawn: 'precision' and 'recall' (B, K) in the draws of the bootstrap.
    """
    clusters = {
        "precision": (confusion.sum(1) > 0).sum(0),
        "recall": (confusion.sum(2) > 0).sum(0),
    }
    letters = {}
    for number in np.unique(answers.truth):
        read, counts = np.unique(answers.predicted[answers.truth == number], return_counts=True)
        figures: dict[str, Any] = {"n": int(counts.sum())}
        for name, count in clusters.items():
            figures[name] = _number(point[name][0, number])
            ends = interval(drawn[name][:, number], [int(count[number])])
            figures[f"{name}_interval"] = ends
        order = np.argsort(-counts, kind="stable")
        figures["read_as"] = {answers.label_names[read[i]]: int(counts[i]) for i in order}
        letters[answers.label_names[number]] = LetterFigures(**figures)
    return letters
