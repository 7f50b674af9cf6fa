"""Pastes hands that are cut out on black onto other backgrounds."""

from collections.abc import Iterable

import numpy as np
import torch
from PIL import Image, ImageOps
from torchvision.transforms import v2

CUT_OUT_LEVEL = 12
"""Largest grey value (0..255) that counts as background in a picture cut out on black."""

MAX_BACKGROUND_SIDE = 1024
"""Largest side of a background in pixels, as large as the largest input. Without this limit, 200
backgrounds of 12 megapixels take 7 GB."""


class PasteOnBackground(torch.nn.Module):
    """Replaces the background of a hand that is cut out on black, three times in four."""

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
    """Detects a hand cut out on black: at least three corners and a quarter of it are black.

    Three corners are enough, because the wrist may cover the fourth.
    """
    pixels = np.asarray(image)
    corners = pixels[[0, 0, -1, -1], [0, -1, 0, -1]].max(axis=1)
    if (corners <= CUT_OUT_LEVEL).sum() < 3:
        return False  # most pictures end here; checking all pixels takes 1 ms
    return float((pixels.max(axis=2) <= CUT_OUT_LEVEL).mean()) >= 0.25


def uniform(low: float, high: float) -> float:
    """Draws from torch's generator, which a DataLoader seeds anew in each worker process."""
    return float(torch.empty(()).uniform_(low, high))
