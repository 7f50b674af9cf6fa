"""The pictures of one run, split into parts: what is trained on, chosen by and measured on."""

from dataclasses import dataclass
from hashlib import blake2b

import datasets

from asl_model.metrics import UNSEEN, Part, Training
from train.data.duplicates import near_training, warnings
from train.data.splits import split
from train.errors import TrainError

SPLIT_OF_PART = {
    "frames": "random_frames",
    "blocks": "held_out_blocks",
    "sources": "held_out_sources",
    "val": "val",
}
"""Part of the pictures -> name of its figures in metrics.json."""

PART_OF_SPLIT = {split: part for part, split in SPLIT_OF_PART.items()} | {UNSEEN: UNSEEN}
"""Name of a split in metrics.json -> name of its part in the bundle's record of the data."""

STRANGERS = (UNSEEN, SPLIT_OF_PART["sources"])
"""The splits that show people never trained on: their intervals draw whole sources."""


@dataclass(frozen=True)
class SplitPictures:
    """The pictures of a run.

    Attributes:
        parts: 'train', 'val', 'blocks' and perhaps more, see `train.data.splits.split`.
        unseen: letters of people never trained on; None if there are none.
        not_hands: pictures without a hand sign, for the false alarms; None if there are none.
    """

    parts: dict[str, datasets.Dataset]
    unseen: datasets.Dataset | None = None
    not_hands: datasets.Dataset | None = None

    def to_measure(self) -> tuple[dict[str, datasets.Dataset], str]:
        """The pictures of each split of metrics.json, and the split to choose the calibration by.

        That is people never trained on, if there are any. The last resort is 'val': it shows people
        trained on, of whom a model is surer than it should be of a stranger.
        """
        splits = {
            name: self.parts[part] for part, name in SPLIT_OF_PART.items() if part in self.parts
        }
        if self.unseen is not None:
            splits[UNSEEN] = self.unseen
        chosen_on = next(n for n in (UNSEEN, SPLIT_OF_PART["sources"], "val") if n in splits)
        if chosen_on != "val":
            del splits["val"]  # used while training, and needed for nothing else
        return splits, chosen_on

    def record(self) -> dict[str, Part]:
        """What metrics.json says of each part; near-copies of training pictures are counted."""
        parts = self.parts | ({UNSEEN: self.unseen} if self.unseen is not None else {})
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
    """Size, sources and a hash of the pictures in their order, to recognise the part later."""
    contents = blake2b("".join(part["key"]).encode(), digest_size=16).hexdigest()
    return Part(n=len(part), sources=tuple(sorted(set(part["source"]))), contents=contents)


def check_same(parts: dict[str, datasets.Dataset], training: Training, name: str) -> None:
    """Checks that these held-out parts are the ones of the run that trained a model.

    Args:
        parts: the parts to check.
        training: the run's record in metrics.json.
        name: of the model, for the message.

    Raises:
        TrainError: they are others, or the run did not record which they were.
    """
    if training.split is None:
        raise TrainError(f"'{name}' does not say which pictures were held out. Use --part all.")
    for part, pictures in parts.items():
        own, before = part_record(pictures), training.split.get(part, Part(n=0))
        if own.contents != before.contents:
            raise TrainError(
                f"These are not the pictures that '{name}' was trained on: the same rule holds out "
                f"other pictures as '{part}' ({own.n} now, {before.n} then), and some of them may "
                "have been trained on. Give the data of that run."
            )


def split_again(pictures: datasets.Dataset, training: Training) -> dict[str, datasets.Dataset]:
    """The parts that a run of `fit` made of these pictures.

    Args:
        pictures: those of the run.
        training: the run's record in metrics.json.

    Raises:
        TrainError: the record does not say how the pictures were split.
    """
    settings = training.settings
    if "seed" not in settings:
        raise TrainError("The bundle does not say how its pictures were split.")
    kind, held_out = settings.get("split", "blocks"), settings.get("held_out", ())
    return split(pictures, kind, settings["seed"], held_out)
