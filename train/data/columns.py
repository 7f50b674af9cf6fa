"""Any data set of pictures -> the columns of this project: image, label, source."""

import re
from collections.abc import Sequence
from pathlib import Path

import datasets

from asl_model import CLASSES
from train.errors import TrainError

_CLASS_OF = {name.casefold(): name for name in CLASSES}


def class_of(name: str) -> str | None:
    """The class that a folder or label of this name stands for, in whatever letter case."""
    return _CLASS_OF.get(name.casefold())


def refuse_unknown(what: str, names: Sequence[str], classes: Sequence[str]) -> None:
    """Raises TrainError if names are no classes and nobody said which classes are wanted."""
    unknown = [name for name in names if not class_of(name)]
    if unknown and not classes:
        raise TrainError(
            f"{what} that are no known classes: {', '.join(unknown)}. Known are A to Z, "
            f"{', '.join(CLASSES[26:])}. Rename them, or name the wanted ones by --classes."
        )


def in_our_columns(
    listed: datasets.Dataset,
    image: str,
    label: str,
    names: Sequence[str],
    source: str,
    classes: Sequence[str],
) -> datasets.Dataset:
    """Renames a column of pictures and one of labels, and leaves out what is not wanted.

    Args:
        listed: a data set.
        image, label: names of its columns.
        names: what its labels stand for, by number.
        source: whose pictures they are.
        classes: those wanted; empty for all.
    """
    numbers = [CLASSES.index(c) if (c := class_of(name)) else -1 for name in names]
    # -1 or nothing is how a data set on the Hub writes that it does not tell (its test split).
    labels = [numbers[i] if i is not None and i >= 0 else -1 for i in listed[label]]
    wanted = [i for i, n in enumerate(labels) if n >= 0 and (not classes or CLASSES[n] in classes)]
    listed = listed.select_columns([image])
    if image != "image":
        listed = listed.rename_column(image, "image")
    listed = listed.cast_column("image", datasets.Image(decode=False))
    listed = listed.add_column("label", labels).add_column("source", [source] * len(labels))
    return listed.select(wanted)


def in_order(pictures: datasets.Dataset) -> datasets.Dataset:
    """Frames of a video one after another, whichever part of a source they lie in."""
    names = [Path((image and image["path"]) or "").name for image in pictures["image"]]
    if not all(names):
        return pictures  # a data set without names: as it comes
    sources, labels = list(pictures["source"]), list(pictures["label"])
    keys = [(s, n, natural_key(f)) for s, n, f in zip(sources, labels, names, strict=True)]
    return pictures.select(sorted(range(len(keys)), key=keys.__getitem__))


def natural_key(path: str) -> list[int | str]:
    """Sorts `A2.jpg` before `A10.jpg`: the number in a frame's name is its place in the video."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", path)]
