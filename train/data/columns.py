"""Converts a data set of pictures to the columns of this project: image, label, source."""

import re
from collections.abc import Sequence
from pathlib import Path

import datasets

from asl_model import CLASSES
from train.errors import TrainError

_CLASS_OF = {name.casefold(): name for name in CLASSES}


def class_of(name: str) -> str | None:
    """Returns the class that a folder or label name stands for, in any letter case, or None."""
    return _CLASS_OF.get(name.casefold())


def check_known(what: str, names: Sequence[str], classes: Sequence[str]) -> None:
    """Raises TrainError if some names are not known classes and `classes` is empty."""
    unknown = [name for name in names if not class_of(name)]
    if unknown and not classes:
        raise TrainError(
            f"{what} that are not known classes: {', '.join(unknown)}. Known classes are A to Z, "
            f"{', '.join(CLASSES[26:])}. Rename them, or list the wanted classes with --classes."
        )


def to_project_columns(
    listed: datasets.Dataset,
    image: str,
    label: str,
    names: Sequence[str],
    source: str,
    classes: Sequence[str],
) -> datasets.Dataset:
    """Renames the image and label columns, adds the source and drops unwanted rows.

    Args:
        listed: a data set.
        image, label: names of its image and label columns.
        names: the class name for each label number.
        source: name of the source of the pictures.
        classes: the classes to keep; empty for all.
    """
    numbers = [CLASSES.index(c) if (c := class_of(name)) else -1 for name in names]
    # Data sets on the Hub mark missing labels with -1 or None, for example in a test split.
    labels = [numbers[i] if i is not None and i >= 0 else -1 for i in listed[label]]
    wanted = [i for i, n in enumerate(labels) if n >= 0 and (not classes or CLASSES[n] in classes)]
    listed = listed.select_columns([image])
    if image != "image":
        listed = listed.rename_column(image, "image")
    listed = listed.cast_column("image", datasets.Image(decode=False))
    listed = listed.add_column("label", labels).add_column("source", [source] * len(labels))
    return listed.select(wanted)


def sort_frames(pictures: datasets.Dataset) -> datasets.Dataset:
    """Sorts the frames of each video, even if they lie in different parts of a source."""
    names = [Path((image and image["path"]) or "").name for image in pictures["image"]]
    if not all(names):
        return pictures  # without file names, keeps the order
    sources, labels = list(pictures["source"]), list(pictures["label"])
    keys = [(s, n, natural_key(f)) for s, n, f in zip(sources, labels, names, strict=True)]
    return pictures.select(sorted(range(len(keys)), key=keys.__getitem__))


def natural_key(path: str) -> list[int | str]:
    """Returns a sort key that orders frames by number, so that `A2.jpg` precedes `A10.jpg`."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", path)]
