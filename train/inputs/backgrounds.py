"""Backgrounds for hands that are cut out on black."""

from collections.abc import Iterable

import numpy as np
import torch
from PIL import Image, ImageOps
from torchvision.transforms import v2

CUT_OUT_LEVEL = 12
"""Grey value (0..255) up to which a pixel of a picture cut out on black counts as background."""

MAX_BACKGROUND_SIDE = 1024
"""Pixels of a background's longer side, as the largest input has: 200 of 12 megapixels are 7 GB."""


class PasteOnBackground(torch.nn.Module):
    """Gives a hand cut out on black another background, three times in four."""

    def __init__(self, backgrounds: Iterable[Image.Image]) -> None:
        super().__init__()
        self.backgrounds = [_bounded(image) for image in backgrounds]

    def forward(self, image: Image.Image) -> Image.Image:
        """RGB image -> RGB image of the same size."""
        if not is_cut_out(image) or uniform(0, 1) < 0.25:
            return image
        mask = Image.fromarray(np.asarray(image).max(axis=2)).point(
            lambda value: 255 if value > CUT_OUT_LEVEL else 0
        )
        return Image.composite(image, self._background(image.size), mask)

    def _background(self, size: tuple[int, int]) -> Image.Image:
        if not self.backgrounds or uniform(0, 1) < 0.2:
            return Image.new("RGB", size, tuple(torch.randint(0, 256, (3,)).tolist()))
        chosen = self.backgrounds[int(torch.randint(len(self.backgrounds), ()))]
        return v2.RandomResizedCrop(size[::-1], scale=(0.2, 1.0))(chosen)


def _bounded(image: Image.Image) -> Image.Image:
    if max(image.size) <= MAX_BACKGROUND_SIDE:
        return image
    return ImageOps.contain(image, (MAX_BACKGROUND_SIDE, MAX_BACKGROUND_SIDE))


def is_cut_out(image: Image.Image) -> bool:
    """True for a hand cut out on black: three corners and at least a quarter of it are black.

    Three, because the wrist runs out of the picture somewhere.
    """
    pixels = np.asarray(image)
    corners = pixels[[0, 0, -1, -1], [0, -1, 0, -1]].max(axis=1)
    if (corners <= CUT_OUT_LEVEL).sum() < 3:
        return False  # as most pictures; to look at all their pixels takes a millisecond
    return float((pixels.max(axis=2) <= CUT_OUT_LEVEL).mean()) >= 0.25


def uniform(low: float, high: float) -> float:
    """Drawn from torch's generator, which a DataLoader seeds anew in each worker."""
    return float(torch.empty(()).uniform_(low, high))
