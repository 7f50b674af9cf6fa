"""Views without a hand: rooms, faces and walls around the views of hands."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from asl_model.images import open_image
from train.hand.labelled import Labelled

FLAT, EMPTY = 0.15, 0.45
"""A background is one colour in 15 % of the draws, a picture without a hand in 30 %, and a part of
a frame beside its hand in the others."""


def background(
    empty: Sequence[Labelled], frames: Sequence[Labelled], size: int, random: np.random.Generator
) -> Image.Image:
    """Returns a picture without a hand, `size` x `size` pixels.

    Args:
        empty: pictures without a hand.
        frames: pictures with one hand.
        size: side in pixels.
        random: draws the background.
    """
    kind = random.random()
    if kind < FLAT:
        red, green, blue = random.integers(0, 256, 3).tolist()
        return Image.new("RGB", (size, size), (red, green, blue))
    if kind < EMPTY and empty:
        image = open_image(empty[int(random.integers(len(empty)))].file)
        area = (0.0, 0.0, float(image.width), float(image.height))
    else:
        frame = frames[int(random.integers(len(frames)))]
        image = open_image(frame.file)
        area = _beside(image.size, frame.boxes[0], random)
    part = image.resize((size, size), Image.Resampling.BILINEAR, _part_of(area, random))
    return part.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if random.random() < 0.5 else part


Area = tuple[float, float, float, float]


def _beside(size: tuple[int, int], box: np.ndarray, random: np.random.Generator) -> Area:
    """Returns one of the four rectangles of a frame beside its hand, larger ones more often."""
    (width, height), (x0, y0, x1, y1) = size, box.tolist()
    margin = 0.15 * max(x1 - x0, y1 - y0)
    areas = [
        (0, 0, max(1, x0 - margin), height),
        (min(width - 1, x1 + margin), 0, width, height),
        (0, 0, width, max(1, y0 - margin)),
        (0, min(height - 1, y1 + margin), width, height),
    ]
    sizes = np.array([(right - left) * (low - top) for left, top, right, low in areas])
    return areas[random.choice(4, p=sizes / sizes.sum())]


def _part_of(area: Area, random: np.random.Generator) -> Area:
    """Returns a random part of a rectangle, 0.4 to 1 of each side."""
    left, top, right, low = area
    wide, high = random.uniform(0.4, 1, 2) * (right - left, low - top)
    x, y = random.random(2) * (right - left - wide, low - top - high)
    return left + x, top + y, left + x + wide, top + y + high
