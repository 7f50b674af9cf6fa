"""Pictures as inputs of a network: plain, or with another augmentation in each view."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import datasets
import numpy as np
import torch
from PIL import Image, ImageOps
from torch.utils.data import DataLoader, Dataset

from asl_model.hand.geometry import Box
from asl_model.hand.hand_crop import ROOM, crop_hand
from asl_model.images import open_image
from train.data.pictures import contents
from train.inputs.backgrounds import uniform

Transform = Callable[[Image.Image], torch.Tensor]
Preprocess = Callable[[Image.Image], np.ndarray]
Draw = tuple[int, int]
"""Number of a picture and number of its view. View 0 is the picture without augmentation."""

PLAIN = 0

ROOMS = (0.85 * ROOM, 1.4 * ROOM)
"""Room around the hand in augmented views, drawn evenly. The finder's boxes are off by a tenth;
`train.inputs.augmentations` then scales the square further."""

FAR, FAR_PIXELS = 0.3, (36.0, 110.0)
"""How often the square around a hand is shrunk in augmented views, and to what side, drawn evenly.
A hand of a tenth of a camera frame's height is about 40 pixels high."""


class Views(Dataset):
    """Rows {'pixels': (3, H, W), 'label'} of pictures, by (number, view).

    View n of a picture is always the same, in any process and any order of reading. Its random
    numbers depend on the seed, the picture's contents, n and the settings. So a resumed run gives
    the same result bit for bit, and several machines can share the work. The random numbers do not
    depend on the code. Otherwise a changed comment would affect a run as much as another seed.

    Args:
        pictures: with the columns `image` and `key`, as `train.data.pictures.readable` returns.
        labels: the class of each picture, as an index of the network's outputs.
        plain: preprocessing of view 0.
        augment: augmentation of the other views; draws from torch's generator only.
        augment_settings: text that differs whenever the settings of `augment` differ.
        seed: seed of the augmentation.
        augment_version: text that differs whenever the code of `augment` differs.
        boxes: a box around the hand of each picture: then only the square around it is seen
            (`asl_model.hand.hand_crop`), in augmented views with more or less room. None for whole
            pictures, also for single ones.
        mirror: see the mirror images of the pictures; `boxes` are then theirs.
    """

    def __init__(
        self,
        pictures: datasets.Dataset,
        labels: Sequence[int],
        plain: Preprocess,
        augment: Transform | None = None,
        augment_settings: str = "",
        seed: int = 0,
        augment_version: str = "",
        boxes: Sequence[Box | None] | None = None,
        mirror: bool = False,
    ) -> None:
        self.pictures = pictures.select_columns(["image"])  # stays on disk until a row is read
        self.keys = list(pictures["key"])
        self.labels = list(labels)
        self.plain, self.augment = plain, augment
        self.boxes, self.mirror = boxes, mirror
        self.augment_settings, self.seed, self.augment_version = (
            augment_settings,
            seed,
            augment_version,
        )

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, draw: Draw) -> dict[str, Any]:
        number, view = draw
        image = open_image(contents(self.pictures[number]["image"]))
        if self.mirror:
            image = ImageOps.mirror(image)
        box = self.boxes[number] if self.boxes is not None else None
        if view == PLAIN or self.augment is None:
            part = crop_hand(image, box) if box is not None else image
            return {"pixels": torch.from_numpy(self.plain(part)), "label": self.labels[number]}
        with torch.random.fork_rng(devices=[]):
            about = (self.keys[number], view, self.seed, self.augment_settings)
            seed = int.from_bytes(_hash(about)[:8], "little") >> 1  # torch takes 63 bits
            torch.default_generator.manual_seed(seed)
            part = _further(crop_hand(image, box, uniform(*ROOMS))) if box is not None else image
            return {"pixels": self.augment(part), "label": self.labels[number]}

    def key(self, draw: Draw) -> bytes:
        """Returns a key of 16 bytes for a view of a picture, from the picture's contents."""
        number, view = draw
        changes = (view, self.seed, self.augment_settings, self.augment_version) if view else ()
        box = self.boxes[number] if self.boxes is not None else None
        cropped = () if box is None else ("box", box)
        return _hash((self.keys[number], *changes, *cropped))

    def batches(self, draws: list[list[Draw]], workers: int) -> Iterator[dict[str, torch.Tensor]]:
        """Reads batches in order, in `workers` worker processes."""
        return iter(DataLoader(self, batch_sampler=draws, num_workers=workers))


def _further(square: Image.Image) -> Image.Image:
    """Shrinks some squares, as if the hand was further away."""
    if uniform(0, 1) < FAR:
        side = round(uniform(*FAR_PIXELS))
        square.thumbnail((side, side))
    return square


def _hash(about: tuple[object, ...]) -> bytes:
    return hashlib.blake2b(repr(about).encode(), digest_size=16).digest()
