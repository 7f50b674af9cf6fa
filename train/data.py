"""Class folders of photographs -> one `datasets.Dataset` with the columns image, label, source."""

import re
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import datasets
import numpy as np
from tqdm import tqdm

from asl_model import CLASSES, ImageError
from asl_model.images import open_image
from train.errors import TrainError


def load_pictures(root: Path) -> datasets.Dataset:
    """Lists the pictures below a folder without decoding them.

    Args:
        root: a folder of class folders (`A` .. `Z`, `del`, `nothing`, `space`), which is one
            source; or a folder of such folders, each a source of its own.

    Returns:
        Columns `image` (undecoded), `label` (its number in CLASSES), `source` (a folder's name),
        in natural order of the file names, so that the frames of a video are neighbours.

    Raises:
        TrainError: no such folder, no pictures, or folders that are no known classes.
    """
    sources = [
        _load_source(folder) for folder in tqdm(_source_folders(root), "listing", unit="source")
    ]
    return datasets.concatenate_datasets(sources)


def _source_folders(root: Path) -> list[Path]:
    if not root.is_dir():
        raise TrainError(
            f"No folder '{root}'. Give the folder that holds the class folders A, B, C ..."
        )
    if _has_classes(root):
        return [root]
    folders = [
        folder for folder in sorted(root.iterdir()) if folder.is_dir() and _has_classes(folder)
    ]
    if not folders:
        raise TrainError(
            f"'{root}' holds no class folders. They are to be named {', '.join(CLASSES[:3])} ... "
            f"{', '.join(CLASSES[-4:])}, directly in it or one folder deeper."
        )
    return folders


def _has_classes(folder: Path) -> bool:
    return any((folder / name).is_dir() for name in CLASSES)


def _load_source(folder: Path) -> datasets.Dataset:
    unknown = [f.name for f in sorted(folder.iterdir()) if f.is_dir() and f.name not in CLASSES]
    if unknown:
        raise TrainError(
            f"'{folder}' has folders that are no known classes: {', '.join(unknown)}. "
            f"Known are A to Z, {', '.join(CLASSES[26:])}."
        )
    datasets.disable_progress_bars()  # one bar over the sources is enough
    try:
        # Left to itself, `datasets` makes splits of its own of names such as A_test_1.jpg; and a
        # metadata.csv beside the class folders would do away with the labels.
        listed = datasets.load_dataset(
            "imagefolder",
            data_dir=str(folder),
            data_files={"train": "*/**"},
            drop_labels=False,
            split="train",
        )
    except (datasets.exceptions.DatasetGenerationError, FileNotFoundError, ValueError) as error:
        raise TrainError(f"No pictures could be listed in '{folder}': {error}") from None
    names = listed.features["label"].names
    deeper = sorted(set(names) - set(CLASSES))
    if deeper:
        raise TrainError(
            f"Pictures in '{folder}' lie in folders that are no known classes: "
            f"{', '.join(deeper)}. Put them directly into the class folders."
        )
    if len(names) < 2:
        raise TrainError(f"'{folder}' shows one class only ({names[0]}); two or more are needed.")
    listed = listed.cast_column("image", datasets.Image(decode=False))
    paths = [image["path"] for image in listed["image"]]
    listed = listed.select(sorted(range(len(paths)), key=lambda i: natural_key(paths[i])))
    labels = [CLASSES.index(names[label]) for label in listed["label"]]
    listed = listed.remove_columns("label").add_column("label", labels)
    return listed.add_column("source", [folder.name] * len(listed))


def natural_key(path: str) -> list[Any]:
    """Sorts `A2.jpg` before `A10.jpg`: the number in a frame's name is its place in the video."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", path)]


def readable(pictures: datasets.Dataset) -> datasets.Dataset:
    """Leaves out the pictures that cannot be read, and names them.

    Opened once before training: found an hour later, one cut-off file would end the run.

    Returns:
        The others, with one more column: `key`, a hash of the file's contents, so that a picture
        that changed is never taken for the one it was.
    """
    good, keys, bad = [], [], []
    for i, image in enumerate(tqdm(pictures["image"], "checking", unit="picture")):
        try:
            open_image(image["path"])
            keys.append(blake2b(Path(image["path"]).read_bytes(), digest_size=16).hexdigest())
            good.append(i)
        except ImageError as error:
            bad.append(f"  {image['path']}: {error}")
    if bad:
        print(f"Left out {len(bad)} of {len(pictures)} pictures:", *bad, sep="\n", flush=True)
    return pictures.select(good).add_column("key", keys)


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
