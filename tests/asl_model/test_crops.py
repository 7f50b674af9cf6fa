"""The crops of a picture that the network sees."""

import numpy as np
from PIL import Image

from asl_model.crops import CROPS, Crop


def numbered(width: int, height: int) -> Image.Image:
    """Returns a picture whose red values are the column and whose green values are the row."""
    red, green = np.meshgrid(np.arange(width), np.arange(height))
    return Image.fromarray(np.stack([red, green, 0 * red], axis=2).astype(np.uint8))


def test_the_first_look_is_the_picture_itself() -> None:
    picture = numbered(200, 100)
    assert np.array_equal(np.asarray(CROPS[0].apply(picture)), np.asarray(picture))


def test_a_closer_look_keeps_the_middle_and_mirrors_it() -> None:
    seen = np.asarray(Crop(share=0.8, mirror=True).apply(numbered(200, 100)))
    assert seen.shape == (80, 160, 3)
    assert (seen[0, 0, 0], seen[0, -1, 0]) == (179, 20)  # columns, right to left
    assert (seen[0, 0, 1], seen[-1, 0, 1]) == (10, 89)  # rows, downwards


def test_a_single_pixel_has_a_middle() -> None:
    assert Crop(share=0.8, mirror=True).apply(Image.new("RGB", (1, 1))).size == (1, 1)
