"""Augments training pictures with the differences between people, cameras and rooms.

Rotations stay small, because orientation tells K from P and G from Q. Pictures are also mirrored,
because signers are left- or right-handed and some cameras mirror.
"""

import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from PIL import Image
from torchvision import tv_tensors
from torchvision.transforms import v2

from train.inputs.backgrounds import PasteOnBackground, uniform

EDGE = 2
"""Pixels cut off at each side. Kaggle's frames have a blue line there, which would be smeared."""

VERSION = 1
"""Increase by one if a change to this file changes the augmented pictures. Their cached features
are then computed again. The embedded model was trained with version 1."""

SEED_TEXT = "afd97a3e3e8073f6"
"""Part of the random seed of every view. The embedded model was trained with this text, a hash of
this file at that time. Any other text gives another run of the same recipe."""


@dataclass(frozen=True)
class Strength:
    """The ranges of the augmentation.

    Attributes:
        turn: largest rotation in degrees, to either side. If `normal`, the standard deviation of
            the rotation, which is then limited to 60 degrees.
        normal: draw the rotation from a normal distribution, else from a uniform one.
        smallest: smallest scale factor.
        stretch: natural logarithm of the largest factor by which width grows and height shrinks.
        shear: largest shear angle in degrees, to either side.
        erased: probability that a part of the picture is erased.
        largest_erased: largest share of the picture that is erased.
    """

    turn: float
    normal: bool
    smallest: float
    stretch: float
    shear: float
    erased: float
    largest_erased: float


STRENGTHS = {
    "moderate": Strength(20, False, 0.6, 0.11, 8, 0.25, 0.15),
    "strong": Strength(20, True, 0.5, 0.16, 14, 0.35, 0.2),
}
"""In short training, large rotations alone lower the accuracy on unseen people. 'strong' is for
fine-tuning a trained model (docs/experiments/fine-tuning-the-embedded-model.md)."""


def training_transform(
    size: int,
    mean: Sequence[float],
    std: Sequence[float],
    backgrounds: Iterable[Image.Image],
    strength: str,
) -> v2.Transform:
    """Returns a random augmentation: RGB image -> float tensor (3, size, size).

    Args:
        size: side of the network's input, in pixels.
        mean, std: the backbone's normalisation, for values in 0..1.
        backgrounds: pictures without a hand, to paste cut-out hands on; may be empty.
        strength: one of STRENGTHS.
    """
    far = STRENGTHS[strength]
    return v2.Compose(
        [
            PasteOnBackground(backgrounds),
            v2.ToImage(),
            v2.RandomHorizontalFlip(0.5),
            # Sampling at 1.25 times the input size loses less detail of the fingers.
            RandomPlacement(round(size * 1.25), far),
            v2.Resize((size, size), antialias=True),
            RandomColour(),
            v2.RandomApply([RandomGamma()], p=0.3),
            v2.RandomApply([v2.GaussianBlur(5, sigma=(0.3, 1.5))], p=0.15),
            v2.RandomApply([RandomJPEG()], p=0.2),
            v2.RandomApply([v2.GaussianNoise(sigma=0.04)], p=0.2),
            v2.Normalize(mean, std),
            v2.RandomErasing(far.erased, scale=(0.02, far.largest_erased)),
        ]
    )


class RandomPlacement(torch.nn.Module):
    """Rotates, scales, stretches, shears and shifts a picture into a square, in one resampling.

    `Strength` sets the ranges. The picture is scaled by at most 1.5 and shifted by at most a fifth
    of the side. Areas outside the picture are filled by reflection or by repeating its border, so
    that the filling says nothing about the letter.
    """

    def __init__(self, size: int, far: Strength) -> None:
        super().__init__()
        self.size, self.far = size, far

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """uint8 tensor (3, H, W) -> float tensor (3, size, size), 0..1."""
        height, width = image.shape[1:]
        edge = min(EDGE, (min(height, width) - 1) // 2)  # tiny pictures keep a pixel
        image = image[:, edge : height - edge, edge : width - edge]
        angle = math.radians(self._turn())
        turn = torch.tensor(
            [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
        )
        stretch = math.exp(uniform(-self.far.stretch, self.far.stretch))
        scale = math.exp(uniform(math.log(self.far.smallest), math.log(1.5)))
        lean = math.tan(math.radians(uniform(-self.far.shear, self.far.shear)))
        shear = torch.tensor([[stretch, lean], [0, 1 / stretch]])
        shift = torch.tensor([[uniform(-0.4, 0.4)], [uniform(-0.4, 0.4)]])  # the side is 2 units
        to_source = torch.cat([turn @ shear, shift], dim=1) / scale
        grid = F.affine_grid(to_source[None], [1, 3, self.size, self.size], align_corners=False)
        outside = "reflection" if uniform(0, 1) < 0.3 else "border"
        placed = F.grid_sample(image[None].float(), grid, padding_mode=outside, align_corners=False)
        return tv_tensors.Image(placed[0] / 255)

    def _turn(self) -> float:
        """Draws a rotation in degrees."""
        if not self.far.normal:
            return uniform(-self.far.turn, self.far.turn)
        return float(torch.empty(()).normal_(0, self.far.turn).clamp(-60, 60))


class RandomColour(torch.nn.Module):
    """Changes brightness, contrast, saturation and white balance; makes some pictures grey.

    All changes are linear, so they are computed as one 3 x 3 matrix and an offset. This takes
    0.1 ms per picture of 128 px. torchvision's ColorJitter, which computes hues, takes 1.4 ms (one
    thread).
    """

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Float tensor (3, H, W), 0..1 -> float tensor (3, H, W), 0..1."""
        brightness, contrast, saturation = (uniform(0.5, 1.5) for _ in range(3))
        if uniform(0, 1) < 0.1:
            saturation = 0
        balance = torch.diag(torch.exp(0.1 * torch.randn(3)))  # cameras are off by about 10 %
        luma = torch.tensor([0.299, 0.587, 0.114])  # ITU-R BT.601
        colour = saturation * torch.eye(3) + (1 - saturation) * luma.expand(3, 3)
        grey = float(luma @ image.mean(dim=(1, 2)))  # contrast scales around the mean
        pixels = (brightness * contrast * balance @ colour) @ image.flatten(1)
        return tv_tensors.Image(
            (pixels + (1 - contrast) * brightness * grey).clamp(0, 1).view_as(image)
        )


class RandomGamma(torch.nn.Module):
    """Imitates over- and underexposure with a gamma of 0.5 to 2."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Float tensor (3, H, W), 0..1 -> float tensor (3, H, W), 0..1."""
        return v2.functional.adjust_gamma(image, math.exp(uniform(-0.69, 0.69)))


class RandomJPEG(torch.nn.Module):
    """Compresses like cameras and messengers: JPEG with a quality of 30 to 90.

    Uses Pillow, because `v2.JPEG` depends on a part of torchvision that will be removed.
    """

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Float tensor (3, H, W), 0..1 -> float tensor (3, H, W), 0..1."""
        file = io.BytesIO()
        quality = int(torch.randint(30, 91, ()))
        v2.functional.to_pil_image(image).save(file, "JPEG", quality=quality)
        return v2.functional.to_dtype(
            v2.functional.pil_to_tensor(Image.open(file)), torch.float32, scale=True
        )
