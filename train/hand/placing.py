"""Places pictures in views: turned, scaled, stretched and mirrored, in one resampling."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


@dataclass(frozen=True)
class Placement:
    """A map from the pixels of a picture to those of a square view.

    Attributes:
        matrix: (2, 3), float64.
        size: side of the view in pixels.
    """

    matrix: np.ndarray
    size: int

    @classmethod
    def of(
        cls, middle: np.ndarray, sides: np.ndarray, degrees: float, mirror: bool, size: int
    ) -> "Placement":
        """Returns the placement that shows a rectangle of a picture, turned.

        Args:
            middle: (2,), the rectangle's middle in pixels of the picture.
            sides: (2,), its width and height.
            degrees: how far the picture is turned.
            mirror: whether left and right are swapped.
            size: side of the view in pixels.
        """
        c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        linear = np.diag(size / sides) @ np.array([[c, -s], [s, c]])
        if mirror:
            linear = np.diag([-1, 1]) @ linear
        shift = size / 2 - linear @ middle
        return cls(np.concatenate([linear, shift[:, None]], axis=1), size)

    def points(self, points: np.ndarray) -> np.ndarray:
        """Moves points (..., 2) of the picture to the view."""
        moved: np.ndarray = points @ self.matrix[:, :2].T + self.matrix[:, 2]
        return moved.astype(np.float32)

    def boxes(self, boxes: np.ndarray) -> np.ndarray:
        """Moves boxes (K, 4); leaves out those whose middle is outside the view.

        The middles of a box's edges are moved, because the corners of a turned box are far from the
        hand.
        """
        x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
        middles = [(boxes[:, 0], y), (boxes[:, 2], y), (x, boxes[:, 1]), (x, boxes[:, 3])]
        moved = self.points(np.stack([np.stack(pair, axis=1) for pair in middles], axis=1))
        result = np.concatenate([moved.min(axis=1), moved.max(axis=1)], axis=1)
        at = (result[:, :2] + result[:, 2:]) / 2
        kept: np.ndarray = result[((at > 0) & (at < self.size)).all(axis=1)]
        return kept

    def view(self, image: Image.Image, soft: float) -> tuple[Image.Image, Image.Image]:
        """Returns the view of an RGB picture, and a mask of where the picture is.

        Args:
            image: the picture.
            soft: width of the picture's faded edge, in parts of its shorter side.
        """
        inverse = np.linalg.inv(np.concatenate([self.matrix, [[0, 0, 1]]]))
        mask = soft_mask(image.size, soft)
        shrink = math.sqrt(abs(np.linalg.det(inverse[:2, :2])))
        if shrink > 1.3:  # bilinear sampling alone would leave out pixels
            small = [max(4, round(side / shrink)) for side in image.size]
            inverse = np.diag([*(np.array(small) / image.size), 1]) @ inverse
            image, mask = image.resize(small), mask.resize(small)
        rows = inverse[:2].ravel().tolist()
        shown, where = (
            part.transform(
                (self.size, self.size),
                Image.Transform.AFFINE,
                rows,
                Image.Resampling.BILINEAR,
            )
            for part in (image, mask)
        )
        return shown, where


@lru_cache(256)
def soft_mask(size: tuple[int, int], soft: float) -> Image.Image:
    """Returns a white picture whose edge, `soft` of the shorter side wide, fades to black."""
    edge = round(soft * min(size))
    if edge < 1:
        return Image.new("L", size, 255)
    mask = Image.new("L", size, 0)
    inner = (edge, edge, size[0] - edge - 1, size[1] - edge - 1)
    ImageDraw.Draw(mask).rectangle(inner, fill=255)
    return mask.filter(ImageFilter.BoxBlur(edge))
