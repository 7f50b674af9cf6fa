"""What makes the figures of a model say less than they seem to."""

import datasets
import numpy as np

from asl_model.bundle import Bundle
from train.data.split_pictures import PART_OF_SPLIT
from train.measuring.answers import Answers

SUSPECT_SHARE, SUSPECT_FEWEST = 0.8, 5
"""A folder of at least so many pictures of which so many are read as one other letter."""


def trained_on(bundle: Bundle, pictures: datasets.Dataset) -> list[str]:
    """The sources of the pictures that the bundle was trained on."""
    return sorted(set(pictures["source"]) & set(bundle.metrics.training.sources))


def warnings_of(bundle: Bundle, pictures: datasets.Dataset) -> tuple[str, ...]:
    """What makes these figures say less than they seem to, as far as names of sources tell."""
    lines = []
    trained = trained_on(bundle, pictures)
    if trained:
        lines.append(
            f"It was trained on {', '.join(trained)}. What it was trained on it knows by heart: "
            "give --part blocks, or other people."
        )
    record = bundle.metrics.calibration
    chosen_on = PART_OF_SPLIT.get(record.chosen_on, "") if record else ""
    choosers = (bundle.metrics.training.split or {}).get(chosen_on)
    if choosers and set(choosers.sources) & set(pictures["source"]):
        lines.append(
            "Temperature, threshold and biases (if any) were chosen by some of these people, "
            "which flatters these figures a little."
        )
    return tuple(lines)


def suspects(answers: Answers) -> tuple[str, ...]:
    """Folders that a model reads as another letter nearly throughout: named wrongly, perhaps."""
    lines = []
    for source in np.unique(answers.sources):
        for label in np.unique(answers.truth):
            rows = (answers.sources == source) & (answers.truth == label)
            if rows.sum() < SUSPECT_FEWEST:
                continue
            read, counts = np.unique(answers.read[rows], return_counts=True)
            share, most = counts.max() / rows.sum(), read[counts.argmax()]
            if most != label and share >= SUSPECT_SHARE:
                lines.append(
                    f"{source} shows {answers.label_names[label]}, and {share:.0%} of the "
                    f"{rows.sum()} pictures are read as {answers.label_names[most]}. Is the folder "
                    "named wrongly, or the sign another variant?"
                )
    return tuple(lines)
