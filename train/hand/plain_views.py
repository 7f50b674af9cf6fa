"""Views without changes: whole pictures, and closer looks as the finder takes them."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from asl_model.hand.finder import CLOSE, pixels_of
from asl_model.hand.geometry import Window
from asl_model.images import open_image
from train.hand.labelled import Labelled
from train.hand.targets import targets
from train.inputs.augmented_views import Draw


class PlainViews(Dataset):
    """Rows like those of `train.hand.views.HandViews`: (number, any view) -> 'pixels' and targets.

    Args:
        whole: pictures shown whole.
        close: pictures of which the square around the labelled hand is shown.
        size: side of a view in pixels.
    """

    def __init__(self, whole: Sequence[Labelled], close: Sequence[Labelled], size: int) -> None:
        self.rows = [(picture, False) for picture in whole] + [(picture, True) for picture in close]
        self.size = size

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, draw: Draw) -> dict[str, torch.Tensor]:
        picture, close = self.rows[draw[0]]
        image = open_image(picture.file)
        window = Window.around(picture.boxes[0], CLOSE) if close else Window.whole(image)
        corner = np.array([window.x0, window.y0])
        scale = self.size / np.array([window.width, window.height])
        boxes = ((picture.boxes.reshape(-1, 2) - corner) * scale).reshape(-1, 4)
        points = None if picture.points is None else (picture.points - corner) * scale
        pixels = torch.from_numpy(pixels_of(window.cut(image)))
        return {"pixels": pixels, **targets(boxes, points, self.size)}

    def batches(self, draws: list[list[Draw]], workers: int) -> Iterator[dict[str, torch.Tensor]]:
        """Reads batches in order, in `workers` worker processes."""
        return iter(DataLoader(self, batch_sampler=draws, num_workers=workers))
