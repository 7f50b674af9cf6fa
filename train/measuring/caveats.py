"""Warnings about figures that look too good, and about folders that may be mislabelled."""

import datasets
import numpy as np

from asl_model.bundle import Bundle
from train.data.split_pictures import PART_OF_SPLIT
from train.measuring.answers import Answers

SUSPECT_SHARE, SUSPECT_FEWEST = 0.8, 5
"""A folder is suspect if at least this share of its pictures is read as one other letter, and if it
has at least this many pictures."""


def trained_on(bundle: Bundle, pictures: datasets.Dataset) -> list[str]:
    """Returns those sources of `pictures` that the bundle was trained on."""
    return sorted(set(pictures["source"]) & set(bundle.metrics.training.sources))


def warnings_of(bundle: Bundle, pictures: datasets.Dataset) -> tuple[str, ...]:
    """Returns reasons why the figures may be too high, judged by the names of the sources."""
    lines = []
    trained = trained_on(bundle, pictures)
    if trained:
        lines.append(
            f"The model was trained on {', '.join(trained)} and knows its training pictures by "
            "heart. Use --part blocks, or pictures of other people."
        )
    record = bundle.metrics.calibration
    parts = bundle.metrics.training.split or {}
    chosen_on = [PART_OF_SPLIT.get(name, "") for name in record.splits] if record else []
    choosers = {s for name in chosen_on if name in parts for s in parts[name].sources}
    if choosers & set(pictures["source"]):
        lines.append(
            "Temperature, threshold and biases (if any) were chosen on some of these people, "
            "which makes these figures a little too high."
        )
    return tuple(lines)


def suspects(answers: Answers) -> tuple[str, ...]:
    """Returns a line for each folder that is mostly read as one other letter: maybe mislabelled."""
    lines = []
    for source in np.unique(answers.sources):
        for label in np.unique(answers.truth):
            rows = (answers.sources == source) & (answers.truth == label)
            if rows.sum() < SUSPECT_FEWEST:
                continue
            read, counts = np.unique(answers.predicted[rows], return_counts=True)
            share, most = counts.max() / rows.sum(), read[counts.argmax()]
            if most != label and share >= SUSPECT_SHARE:
                lines.append(
                    f"{source} shows {answers.label_names[label]}, and {share:.0%} of the "
                    f"{rows.sum()} pictures are read as {answers.label_names[most]}. Is the folder "
                    "named wrongly, or is the sign another variant?"
                )
    return tuple(lines)
