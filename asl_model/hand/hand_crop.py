"""Crops a picture to the square around a hand: what networks with `crop: hand` read."""

import numpy as np
from PIL import Image

from asl_model.hand.geometry import Box, Window

ROOM = 1.6
"""Side of the square around a hand, in longer sides of its box. Of 1.2, 1.4 and 1.6, a network that
was trained on whole pictures reads best with 1.4 (docs/experiments/hand-crops.md)."""


def crop_hand(image: Image.Image, box: Box, room: float = ROOM) -> Image.Image:
    """Returns the square around a hand's box, moved into the picture.

    Where the picture is smaller than the square, so is the result: padding would show the network
    edges that no camera makes.

    Args:
        image: the picture.
        box: x0, y0, x1, y1 in pixels.
        room: side of the square in longer sides of the box.
    """
    return Window.around(np.array(box), room).inside(image).cut(image)
