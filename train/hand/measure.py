"""Measures a finder on labelled pictures: is the hand found, and how exactly?"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from PIL import Image
from tqdm import tqdm

from asl_model.hand.finder import Hand
from asl_model.images import open_image
from train.hand.labelled import Labelled

Find = Callable[[Image.Image, int], list[Hand]]
"""`asl_model.hand.finder.HandFinder`: a picture, and the largest number of hands."""

WRIST, KNUCKLE = 0, 9
"""The points whose distance is a hand's size: the wrist and the middle finger's knuckle."""


@dataclass(frozen=True)
class HandFigures:
    """How well the first hand found is the labelled one. All are means over sources.

    Attributes:
        n: pictures.
        found: share of the pictures in which a hand overlaps the labelled one (IoU of 0.3).
        overlap: mean intersection over union with the labelled box; 0 if no hand is found.
        points: mean distance to the labelled points, in hand sizes, where the hand is found.
        by_source: the same of each source.
    """

    n: int
    found: float
    overlap: float
    points: float
    by_source: dict[str, dict[str, float]]


def measure(find: Find, pictures: Sequence[Labelled], name: str, larger: int = 1) -> HandFigures:
    """Measures a finder.

    Args:
        find: the finder.
        pictures: pictures with the points of one hand, source / letter / file.
        name: what the progress bar shows.
        larger: each picture is first laid on a flat one with sides this many times as long.
    """
    rows: dict[str, list[tuple[float, float]]] = {}
    for number, picture in enumerate(tqdm(pictures, f"measuring {name}", unit="picture")):
        image, points = open_image(picture.file), picture.points
        assert points is not None  # read by `with_points`
        box, shift = picture.boxes[0], np.zeros(2)
        if larger > 1:
            image, shift = on_larger(image, larger, np.random.default_rng(number))
        hands = find(image, 1)
        row = (0.0, float("nan"))
        if hands:
            overlap = iou(np.array(hands[0].box), box + np.tile(shift, 2))
            size = max(float(np.linalg.norm(points[WRIST] - points[KNUCKLE])), 1.0)
            off = np.linalg.norm(np.array(hands[0].points) - shift - points, axis=1).mean() / size
            row = (overlap, float(off) if overlap >= 0.3 else float("nan"))
        rows.setdefault(picture.file.parents[1].name, []).append(row)
    by_source = {source: _figures(np.array(values)) for source, values in sorted(rows.items())}
    mean = {key: float(np.nanmean([f[key] for f in by_source.values()])) for key in _KEYS}
    return HandFigures(len(pictures), **mean, by_source=by_source)


_KEYS = ("found", "overlap", "points")


def _figures(rows: np.ndarray) -> dict[str, float]:
    """Returns the figures of rows (N, 2): overlap, and distance of the points or NaN."""
    right = rows[:, 0] >= 0.3
    points = float(rows[right, 1].mean()) if right.any() else float("nan")
    return dict(zip(_KEYS, (float(right.mean()), float(rows[:, 0].mean()), points), strict=True))


def false_alarms(find: Find, pictures: Sequence[Image.Image]) -> float:
    """Returns the share of pictures without a hand in which a hand is found."""
    return float(np.mean([bool(find(picture, 1)) for picture in pictures]))


def iou(a: np.ndarray, b: np.ndarray) -> float:
    """Returns the intersection over union of two boxes (4,)."""
    both = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None).prod()
    return float(both / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - both))


def on_larger(
    image: Image.Image, times: int, random: np.random.Generator
) -> tuple[Image.Image, np.ndarray]:
    """Lays a picture on a flat one with sides `times` as long, in the colour of its edge.

    Returns:
        The larger picture, and where the picture's corner is, (2,) in pixels.
    """
    values = np.asarray(image)
    edge = np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]]).mean(axis=0)
    red, green, blue = edge.round().astype(int).tolist()
    canvas = Image.new("RGB", (image.width * times, image.height * times), (red, green, blue))
    corner = (random.random(2) * (times - 1) * image.size).astype(int)
    canvas.paste(image, (int(corner[0]), int(corner[1])))
    return canvas, corner


def to_json(figures: HandFigures) -> dict[str, object]:
    """Returns the figures for metrics.json, rounded to four digits."""
    rounded: dict[str, object] = _rounded(asdict(figures))
    return rounded


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return round(value, 4) if isinstance(value, float) else value
