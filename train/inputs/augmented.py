"""Pictures as a network sees them: plain, or changed differently in every view."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import datasets
import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from asl_model.images import open_image
from train.data.pictures import contents

Transform = Callable[[Image.Image], torch.Tensor]
Preprocess = Callable[[Image.Image], np.ndarray]
Draw = tuple[int, int]
"""The number of a picture, and which view of it: 0 is the picture itself."""

PLAIN = 0


class Views(Dataset):
    """Rows {'pixels': (3, H, W), 'label'} of pictures, by (number, view).

    View n of a picture is always the same one, whichever process reads it and whatever was read
    before: its random numbers come from the seed, the picture's contents, n and the settings. That
    is what lets a run continue bit for bit, and lets several machines share the work. They do not
    come from the code: a comment would change a training by as much as another seed.

    Args:
        pictures: with the columns `image` and `key`, as `train.data.pictures.readable` gives.
        labels: their classes, numbered as the network's outputs.
        plain: what view 0 goes through.
        changed: what the other views go through; draws from torch's generator only.
        changed_about: text that differs whenever the settings of `changed` do.
        seed: of the changes.
        changed_by: text that differs whenever the code of `changed` does.
    """

    def __init__(
        self,
        pictures: datasets.Dataset,
        labels: Sequence[int],
        plain: Preprocess,
        changed: Transform | None = None,
        changed_about: str = "",
        seed: int = 0,
        changed_by: str = "",
    ) -> None:
        self.pictures = pictures.select_columns(["image"])  # on disk; a row is read when needed
        self.keys = list(pictures["key"])
        self.labels = list(labels)
        self.plain, self.changed = plain, changed
        self.changed_about, self.seed, self.changed_by = changed_about, seed, changed_by

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, draw: Draw) -> dict[str, Any]:
        number, view = draw
        image = open_image(contents(self.pictures[number]["image"]))
        if view == PLAIN or self.changed is None:
            return {"pixels": torch.from_numpy(self.plain(image)), "label": self.labels[number]}
        with torch.random.fork_rng(devices=[]):
            about = (self.keys[number], view, self.seed, self.changed_about)
            seed = int.from_bytes(_hash(about)[:8], "little") >> 1  # torch takes 63 bits
            torch.default_generator.manual_seed(seed)
            return {"pixels": self.changed(image), "label": self.labels[number]}

    def key(self, draw: Draw) -> bytes:
        """16 bytes that stand for this view of this picture's contents."""
        number, view = draw
        changes = (view, self.seed, self.changed_about, self.changed_by) if view else ()
        return _hash((self.keys[number], *changes))

    def batches(self, draws: list[list[Draw]], workers: int) -> Iterator[dict[str, torch.Tensor]]:
        """Reads batches in order, in `workers` processes beside this one."""
        return iter(DataLoader(self, batch_sampler=draws, num_workers=workers))


def _hash(about: tuple[object, ...]) -> bytes:
    return hashlib.blake2b(repr(about).encode(), digest_size=16).digest()
