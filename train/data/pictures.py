"""Loads all pictures of a run as one `datasets.Dataset`, labelled and checked."""

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeAlias

import datasets
import imagehash
import numpy as np
from PIL import Image
from tqdm import tqdm

from asl_model import CLASSES, ImageError
from asl_model.alphabet import LETTERS
from asl_model.images import open_image
from train.data.folders import load_unlabelled
from train.data.sources import load_source
from train.errors import TrainError

Sources: TypeAlias = str | Path | Sequence[str | Path]
"""One or more sources, see `train.data.sources.load_source`."""

HASH_SIDE = 16
"""Side of the perceptual hash, which has 16 x 16 = 256 bits. With the usual 64 bits, two letters of
one person in front of one wall differ as little as two frames of one letter."""


def load_pictures(data: Sources, classes: Sequence[str] = ()) -> datasets.Dataset:
    """Lists the pictures of one or more sources.

    Args:
        data: see `train.data.sources.load_source`.
        classes: the classes to keep; empty for all. `select_classes` checks that all of them
            occur.

    Returns:
        Columns `image` (not decoded), `label` (index in CLASSES) and `source` (a name), in
        natural order of the file names, so that neighbouring frames of a video stay neighbours.

    Raises:
        TrainError: a source cannot be loaded, or does not show the manual alphabet.
    """
    given = [data] if isinstance(data, str | Path) else list(data)
    listed: list[datasets.Dataset] = []
    named: dict[str, str | Path] = {}
    for root in tqdm(given, "listing", unit="source"):
        pictures = load_source(root, classes)
        if not len(pictures):
            raise TrainError(f"'{root}' has no pictures of {', '.join(classes or CLASSES)}.")
        for name in sorted(set(pictures["source"])):
            if name in named:
                raise TrainError(
                    f"Two sources are called '{name}': one in {named[name]}, one in {root}. If "
                    "they are parts of one source, give the folder above them. If they are "
                    "different people, rename one of the folders."
                )
            named[name] = root
        listed.append(pictures)
    listed.sort(key=lambda pictures: pictures[0]["source"])  # independent of the order of `data`
    return datasets.concatenate_datasets(listed)


def examine(pictures: datasets.Dataset) -> tuple[datasets.Dataset, list[str]]:
    """Opens every picture once, so that a damaged file does not end a run after an hour.

    Returns:
        The pictures that can be read, and a line for each that cannot. Added columns: `key`, a
        hash of the file's contents, so that a changed picture is not mistaken for the old one;
        `phash`, a perceptual hash (`train.data.duplicates`); `width` and `height`, in pixels.

    Raises:
        TrainError: none of the pictures can be read.
    """
    good: list[int] = []
    bad: list[str] = []
    columns: dict[str, list[Any]] = {"key": [], "phash": [], "width": [], "height": []}
    for i, image in enumerate(tqdm(pictures["image"], "checking", unit="picture")):
        try:
            opened = open_image(contents(image) if image else b"")  # a row may have no image
        except ImageError as error:
            bad.append(f"{name_of(image, i)}: {error}")
            continue
        good.append(i)
        columns["key"].append(_hash_of_contents(image))
        columns["phash"].append(_hash_of_looks(opened))
        columns["width"].append(opened.width)
        columns["height"].append(opened.height)
    if not len(pictures):
        raise TrainError("There are no pictures to read.")
    if not good:
        raise TrainError(f"None of {len(pictures)} pictures can be read. The first: {bad[0]}")
    result = pictures.select(good)
    for name, values in columns.items():
        result = result.add_column(name, values)
    return result, bad


def readable(pictures: datasets.Dataset) -> datasets.Dataset:
    """Returns the pictures that can be read, as `examine` does, and prints the others.

    Raises:
        TrainError: none of the pictures can be read.
    """
    good, bad = examine(pictures)
    if bad:
        print(f"Left out {len(bad)} of {len(pictures)} pictures:", flush=True)
        print(*(f"  {line}" for line in bad), sep="\n", flush=True)
    return good


def contents(image: dict[str, Any]) -> bytes | str:
    """Returns the bytes of a picture if the data set holds them, else its path."""
    return image["bytes"] if image["bytes"] is not None else image["path"]


def name_of(image: dict[str, Any] | None, number: int) -> str:
    """Returns the path of a picture, or its number in a data set without paths."""
    return (image and image["path"]) or f"picture {number}"


def _hash_of_contents(image: dict[str, Any]) -> str:
    data = contents(image)
    data = data if isinstance(data, bytes) else Path(data).read_bytes()
    return blake2b(data, digest_size=16).hexdigest()


def _hash_of_looks(image: Image.Image) -> bytes:
    return np.packbits(imagehash.phash(image, HASH_SIDE).hash).tobytes()


def select_classes(pictures: datasets.Dataset, names: Sequence[str]) -> datasets.Dataset:
    """Returns the pictures of the named classes, or all pictures if no class is named.

    Raises:
        TrainError: a named class has no pictures.
    """
    absent = [name for name in names if name not in class_names(pictures)]
    if absent:
        raise TrainError(
            f"No pictures of {', '.join(absent)}. Classes found: "
            f"{', '.join(class_names(pictures))}."
        )
    numbers = {CLASSES.index(name) for name in names}
    if not numbers:
        return pictures
    return pictures.filter(lambda label: label in numbers, input_columns="label")


def class_names(pictures: datasets.Dataset) -> tuple[str, ...]:
    """Returns the classes that occur in the pictures, in the order of CLASSES."""
    return tuple(CLASSES[i] for i in np.unique(pictures["label"]))


def output_indices(pictures: datasets.Dataset, label_names: Sequence[str]) -> list[int]:
    """Returns the class of each picture as an index of the model's outputs.

    Raises:
        TrainError: the pictures show a class that the model does not know.
    """
    numbers = {CLASSES.index(label): i for i, label in enumerate(label_names)}
    unknown = [name for name in class_names(pictures) if name not in label_names]
    if unknown:
        raise TrainError(
            f"The pictures show classes that the model does not know: {', '.join(unknown)}. It "
            f"knows {', '.join(label_names)}."
        )
    return [numbers[label] for label in pictures["label"]]


def load_unseen(data: Sources | None, classes: Sequence[str]) -> datasets.Dataset | None:
    """Returns the readable letters A to Z of people never trained on; None without `data`.

    Raises:
        TrainError: `data` has no letters A to Z.
    """
    if not data:
        return None
    found = load_pictures(data, classes)
    letters = found.filter(lambda label: label < len(LETTERS), input_columns="label")
    if not len(letters):
        raise TrainError("--unseen has no letters A to Z, and no other class is measured.")
    return readable(letters)


def load_not_hands(folder: Path | None) -> datasets.Dataset | None:
    """Returns the readable pictures without a hand sign below a folder; None without `folder`."""
    return readable(load_unlabelled(folder)) if folder else None
