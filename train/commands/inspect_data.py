"""`python -m train data`: reports what is in the pictures, before training."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import datasets
import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from asl_model import CLASSES
from asl_model.images import open_image
from train.data.duplicates import NEAR, near_training, nearest, warnings
from train.data.pictures import (
    Sources,
    class_names,
    contents,
    examine,
    load_pictures,
    name_of,
    select_classes,
)
from train.data.split_rules import FEWEST, split
from train.errors import TrainError
from train.settings import checked_settings

CELL = 72
"""Side of a picture on the contact sheet, in pixels: 29 classes are 2,100 pixels wide."""

MOST_NAMED = 10
"""Broken files or copies to list by name; all others are only counted."""


def run(
    data: Sources,
    classes: Sequence[str],
    unseen: Sources | None,
    kind: str,
    seed: int,
    held_out: Sequence[str],
    sheet: Path,
) -> None:
    """Prints a report of the pictures and draws a contact sheet of them.

    Args:
        data: see `train.data.pictures.load_pictures`.
        classes: classes to report; empty for all.
        unseen: pictures of people never trained on, checked for copies of `data`.
        kind, seed, held_out: the split to check, see `train.data.split_rules.split`.
        sheet: file for the contact sheet, which has a row for each source.

    Raises:
        TrainError: the pictures or classes are not usable, or the sheet cannot be written.
    """
    checked_settings({"split": kind, "held_out": tuple(held_out), "classes": tuple(classes)})
    pictures, bad = examine(select_classes(load_pictures(data, classes), classes))
    number, distance = nearest(pictures)
    print(_table(pictures, bad, distance <= NEAR))
    for source in sorted(set(pictures["source"])):
        missing = [n for n in classes or CLASSES if n not in class_names(_of(pictures, source))]
        if missing:
            print(f"{source}: no pictures of {', '.join(missing)}.")
    _print_some(f"Broken, left out: {len(bad)}", bad)
    _print_copies(pictures)
    _print_near_across(pictures, number, distance)
    parts = split(pictures, kind, seed, held_out)
    if unseen:
        parts["unseen"], bad = examine(load_pictures(unseen, classes))
        _print_some(f"Broken in --unseen, left out: {len(bad)}", bad)
    counts = ", ".join(f"{name} {len(part):,}" for name, part in parts.items())
    print(f"Split '{kind}', seed {seed}: {counts} pictures.")
    found = near_training(parts)
    if any(part["n"] for part in found.values()):
        print(*warnings(found) or ["No held-out picture has a near-copy in train."], sep="\n")
    else:
        print(f"Nothing is held out: a class of a source needs {FEWEST} pictures or more.")
    try:
        _contact_sheet(pictures).save(sheet, quality=85)
    except (OSError, ValueError) as error:
        raise TrainError(f"The contact sheet '{sheet}' cannot be written: {error}") from None
    print(f"Wrote the contact sheet {sheet}.")


def _of(pictures: datasets.Dataset, source: str) -> datasets.Dataset:
    return pictures.select(np.flatnonzero(np.array(pictures["source"]) == source))


def _table(pictures: datasets.Dataset, bad: list[str], near: np.ndarray) -> str:
    """Formats a line for each source: number, size and copies of its pictures."""
    lines = [
        f"{'source':24} {'classes':>7} {'pictures':>8} {'a class':>11} {'pixels':>17} "
        f"{'copies':>7} {'near':>7}"
    ]
    sources, keys = np.array(pictures["source"]), np.array(pictures["key"])
    seen = Counter(keys.tolist())
    repeated = np.array([seen[key] > 1 for key in keys])
    for source in sorted(set(sources)):
        rows = sources == source
        own = pictures.select(np.flatnonzero(rows))
        counts = Counter(own["label"]).values()
        sizes = sorted(zip(own["width"], own["height"], strict=True))
        small, large = (f"{w}x{h}" for w, h in (sizes[0], sizes[-1]))
        lines.append(
            f"{source[:24]:24} {len(counts):7} {len(own):8,} "
            f"{f'{min(counts)} to {max(counts)}':>11} "
            f"{small if small == large else f'{small}..{large}':>17} "
            f"{repeated[rows].sum():7,} {near[rows].sum():7,}"
        )
    lines.append(
        f"{len(pictures):,} pictures of {len(class_names(pictures))} classes; {len(bad)} broken. "
        f"'copies' have the same contents as another; 'near' look the same (at most {NEAR} of "
        "256 bits of a perceptual hash differ): mostly frames of a video."
    )
    return "\n".join(lines)


def _print_some(title: str, lines: Sequence[str]) -> None:
    if lines:
        print(f"{title}:")
        print(*(f"  {line}" for line in lines[:MOST_NAMED]), sep="\n")
        if len(lines) > MOST_NAMED:
            print(f"  ... and {len(lines) - MOST_NAMED} more")


def _print_copies(pictures: datasets.Dataset) -> None:
    """Prints the copies that do harm: those under two labels or in two sources."""
    first: dict[str, int] = {}
    labels, sources = pictures["label"], pictures["source"]
    two_labels, two_sources = [], []
    for i, key in enumerate(pictures["key"]):
        j = first.setdefault(key, i)
        pair = f"{_name(pictures, i)} is {_name(pictures, j)}"
        if labels[i] != labels[j]:
            two_labels.append(pair)
        elif sources[i] != sources[j]:
            two_sources.append(pair)
    _print_some(
        f"The same picture under two classes: {len(two_labels)}. Is a folder named wrongly?",
        two_labels,
    )
    _print_some(f"The same picture in two sources: {len(two_sources)}", two_sources)


def _print_near_across(
    pictures: datasets.Dataset, number: np.ndarray, distance: np.ndarray
) -> None:
    """Prints near-copies whose nearest picture has another class or source."""
    labels, sources = np.array(pictures["label"]), np.array(pictures["source"])
    keys = np.array(pictures["key"])
    near = (distance <= NEAR) & (keys != keys[number])
    for what, values in (("classes", labels), ("sources", sources)):
        rows = np.flatnonzero(near & (values != values[number]))
        _print_some(
            f"Near-copies under two {what}: {len(rows)}",
            [f"{_name(pictures, int(i))} and {_name(pictures, int(number[i]))}" for i in rows],
        )


def _name(pictures: datasets.Dataset, number: int) -> str:
    return name_of(pictures[number]["image"], number)


def _contact_sheet(pictures: datasets.Dataset) -> Image.Image:
    """Draws the middle picture of each class (column) of each source (row)."""
    names, sources = class_names(pictures), sorted(set(pictures["source"]))
    font, margin = ImageFont.load_default(13), 22
    sheet = Image.new("RGB", (CELL * len(names), margin + len(sources) * (CELL + margin)), "white")
    pen = ImageDraw.Draw(sheet)
    for column, name in enumerate(names):
        pen.text((column * CELL + CELL // 2, margin // 2), name, "black", font, anchor="mm")
    labels, owners = np.array(pictures["label"]), np.array(pictures["source"])
    for row, source in enumerate(sources):
        top = margin + row * (CELL + margin)
        pen.text((4, top + CELL + margin // 2), source, "black", font, anchor="lm")
        for column, name in enumerate(names):
            rows = np.flatnonzero((owners == source) & (labels == CLASSES.index(name)))
            if len(rows):
                image = open_image(contents(pictures[int(rows[len(rows) // 2])]["image"]))
                sheet.paste(ImageOps.pad(image, (CELL - 2, CELL - 2)), (column * CELL + 1, top))
    return sheet
