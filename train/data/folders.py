"""Class folders, in whatever layout, and folders of any pictures -> a `datasets.Dataset`."""

import glob
import os
import re
from collections.abc import Sequence
from pathlib import Path

import datasets

from asl_model import CLASSES
from train.data.columns import class_of, in_order, in_our_columns, refuse_unknown
from train.errors import TrainError

DEPTH = 4
"""How deep class folders may lie below a root. Kaggle's ASL Alphabet has them two folders deep."""

_SPLIT_WORDS = frozenset(
    {"train", "training", "test", "testing", "val", "valid", "validation", "dev", "eval", "set"}
)
"""Folders named by these part one source, as in 'asl_alphabet_train'; by others, people."""

_SYSTEM = (".", "__", "@")
"""What the folders of Jupyter, git, macOS and network drives begin with."""


def load_root(root: Path, name: str, classes: Sequence[str]) -> datasets.Dataset:
    """Lists the pictures of all class folders below a folder, see `train.data.sources.load_source`.

    Args:
        root: the folder.
        name: of the source, if the folders between it and the class folders give none.
        classes: those wanted; empty for all.

    Raises:
        TrainError: there are none, or there are folders that are no classes.
    """
    try:
        parents = sorted(_parents_of_classes(root, DEPTH))
    except OSError as error:
        raise TrainError(f"'{error.filename}' cannot be listed: {error.strerror}.") from None
    if not parents:
        raise TrainError(
            f"'{root}' holds no class folders. They are to be named {', '.join(CLASSES[:3])} ... "
            f"{', '.join(CLASSES[-4:])}, directly in it or up to {DEPTH} folders deeper."
        )
    unique: dict[Path, Path] = {}  # a link to a person is no other person
    for parent in sorted(
        parents, key=lambda p: p.resolve() != root.resolve() / p.relative_to(root)
    ):
        unique.setdefault(parent.resolve(), parent)
    parents = sorted(unique.values())
    names = [person(parent.relative_to(root).parts) for parent in parents]
    listed = [
        _load_folder(parent, source or name, classes)
        for parent, source in zip(parents, names, strict=True)
    ]
    found = [pictures for pictures in listed if pictures is not None]
    if not found:
        raise TrainError(f"'{root}' has no pictures of {', '.join(classes)}.")
    return in_order(datasets.concatenate_datasets(found))


def _folders_in(folder: Path) -> list[Path]:
    """The folders in a folder, but for those of the system."""
    with os.scandir(folder) as entries:
        return [Path(e.path) for e in entries if e.is_dir() and not e.name.startswith(_SYSTEM)]


def _parents_of_classes(folder: Path, depth: int) -> list[Path]:
    """The folders that hold class folders. People may be called A to E: such are gone into."""
    inside = _folders_in(folder)
    named = [f for f in inside if class_of(f.name)]
    if named and not any(class_of(g.name) for f in named for g in _folders_in(f)):
        return [folder]
    return [p for f in inside if depth for p in _parents_of_classes(f, depth - 1)]


def person(folders: Sequence[str]) -> str:
    """'ann/train' and 'ann_test' -> 'ann': parts of one source are not two people."""
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
    """The pictures in the class folders of one folder; None if it has none of those wanted."""
    inside = sorted(f.name for f in _folders_in(folder))
    refuse_unknown(f"'{folder}' has folders", inside, classes)
    names = [n for n in inside if (c := class_of(n)) and (not classes or c in classes)]
    names = [n for n in names if any((folder / n).iterdir())]
    if not names:
        return None
    renamed = [n for n in names if class_of(n) != n]
    if renamed:
        print(f"{source}: took the folders {', '.join(renamed)} for the classes of that name.")
    datasets.disable_progress_bars()  # one bar over the sources is enough
    try:
        # Left to itself, `datasets` makes splits of its own of names such as A_test_1.jpg; and a
        # metadata.csv beside the class folders, or pictures of one folder lying deeper than the
        # other's (Kaggle's), would do away with the labels.
        listed = datasets.load_dataset(
            "imagefolder",
            data_files={"train": [f"{glob.escape(str(folder.resolve() / n))}/**" for n in names]},
            drop_labels=False,
            split="train",
        )
    except (datasets.exceptions.DatasetGenerationError, FileNotFoundError, ValueError) as error:
        raise TrainError(f"No pictures could be listed in '{folder}': {error}") from None
    if "label" not in listed.column_names:
        raise TrainError(f"`datasets` lists the pictures in '{folder}' without their folders.")
    found = listed.features["label"].names
    deeper = sorted(set(found) - set(names))
    if deeper:
        raise TrainError(
            f"Pictures in '{folder}' lie in folders that are no known classes: "
            f"{', '.join(deeper)}. Put them directly into the class folders."
        )
    pictures = in_our_columns(listed, "image", "label", found, source, classes)
    _name_others([folder.resolve() / n for n in names], pictures, source)
    return pictures


def _name_others(folders: Sequence[Path], pictures: datasets.Dataset, source: str) -> None:
    """Says which files `datasets` left out, by their names: HEIC of phones, AVIF, notes."""
    taken = {image["path"] for image in pictures["image"]}
    others = [
        file.name
        for folder in folders
        for file in sorted(folder.iterdir())
        if file.is_file() and not file.name.startswith(_SYSTEM) and str(file) not in taken
    ]
    if others:
        print(
            f"{source}: left out {len(others)} files that are no pictures by their names, such as "
            f"'{others[0]}'. Save pictures as JPEG, PNG or WebP."
        )


def load_unlabelled(folder: Path) -> datasets.Dataset:
    """All pictures below a folder, whatever it is like inside: columns `image` and `source`.

    Raises:
        TrainError: no such folder, or no pictures in it.
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
