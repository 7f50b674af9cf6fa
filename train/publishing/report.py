"""The evaluation as one self-contained HTML page: figures, plots and pictures."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import datasets
import jinja2
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from asl_model.alphabet import MOTION_LETTERS, NO_SIGN
from asl_model.images import open_image
from asl_model.metrics_file import Reliability, SplitFigures
from train.data.pictures import contents
from train.measuring.answers import Answers
from train.measuring.evaluation_result import Evaluation

PAIRS, EXAMPLES = 8, 6
"""How many pairs of confused letters the page shows, and how many pictures of each pair."""

THUMBNAIL = 112
"""Longest side of a picture on the page, in pixels: about 4 kB per picture."""

GREY, BLUE = "#808080", "#3b73d1"
"""Colours that are readable on white and on black: the page follows the reader's theme."""


def write_report(
    file: Path, evaluation: Evaluation, part: str, answers: Answers, pictures: datasets.Dataset
) -> None:
    """Writes the page.

    Args:
        file: path of the page.
        evaluation: the measured figures.
        part: the split of `evaluation` that the page is about.
        answers: the answers to the pictures of that split.
        pictures: the pictures of that split in the same order, for examples of mistakes.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True
    )
    environment.filters["percent"] = lambda x: "-" if x is None else f"{x:.1%}"
    environment.filters["interval"] = lambda x: "" if x[0] is None else f"{x[0]:.1%} to {x[1]:.1%}"
    split = evaluation.splits[part]
    page = environment.get_template("report.html.jinja").render(
        metrics=evaluation,
        part=part,
        split=split,
        matrix=_matrix(answers),
        pairs=_pairs(answers, pictures),
        reliability=_svg(_plot_reliability(split.calibration or Reliability(ece=0.0))),
        coverage=_svg(_plot_coverage(split, evaluation.threshold)),
        moving=[MOTION_LETTERS[name] for name in answers.label_names if name in MOTION_LETTERS],
        no_sign=NO_SIGN,
    )
    file.write_text(page, "utf-8")


def _matrix(answers: Answers) -> dict[str, Any]:
    """Returns counts and shares: a row for each class shown, a column for each class."""
    shown = np.unique(answers.truth)
    size = len(answers.label_names)
    counts = np.bincount(answers.truth * size + answers.predicted, minlength=size**2)
    rows = counts.reshape(size, size)[shown]
    return {
        "columns": answers.label_names,
        "rows": [
            {
                "name": answers.label_names[number],
                "cells": [
                    {"count": int(count), "share": float(count / row.sum()), "right": i == number}
                    for i, count in enumerate(row)
                ],
            }
            for number, row in zip(shown, rows, strict=True)
        ],
    }


def _pairs(answers: Answers, pictures: datasets.Dataset) -> list[dict[str, Any]]:
    """Returns the most frequent mistakes, with pictures from as many sources as possible."""
    wrong = np.flatnonzero(~answers.correct)
    kinds, counts = np.unique(
        np.stack([answers.truth[wrong], answers.predicted[wrong]], axis=1),
        axis=0,
        return_counts=True,
    )
    pairs = []
    for i in np.argsort(-counts, kind="stable")[:PAIRS]:
        shown, read = kinds[i]
        rows = wrong[(answers.truth[wrong] == shown) & (answers.predicted[wrong] == read)]
        pairs.append(
            {
                "shown": answers.label_names[shown],
                "read": answers.label_names[read],
                "count": int(counts[i]),
                "share": float(counts[i] / (answers.truth == shown).sum()),
                "pictures": [
                    {
                        "data": _thumbnail(pictures[int(row)]["image"]),
                        "source": str(answers.sources[row]),
                        "confidence": float(answers.confidence[row]),
                    }
                    for row in _spread(rows, answers.sources[rows])
                ],
            }
        )
    return pairs


def _spread(rows: np.ndarray, sources: np.ndarray) -> list[int]:
    """Returns at most EXAMPLES rows, taken from the sources in turn."""
    turn = {int(row): int((sources[:i] == sources[i]).sum()) for i, row in enumerate(rows)}
    return sorted(turn, key=lambda row: (turn[row], row))[:EXAMPLES]


def _thumbnail(image: dict[str, Any]) -> str:
    picture = open_image(contents(image))
    picture.thumbnail((THUMBNAIL, THUMBNAIL))
    buffer = io.BytesIO()
    picture.save(buffer, "webp", quality=80)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def _plot_reliability(calibration: Reliability) -> Figure:
    figure, axes = _axes("confidence", "right")
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
    axes.scatter(
        [b.confidence for b in calibration.bins],
        [b.right for b in calibration.bins],
        s=[20 + 600 * b.share for b in calibration.bins],
        color=BLUE,
        alpha=0.8,
    )
    axes.set_title(f"Calibration (ECE {calibration.ece:.3f})")
    return figure


def _plot_coverage(split: SplitFigures, threshold: float) -> Figure:
    figure, axes = _axes("share of pictures answered", "right when answered")
    points = split.coverage
    axes.plot([p.answered for p in points], [p.right for p in points], color=BLUE)
    if split.answered is not None and split.right_when_answered is not None:
        axes.scatter([split.answered], [split.right_when_answered], color=BLUE, s=60)
        axes.annotate(
            f"threshold {threshold:.2f}",
            (split.answered, split.right_when_answered),
            textcoords="offset points",
            xytext=(-8, -16),
            ha="right",
            color=GREY,
        )
    low = min(p.right for p in points)
    axes.set_ylim(min(0.9, low - 0.02), 1.005)
    axes.set_title("Accuracy by share answered")
    return figure


def _axes(x: str, y: str) -> Sequence[Any]:
    figure, axes = plt.subplots(figsize=(4.4, 3.4), layout="constrained")
    axes.set(xlabel=x, ylabel=y, xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.tick_params(colors=GREY)
    for text in (axes.xaxis.label, axes.yaxis.label, axes.title):
        text.set_color(GREY)
    return figure, axes


def _svg(figure: Figure) -> str:
    """Returns the plot as SVG for the page; equal figures give equal bytes."""
    with plt.rc_context(
        {"svg.fonttype": "none", "svg.hashsalt": "asl", "font.family": "sans-serif"}
    ):
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    plt.close(figure)
    text = buffer.getvalue()
    return text[text.index("<svg") :]
