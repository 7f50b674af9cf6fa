"""Windows into pictures, boxes and points."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from PIL import Image

Box: TypeAlias = tuple[float, float, float, float]
"""x0, y0, x1, y1 in pixels of the picture; may reach beyond its edges."""

MARGIN = 0.1
"""Part of a hand's longer side that is added on each side of its points: fingers are thick."""


def box_of(points: np.ndarray) -> np.ndarray:
    """Returns the box (..., 4) around points (..., 21, 2): x0, y0, x1, y1, with MARGIN."""
    low, high = points.min(axis=-2), points.max(axis=-2)
    margin = MARGIN * (high - low).max(axis=-1, keepdims=True)
    return np.concatenate([low - margin, high + margin], axis=-1)


@dataclass(frozen=True)
class Window:
    """An upright rectangle of a picture, which may reach beyond the picture's edges.

    Attributes:
        x0, y0, width, height: in pixels of the picture.
    """

    x0: float
    y0: float
    width: float
    height: float

    @classmethod
    def whole(cls, image: Image.Image) -> "Window":
        """Returns the window that is the picture."""
        return cls(0, 0, *image.size)

    @classmethod
    def around(cls, box: np.ndarray, factor: float) -> "Window":
        """Returns the square around a box (4,) whose side is `factor` times its longer side."""
        side = factor * max(box[2] - box[0], box[3] - box[1])
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        return cls(x - side / 2, y - side / 2, side, side)

    def inside(self, image: Image.Image) -> "Window":
        """Moves the window into the picture; a side longer than the picture's is shortened."""
        width, height = min(self.width, image.width), min(self.height, image.height)
        x = min(max(self.x0, 0), image.width - width)
        y = min(max(self.y0, 0), image.height - height)
        return Window(x, y, width, height)

    def cut(self, image: Image.Image) -> Image.Image:
        """Returns the part of the picture in this window; black beyond the edges."""
        return image.crop(
            (
                round(self.x0),
                round(self.y0),
                round(self.x0 + self.width),
                round(self.y0 + self.height),
            )
        )

    def to_picture(self, points: np.ndarray) -> np.ndarray:
        """Converts points (..., 2), 0 to 1 in the window, to pixels of the picture."""
        return points * (self.width, self.height) + (self.x0, self.y0)
