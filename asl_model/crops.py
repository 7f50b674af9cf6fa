"""The crops that the network sees: the hand or the whole picture, and maybe a closer one."""

from dataclasses import dataclass

from PIL import Image, ImageOps


@dataclass(frozen=True)
class Crop:
    """A centred crop of a picture, or of the square around its hand.

    Attributes:
        share: part of the width and of the height that is kept around the middle, 0 to 1.
        mirror: whether to swap left and right.
    """

    share: float
    mirror: bool

    def apply(self, image: Image.Image) -> Image.Image:
        """Returns this crop of an RGB picture."""
        width, height = image.size
        across, down = width * (1 - self.share) / 2, height * (1 - self.share) / 2
        part = image.crop((round(across), round(down), round(width - across), round(height - down)))
        return ImageOps.mirror(part) if self.mirror else part


CROPS = (Crop(1.0, False), Crop(0.8, True))
"""The crops of a picture whose logits are averaged. A bundle uses the first `looks` of them: 1 is
the whole picture, 2 adds a closer, mirrored crop, because a hand is often small and may be a left
or a right one. Other crops: docs/experiments/second-look.md."""
