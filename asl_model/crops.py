"""Which parts of a picture the network sees: all of it, and for some bundles also a closer crop."""

from dataclasses import dataclass

from PIL import Image, ImageOps


@dataclass(frozen=True)
class Crop:
    """A centred crop of a picture.

    Attributes:
        share: part of the width and of the height that is kept, around the middle, 0 to 1.
        mirror: whether left and right are swapped.
    """

    share: float
    mirror: bool

    def of(self, image: Image.Image) -> Image.Image:
        """Crops an RGB picture."""
        width, height = image.size
        across, down = width * (1 - self.share) / 2, height * (1 - self.share) / 2
        part = image.crop((round(across), round(down), round(width - across), round(height - down)))
        return ImageOps.mirror(part) if self.mirror else part


CROPS = (Crop(1.0, False), Crop(0.8, True))
"""The crops of one picture whose logits are averaged. A bundle says how many of them it uses (its
`looks`): 1 is the whole picture, 2 adds a closer, mirrored crop, since a hand is often small and
may be the left or the right one. Other crops: docs/experiments/second-look.md."""
