"""Training-time changes to a picture, for what differs between people, cameras and rooms.

Nothing rotates far: K and P, G and Q are told apart by orientation. Mirror images are taught,
because signers are left- and right-handed and cameras mirror.
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
"""Pixels cut off at each side: Kaggle's frames have a blue line there, which would be smeared."""

VERSION = 1
"""Raise it by one when a change here gives other pictures: cached features of augmented pictures
are then computed again. The embedded model was trained with version 1."""

DRAWS = "afd97a3e3e8073f6"
"""Begins the random numbers of every view. Any text would do; this one (a hash of this file then)
is what the embedded model was trained with, and another gives another run of the same recipe."""


@dataclass(frozen=True)
class Strength:
    """How far a picture is changed.

    Attributes:
        turn: degrees to either side; evenly, or if `normal` the standard deviation, 60 at most.
        normal: draw the turn from a normal distribution.
        smallest: the least factor by which it is scaled.
        stretch: the natural logarithm of the most that width grows while height shrinks.
        shear: degrees to either side.
        erased: how often a part of it is erased.
        largest_erased: the most of it that is erased then.
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
"""Far turns alone read people never seen worse in short training; 'strong' is for a model that is
trained further ('Going on from the embedded model' in `train/EXPERIMENTS.md`)."""


def training_transform(
    size: int,
    mean: Sequence[float],
    std: Sequence[float],
    backgrounds: Iterable[Image.Image],
    strength: str,
) -> v2.Transform:
    """RGB image -> float tensor (3, size, size), different at each call.

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
            # Sampled at 1.25 times the network's side: a finer grid loses less of the fingers.
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
    """Turns, scales, stretches, shears and shifts the picture into a square, in one resampling.

    As far as its `Strength` says, to 1.5 times at most and by a fifth of the side. What comes in
    from outside continues the picture, mirrored or smeared, so that a border says nothing of the
    letter.
    """

    def __init__(self, size: int, far: Strength) -> None:
        super().__init__()
        self.size, self.far = size, far

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """uint8 tensor (3, H, W) -> float tensor (3, size, size), 0..1."""
        height, width = image.shape[1:]
        edge = min(EDGE, (min(height, width) - 1) // 2)  # something is left of the smallest
        image = image[:, edge : height - edge, edge : width - edge]
        angle = math.radians(self._turn())
        turn = torch.tensor(
            [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
        )
        stretch = math.exp(uniform(-self.far.stretch, self.far.stretch))
        scale = math.exp(uniform(math.log(self.far.smallest), math.log(1.5)))
        lean = math.tan(math.radians(uniform(-self.far.shear, self.far.shear)))
        shear = torch.tensor([[stretch, lean], [0, 1 / stretch]])
        shift = torch.tensor([[uniform(-0.4, 0.4)], [uniform(-0.4, 0.4)]])  # the side is 2 long
        to_source = torch.cat([turn @ shear, shift], dim=1) / scale
        grid = F.affine_grid(to_source[None], [1, 3, self.size, self.size], align_corners=False)
        outside = "reflection" if uniform(0, 1) < 0.3 else "border"
        placed = F.grid_sample(image[None].float(), grid, padding_mode=outside, align_corners=False)
        return tv_tensors.Image(placed[0] / 255)

    def _turn(self) -> float:
        """Degrees."""
        if not self.far.normal:
            return uniform(-self.far.turn, self.far.turn)
        return float(torch.empty(()).normal_(0, self.far.turn).clamp(-60, 60))


class RandomColour(torch.nn.Module):
    """Changes light and colour: brightness, contrast, saturation, white balance; some become grey.

    All of them are linear, so they are one 3 x 3 matrix and an offset: 0.1 ms a picture of 128 px
    where torchvision's ColorJitter, which goes by way of hues, takes 1.4 (one thread).
    """

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Float tensor (3, H, W) of 0..1 -> the same."""
        brightness, contrast, saturation = (uniform(0.5, 1.5) for _ in range(3))
        if uniform(0, 1) < 0.1:
            saturation = 0
        balance = torch.diag(torch.exp(0.1 * torch.randn(3)))  # a camera's error of some 10 %
        luma = torch.tensor([0.299, 0.587, 0.114])  # ITU-R BT.601
        colour = saturation * torch.eye(3) + (1 - saturation) * luma.expand(3, 3)
        grey = float(luma @ image.mean(dim=(1, 2)))  # contrast is about the mean
        pixels = (brightness * contrast * balance @ colour) @ image.flatten(1)
        return tv_tensors.Image(
            (pixels + (1 - contrast) * brightness * grey).clamp(0, 1).view_as(image)
        )


class RandomGamma(torch.nn.Module):
    """Bends the brightness curve as over- and underexposure do: gamma 0.5 to 2."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Float tensor (3, H, W) of 0..1 -> the same."""
        return v2.functional.adjust_gamma(image, math.exp(uniform(-0.69, 0.69)))


class RandomJPEG(torch.nn.Module):
    """Compresses as cameras and messengers do: JPEG at a quality of 30 to 90.

    By Pillow: torchvision's own `v2.JPEG` rests on a part of it that is going to be removed.
    """

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Float tensor (3, H, W) of 0..1 -> the same."""
        file = io.BytesIO()
        quality = int(torch.randint(30, 91, ()))
        v2.functional.to_pil_image(image).save(file, "JPEG", quality=quality)
        return v2.functional.to_dtype(
            v2.functional.pil_to_tensor(Image.open(file)), torch.float32, scale=True
        )
