"""Pictures whose hands are labelled: by 21 points, or only by boxes."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from asl_model.hand.geometry import box_of
from train.errors import TrainError


@dataclass(frozen=True)
class Labelled:
    """A picture with labelled hands.

    Attributes:
        file: the picture.
        boxes: (hands, 4), float32: x0, y0, x1, y1 in pixels.
        points: (21, 2), float32, pixels: the joints of the only hand; None if they are not known.
    """

    file: Path
    boxes: np.ndarray
    points: np.ndarray | None = None


def with_points(folder: Path, landmarks: Path) -> list[Labelled]:
    """Reads the pictures of a folder whose hand was found by MediaPipe.

    Args:
        folder: the pictures.
        landmarks: an npz file with `path` (N,), relative to the folder, and `points` (N, 21, 3) in
            pixels, NaN where no hand was found.

    Raises:
        TrainError: the file cannot be read.
    """
    try:
        stored = np.load(landmarks, allow_pickle=False)
        paths, points = stored["path"], stored["points"].astype(np.float32)[..., :2]
    except (OSError, KeyError, ValueError) as error:
        raise TrainError(f"The landmarks '{landmarks}' cannot be read: {error}") from None
    found = np.isfinite(points).all(axis=(1, 2))
    return [
        Labelled(folder / path, box_of(p)[None], p)
        for path, p in zip(paths[found], points[found], strict=True)
    ]


def with_boxes(folder: Path) -> list[Labelled]:
    """Reads the pictures listed in the boxes.csv of each folder inside `folder`.

    The columns are file, letter, x0, y0, x1 and y1, in pixels; a picture has a row for each hand.

    Raises:
        TrainError: there is no such file, or one cannot be read.
    """
    files = sorted(folder.glob("*/boxes.csv"))
    if not files:
        raise TrainError(f"'{folder}' has no folder with a boxes.csv.")
    try:
        return [picture for file in files for picture in _read(file)]
    except (KeyError, ValueError, TypeError) as error:
        raise TrainError(f"A boxes.csv in '{folder}' cannot be read: {error}") from None


def _read(file: Path) -> Iterator[Labelled]:
    boxes: dict[str, list[list[float]]] = {}
    with file.open(newline="", encoding="utf-8") as opened:
        for row in csv.DictReader(opened):
            corners = [float(row[name]) for name in ("x0", "y0", "x1", "y1")]
            boxes.setdefault(row["file"], []).append(corners)
    for name, hands in boxes.items():
        yield Labelled(file.parent / name, np.array(hands, np.float32))


def without_hands(folder: Path) -> list[Labelled]:
    """Returns the pictures directly in a folder, which show no hand.

    Raises:
        TrainError: the folder has no files.
    """
    files = sorted(file for file in folder.glob("*") if file.is_file())
    if not files:
        raise TrainError(f"'{folder}' has no pictures.")
    return [Labelled(file, np.zeros((0, 4), np.float32)) for file in files]
