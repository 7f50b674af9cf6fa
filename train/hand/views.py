"""Random views of labelled hands: whole pictures, closer ones, hands pasted into other rooms."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from asl_model.hand.geometry import box_of
from asl_model.images import open_image
from train.hand.backgrounds import background
from train.hand.labelled import Labelled
from train.hand.placing import Placement, soft_mask
from train.hand.targets import targets
from train.inputs.augmentations import RandomColour, RandomGamma, RandomJPEG
from train.inputs.augmented_views import Draw

KINDS = {
    "whole frames": 0.21,
    "whole boxes": 0.09,
    "close frames": 0.22,
    "close crops": 0.22,
    "close boxes": 0.05,
    "pasted": 0.13,
    "none": 0.08,
}
"""How often each kind of view is drawn."""

WHOLE, CLOSE = (0.75, 3.0), (1.2, 3.4)
"""Smallest and largest side of a view: in sides of the picture, and in sides of the hand. With 3, a
hand of a third of a frame's height is a tenth of the view's."""


@dataclass(frozen=True)
class HandPictures:
    """Where views come from.

    Attributes:
        frames: whole webcam frames with the points of one hand.
        crops: pictures of a hand with its points.
        boxes: whole pictures with boxes of their hands.
        empty: pictures without a hand.
    """

    frames: Sequence[Labelled]
    crops: Sequence[Labelled]
    boxes: Sequence[Labelled]
    empty: Sequence[Labelled]


class HandViews(Dataset):
    """Random views: (number, epoch) -> 'pixels' (3, S, S), -1 to 1, and `train.hand.targets`.

    A view depends on the seed, its number and the epoch only.

    Args:
        pictures: what views are made of.
        size: side S of a view in pixels.
        count: views in an epoch.
        seed: seed of all draws.
    """

    def __init__(self, pictures: HandPictures, size: int, count: int, seed: int) -> None:
        self.pictures, self.size, self.count, self.seed = pictures, size, count, seed
        self.colour = v2.Compose(
            [
                v2.ToImage(),
                v2.ToDtype(torch.float32, scale=True),
                RandomColour(),
                v2.RandomApply([RandomGamma()], p=0.3),
                v2.RandomApply([v2.GaussianBlur(5, sigma=(0.3, 1.5))], p=0.15),
                v2.RandomApply([RandomJPEG()], p=0.15),
                v2.RandomApply([v2.GaussianNoise(sigma=0.04)], p=0.2),
                v2.Normalize([0.5] * 3, [0.5] * 3),
            ]
        )

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, draw: Draw) -> dict[str, torch.Tensor]:
        number, epoch = draw
        random = np.random.default_rng((self.seed, epoch, number))
        image, boxes, points = self._view(random)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(int(random.integers(2**62)))
            pixels = torch.as_tensor(self.colour(image))
        return {"pixels": pixels, **targets(boxes, points, self.size)}

    def batches(self, draws: list[list[Draw]], workers: int) -> Iterator[dict[str, torch.Tensor]]:
        """Reads batches in order, in `workers` worker processes."""
        return iter(DataLoader(self, batch_sampler=draws, num_workers=workers))

    def _view(self, random: np.random.Generator) -> "View":
        kind = random.choice(list(KINDS), p=list(KINDS.values()))
        if kind == "none":
            return self._background(random), np.zeros((0, 4), np.float32), None
        if kind == "pasted":
            image, picture = self._pasted(random)
            whole = random.random() < 0.75
        else:
            pool: Sequence[Labelled] = getattr(self.pictures, kind.split()[1])
            picture = _pick(pool, random)
            image, whole = open_image(picture.file), kind.startswith("whole")
        box = picture.boxes[random.integers(len(picture.boxes))]
        frame = _whole if whole else _close
        middle, sides, turn = frame(image.size, box, random)
        degrees, mirror = random.normal(0, turn), random.random() < 0.5
        placement = Placement.of(middle, sides, degrees, mirror, self.size)
        view, mask = placement.view(image, soft=0.04 if random.random() < 0.5 else 0)
        if np.asarray(mask).min() < 255:
            view = Image.composite(view, self._background(random), mask)
        if picture.points is None:
            return view, placement.boxes(picture.boxes), None
        points = placement.points(picture.points)
        return view, box_of(points)[None], points

    def _pasted(self, random: np.random.Generator) -> tuple[Image.Image, Labelled]:
        """Pastes a hand of `crops` over the hand of a frame, at least as large."""
        frame, hand = _pick(self.pictures.frames, random), _pick(self.pictures.crops, random)
        image, (under, over) = open_image(frame.file), (frame.boxes[0], hand.boxes[0])
        factor = random.uniform(1.0, 1.5) * _side(under) / _side(over)
        crop = open_image(hand.file)
        crop = crop.resize(
            (max(8, round(crop.width * factor)), max(8, round(crop.height * factor)))
        )
        corner = np.round(_middle(under) - _middle(over) * factor).astype(int)
        image.paste(crop, (int(corner[0]), int(corner[1])), soft_mask(crop.size, 0.08))
        assert hand.points is not None  # crops are read by `with_points`
        points = (hand.points * factor + corner).astype(np.float32)
        return image, Labelled(frame.file, box_of(points)[None], points)

    def _background(self, random: np.random.Generator) -> Image.Image:
        return background(self.pictures.empty, self.pictures.frames, self.size, random)


View = tuple[Image.Image, np.ndarray, np.ndarray | None]
"""A view, the boxes (K, 4) of its hands and the points (21, 2), in pixels of the view."""

Frame = tuple[np.ndarray, np.ndarray, float]
"""The rectangle that a view shows: middle (2,), sides (2,), standard deviation of its turn."""


def _whole(size: tuple[int, int], box: np.ndarray, random: np.random.Generator) -> Frame:
    """Draws a rectangle about as large as the picture, with the hand's middle inside."""
    low, high = np.log(WHOLE)
    scale = math.exp(random.uniform(low, high) * random.uniform(0, 1))  # 1 is the most frequent
    sides = np.array(size) * scale * _stretch(random, 0.12)
    middle = np.array(size) / 2 + random.uniform(-0.3, 0.3, 2) * sides
    hand = _middle(box)
    return np.clip(middle, hand - 0.42 * sides, hand + 0.42 * sides), sides, 6.0


def _close(size: tuple[int, int], box: np.ndarray, random: np.random.Generator) -> Frame:
    """Draws a rectangle around a hand."""
    side = _side(box)
    sides = side * math.exp(random.uniform(*np.log(CLOSE))) * _stretch(random, 0.1)
    return _middle(box) + random.uniform(-0.3, 0.3, 2) * side, sides, 14.0


def _stretch(random: np.random.Generator, deviation: float) -> np.ndarray:
    factor = math.exp(random.normal(0, deviation))
    return np.array([factor, 1 / factor])


def _pick(pictures: Sequence[Labelled], random: np.random.Generator) -> Labelled:
    return pictures[int(random.integers(len(pictures)))]


def _middle(box: np.ndarray) -> np.ndarray:
    middle: np.ndarray = (box[:2] + box[2:]) / 2
    return middle


def _side(box: np.ndarray) -> float:
    return float((box[2:] - box[:2]).max())
