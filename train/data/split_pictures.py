"""Holds the pictures of a run, split into parts for training, validation and testing."""

from dataclasses import dataclass
from hashlib import blake2b

import datasets

from asl_model.metrics_file import UNSEEN, UNSEEN_FRAMES, Part, Training
from train.data.duplicates import near_training, warnings
from train.data.split_rules import split
from train.errors import TrainError

SPLIT_OF_PART = {
    "frames": "random_frames",
    "blocks": "held_out_blocks",
    "sources": "held_out_sources",
    "val": "val",
}
"""Maps a part of the pictures to the name of its split in metrics.json."""

PART_OF_SPLIT = {split: part for part, split in SPLIT_OF_PART.items()} | {
    UNSEEN: UNSEEN,
    UNSEEN_FRAMES: UNSEEN_FRAMES,
}
"""Maps a split in metrics.json to the name of its part in the bundle's record of the data."""

UNSEEN_SPLITS = (UNSEEN, UNSEEN_FRAMES, SPLIT_OF_PART["sources"])
"""The splits of people never trained on. Their confidence intervals resample whole sources."""


@dataclass(frozen=True)
class SplitPictures:
    """The pictures of a run.

    Attributes:
        parts: 'train', 'val', 'blocks' and sometimes more, see `train.data.split_rules.split`.
        unseen: letters of people never trained on; None if there are none.
        not_hands: pictures without a hand sign, to count false alarms; None if there are none.
        unseen_frames: whole camera frames of people never trained on; None if there are none.
    """

    parts: dict[str, datasets.Dataset]
    unseen: datasets.Dataset | None = None
    not_hands: datasets.Dataset | None = None
    unseen_frames: datasets.Dataset | None = None

    def to_measure(self) -> tuple[dict[str, datasets.Dataset], tuple[str, ...]]:
        """Returns the pictures of each split in metrics.json, and the splits for the calibration.

        The calibration is chosen on people never trained on, if there are any: on pictures of hands
        and whole frames together. The last resort is 'val'. It shows people from training, on whom
        a model is more confident than it should be on unseen people.
        """
        splits = {
            name: self.parts[part] for part, name in SPLIT_OF_PART.items() if part in self.parts
        }
        splits |= self._unseen()
        chosen_on = (
            tuple(self._unseen())
            or tuple(name for name in (SPLIT_OF_PART["sources"], "val") if name in splits)[:1]
        )
        if chosen_on != ("val",):
            del splits["val"]  # only needed during training
        return splits, chosen_on

    def _unseen(self) -> dict[str, datasets.Dataset]:
        given = {UNSEEN: self.unseen, UNSEEN_FRAMES: self.unseen_frames}
        return {name: pictures for name, pictures in given.items() if pictures is not None}

    def record(self) -> dict[str, Part]:
        """Returns each part's record for metrics.json, with its number of near-copies in train."""
        parts = self.parts | self._unseen()
        near = near_training(parts)
        for line in warnings(near):
            print(f"Warning: {line}")
        return {
            name: part_record(part).model_copy(
                update={"near_duplicates": near[name]["near_duplicates"]} if name in near else {}
            )
            for name, part in parts.items()
        }


def part_record(part: datasets.Dataset) -> Part:
    """Returns the size, the sources and a hash of the ordered pictures, to identify a part."""
    contents = blake2b("".join(part["key"]).encode(), digest_size=16).hexdigest()
    return Part(n=len(part), sources=tuple(sorted(set(part["source"]))), contents=contents)


def check_same(parts: dict[str, datasets.Dataset], training: Training, name: str) -> None:
    """Checks that held-out parts are those of the run that trained a model.

    Args:
        parts: the parts to check.
        training: the run's record in metrics.json.
        name: name of the model, for the message.

    Raises:
        TrainError: the parts differ, or the run did not record its parts.
    """
    if training.split is None:
        raise TrainError(f"'{name}' does not record which pictures were held out. Use --part all.")
    for part, pictures in parts.items():
        own, before = part_record(pictures), training.split.get(part, Part(n=0))
        if own.contents != before.contents:
            raise TrainError(
                f"These are not the pictures that '{name}' was trained on: the same split holds "
                f"out other pictures as '{part}' ({own.n} now, {before.n} then), and some of them "
                "may have been trained on. Give the data of that run."
            )


def split_again(pictures: datasets.Dataset, training: Training) -> dict[str, datasets.Dataset]:
    """Splits the pictures of a run into the parts that `fit` made of them.

    Args:
        pictures: the pictures of the run.
        training: the run's record in metrics.json.

    Raises:
        TrainError: the record does not say how the pictures were split.
    """
    settings = training.settings
    if "seed" not in settings:
        raise TrainError("The bundle does not record how its pictures were split.")
    kind, held_out = settings.get("split", "blocks"), settings.get("held_out", ())
    train_pictures = settings.get("train_pictures", 0)
    return split(pictures, kind, settings["seed"], held_out, train_pictures)
