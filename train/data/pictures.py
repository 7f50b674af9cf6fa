"""All the pictures of a run -> one `datasets.Dataset`, whole, labelled, checked."""

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
"""One source or several, see `train.data.sources.load_source`."""

HASH_SIDE = 16
"""The perceptual hash has the square of it as bits: 256. With the usual 64 bits, two letters of one
person before one wall are as near to each other as two frames of one letter."""


def load_pictures(data: Sources, classes: Sequence[str] = ()) -> datasets.Dataset:
    """Lists the pictures of one source or of several together.

    Args:
        data: see `train.data.sources.load_source`.
        classes: the classes wanted; empty for all. That all of them occur is for
            `select_classes` to say.

    Returns:
        Columns `image` (undecoded), `label` (its number in CLASSES), `source` (a name), in
        natural order of the file names, so that the frames of a video are neighbours.

    Raises:
        TrainError: something cannot be had, or is no alphabet.
    """
    given = [data] if isinstance(data, str | Path) else list(data)
    listed: list[datasets.Dataset] = []
    named: dict[str, str | Path] = {}
    for root in tqdm(given, "listing", unit="source"):
        pictures = load_source(root, classes)
        if not len(pictures):
            raise TrainError(f"'{root}' shows no pictures of {', '.join(classes or CLASSES)}.")
        for name in sorted(set(pictures["source"])):
            if name in named:
                raise TrainError(
                    f"Two sources are called '{name}': one of {named[name]}, one of {root}. If "
                    "they are parts of one, give the folder above them; else rename a folder, so "
                    "that different people can be told apart."
                )
            named[name] = root
        listed.append(pictures)
    listed.sort(key=lambda pictures: pictures[0]["source"])  # in whatever order they were given
    return datasets.concatenate_datasets(listed)


def examine(pictures: datasets.Dataset) -> tuple[datasets.Dataset, list[str]]:
    """Opens every picture once: found an hour later, one cut-off file would end a run.

    Returns:
        The pictures that can be read, and a line for each that cannot. More columns: `key`, a hash
        of the file's contents, so that a picture that changed is never taken for the one it was;
        `phash`, a perceptual hash (`train.data.duplicates`); `width` and `height`, pixels.

    Raises:
        TrainError: none can be read.
    """
    good: list[int] = []
    bad: list[str] = []
    columns: dict[str, list[Any]] = {"key": [], "phash": [], "width": [], "height": []}
    for i, image in enumerate(tqdm(pictures["image"], "checking", unit="picture")):
        try:
            opened = open_image(contents(image) if image else b"")  # a data set may have gaps
        except ImageError as error:
            bad.append(f"{name_of(image, i)}: {error}")
            continue
        good.append(i)
        columns["key"].append(_hash_of_contents(image))
        columns["phash"].append(_hash_of_looks(opened))
        columns["width"].append(opened.width)
        columns["height"].append(opened.height)
    if not len(pictures):
        raise TrainError("There is no picture to be read.")
    if not good:
        raise TrainError(f"None of {len(pictures)} pictures can be read. The first: {bad[0]}")
    result = pictures.select(good)
    for name, values in columns.items():
        result = result.add_column(name, values)
    return result, bad


def readable(pictures: datasets.Dataset) -> datasets.Dataset:
    """The pictures that can be read, as `examine` gives them; names the others.

    Raises:
        TrainError: none can be read.
    """
    good, bad = examine(pictures)
    if bad:
        print(f"Left out {len(bad)} of {len(pictures)} pictures:", flush=True)
        print(*(f"  {line}" for line in bad), sep="\n", flush=True)
    return good


def contents(image: dict[str, Any]) -> bytes | str:
    """What to open a picture by: its bytes if the data set holds them, else its path."""
    return image["bytes"] if image["bytes"] is not None else image["path"]


def name_of(image: dict[str, Any] | None, number: int) -> str:
    """What to call a picture: its path, or its place in a data set that has none."""
    return (image and image["path"]) or f"picture {number}"


def _hash_of_contents(image: dict[str, Any]) -> str:
    data = contents(image)
    data = data if isinstance(data, bytes) else Path(data).read_bytes()
    return blake2b(data, digest_size=16).hexdigest()


def _hash_of_looks(image: Image.Image) -> bytes:
    return np.packbits(imagehash.phash(image, HASH_SIDE).hash).tobytes()


def select_classes(pictures: datasets.Dataset, names: Sequence[str]) -> datasets.Dataset:
    """The pictures of these classes; of all, if none is named.

    Raises:
        TrainError: a class that is named has no picture.
    """
    absent = [name for name in names if name not in class_names(pictures)]
    if absent:
        raise TrainError(
            f"No pictures of {', '.join(absent)}. There are: {', '.join(class_names(pictures))}."
        )
    numbers = {CLASSES.index(name) for name in names}
    if not numbers:
        return pictures
    return pictures.filter(lambda label: label in numbers, input_columns="label")


def class_names(pictures: datasets.Dataset) -> tuple[str, ...]:
    """The classes that occur, in the order of CLASSES."""
    return tuple(CLASSES[i] for i in np.unique(pictures["label"]))


def numbered(pictures: datasets.Dataset, label_names: Sequence[str]) -> list[int]:
    """The classes of the pictures, numbered as a model's outputs are.

    Raises:
        TrainError: they show a class that is none of the outputs.
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
    """The readable letters A to Z of people never trained on; None if no data is given.

    Raises:
        TrainError: there are none.
    """
    if not data:
        return None
    found = load_pictures(data, classes)
    letters = found.filter(lambda label: label < len(LETTERS), input_columns="label")
    if not len(letters):
        raise TrainError("--unseen has no letters A to Z, and only those are measured.")
    return readable(letters)


def load_not_hands(folder: Path | None) -> datasets.Dataset | None:
    """The readable pictures without a hand sign below a folder; None if no folder is given."""
    return readable(load_unlabelled(folder)) if folder else None
