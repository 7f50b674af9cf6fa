"""How a picture is looked at: whole, and, if the model asks for it, again closer and mirrored."""

from dataclasses import dataclass

from PIL import Image, ImageOps


@dataclass(frozen=True)
class Look:
    """A part of a picture.

    Attributes:
        share: how much of its width and of its height is kept, around the middle.
        mirror: whether left and right change places.
    """

    share: float
    mirror: bool

    def of(self, image: Image.Image) -> Image.Image:
        """An RGB picture -> the part of it, as a picture."""
        width, height = image.size
        across, down = width * (1 - self.share) / 2, height * (1 - self.share) / 2
        part = image.crop((round(across), round(down), round(width - across), round(height - down)))
        return ImageOps.mirror(part) if self.mirror else part


LOOKS = (Look(1.0, False), Look(0.8, True))
"""What a model with one look sees, and with two. A hand in a webcam's frame is small and may be the
left or the right one, so the second look is closer and mirrored; see `train/EXPERIMENTS.md` for
what other looks gave."""
