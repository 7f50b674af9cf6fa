"""Lists class folders in any layout, or unlabelled pictures, as a `datasets.Dataset`."""

import glob
import os
import re
from collections.abc import Sequence
from pathlib import Path

import datasets

from asl_model import CLASSES
from train.data.columns import check_known, class_of, sort_frames, to_project_columns
from train.errors import TrainError

DEPTH = 4
"""How deep class folders may lie below a root. In Kaggle's ASL Alphabet it is two folders deep."""

_SPLIT_WORDS = frozenset(
    {"train", "training", "test", "testing", "val", "valid", "validation", "dev", "eval", "set"}
)
"""A folder name with one of these words is a part of a source, for example 'asl_alphabet_train'.
Other folder names stand for people."""

_SYSTEM = (".", "__", "@")
"""Prefixes of the folders that Jupyter, git, macOS and network drives create."""


def load_root(root: Path, name: str, classes: Sequence[str]) -> datasets.Dataset:
    """Lists the pictures of all class folders below a folder, see `train.data.sources.load_source`.

    Args:
        root: the folder.
        name: name of the source, if the folders between `root` and the class folders give none.
        classes: the classes to keep; empty for all.

    Raises:
        TrainError: there are no class folders, or some folders are not known classes.
    """
    try:
        parents = sorted(_parents_of_classes(root, DEPTH))
    except OSError as error:
        raise TrainError(f"'{error.filename}' cannot be listed: {error.strerror}.") from None
    if not parents:
        raise TrainError(
            f"'{root}' holds no class folders. Name them {', '.join(CLASSES[:3])} ... "
            f"{', '.join(CLASSES[-4:])}, and put them in it or up to {DEPTH} folders deeper."
        )
    unique: dict[Path, Path] = {}  # a symlink to a person is not another person
    for parent in sorted(
        parents, key=lambda p: p.resolve() != root.resolve() / p.relative_to(root)
    ):
        unique.setdefault(parent.resolve(), parent)
    parents = sorted(unique.values())
    names = [source_name(parent.relative_to(root).parts) for parent in parents]
    listed = [
        _load_folder(parent, source or name, classes)
        for parent, source in zip(parents, names, strict=True)
    ]
    found = [pictures for pictures in listed if pictures is not None]
    if not found:
        raise TrainError(f"'{root}' has no pictures of {', '.join(classes)}.")
    return sort_frames(datasets.concatenate_datasets(found))


def _folders_in(folder: Path) -> list[Path]:
    """Returns the subfolders of a folder, except system folders."""
    with os.scandir(folder) as entries:
        return [Path(e.path) for e in entries if e.is_dir() and not e.name.startswith(_SYSTEM)]


def _parents_of_classes(folder: Path, depth: int) -> list[Path]:
    """Returns the folders that hold class folders.

    People may be called A to E, so a folder that holds class folders does not count as a class.
    """
    inside = _folders_in(folder)
    named = [f for f in inside if class_of(f.name)]
    if named and not any(class_of(g.name) for f in named for g in _folders_in(f)):
        return [folder]
    return [p for f in inside if depth for p in _parents_of_classes(f, depth - 1)]


def source_name(folders: Sequence[str]) -> str:
    """Returns a source's name without words for splits: 'ann' for 'ann/train' and 'ann_test'."""
    kept: list[str] = []
    for folder in folders:
        words = re.split(r"([\s_-]+)", folder)
        if any(word.casefold() in _SPLIT_WORDS - {"set"} for word in words):
            words = [word for word in words if word.casefold() not in _SPLIT_WORDS]
        name = "".join(words).strip(" _-")
        if name and name not in kept[-1:]:
            kept.append(name)
    return "/".join(kept)


def _load_folder(folder: Path, source: str, classes: Sequence[str]) -> datasets.Dataset | None:
    """Returns the pictures in the class folders of a folder; None if it has no wanted class."""
    inside = sorted(f.name for f in _folders_in(folder))
    check_known(f"'{folder}' has folders", inside, classes)
    names = [n for n in inside if (c := class_of(n)) and (not classes or c in classes)]
    names = [n for n in names if any((folder / n).iterdir())]
    if not names:
        return None
    renamed = [n for n in names if class_of(n) != n]
    if renamed:
        print(
            f"{source}: matched the folders {', '.join(renamed)} to classes, ignoring letter case."
        )
    datasets.disable_progress_bars()  # one bar for all sources is enough
    try:
        # Without these arguments, `datasets` makes splits from file names such as A_test_1.jpg. It
        # drops the labels if there is a metadata.csv beside the class folders, or if the pictures
        # of one folder lie deeper than those of another (as Kaggle's do).
        listed = datasets.load_dataset(
            "imagefolder",
            data_files={"train": [f"{glob.escape(str(folder.resolve() / n))}/**" for n in names]},
            drop_labels=False,
            split="train",
        )
    except (datasets.exceptions.DatasetGenerationError, FileNotFoundError, ValueError) as error:
        raise TrainError(f"No pictures could be listed in '{folder}': {error}") from None
    if "label" not in listed.column_names:
        raise TrainError(f"`datasets` gives no labels for the pictures in '{folder}'.")
    found = listed.features["label"].names
    deeper = sorted(set(found) - set(names))
    if deeper:
        raise TrainError(
            f"Pictures in '{folder}' lie in folders that are not known classes: "
            f"{', '.join(deeper)}. Put them directly into the class folders."
        )
    pictures = to_project_columns(listed, "image", "label", found, source, classes)
    _report_skipped([folder.resolve() / n for n in names], pictures, source)
    return pictures


def _report_skipped(folders: Sequence[Path], pictures: datasets.Dataset, source: str) -> None:
    """Prints which files `datasets` left out by their extension: HEIC from phones, AVIF, notes."""
    taken = {image["path"] for image in pictures["image"]}
    others = [
        file.name
        for folder in folders
        for file in sorted(folder.iterdir())
        if file.is_file() and not file.name.startswith(_SYSTEM) and str(file) not in taken
    ]
    if others:
        print(
            f"{source}: left out {len(others)} files without a supported extension, such as "
            f"'{others[0]}'. Save pictures as JPEG, PNG or WebP."
        )


def load_unlabelled(folder: Path) -> datasets.Dataset:
    """Lists all pictures below a folder, in any layout: columns `image` and `source`.

    Raises:
        TrainError: the folder does not exist, or there are no pictures in it.
    """
    datasets.disable_progress_bars()
    try:
        listed = datasets.load_dataset(
            "imagefolder",
            data_files={"train": f"{glob.escape(str(folder.resolve()))}/**"},
            drop_labels=True,
            split="train",
        )
    except (datasets.exceptions.DatasetGenerationError, FileNotFoundError, ValueError) as error:
        raise TrainError(f"No pictures could be listed in '{folder}': {error}") from None
    listed = listed.select_columns(["image"]).cast_column("image", datasets.Image(decode=False))
    return listed.add_column("source", [folder.name] * len(listed))
