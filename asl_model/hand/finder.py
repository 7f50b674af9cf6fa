"""Finds the hands in a picture: looks at the whole picture, then closer at each hand."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from asl_model.hand.geometry import Window, box_of
from asl_model.hand.maps import boxes_in, points_in

SIZE = 192
"""Side of the network's input in pixels."""

LEAST = 0.3
"""The lowest score of a hand."""

CLOSE = 2.0
"""Side of the closer look, in sides of the hand's box: the middle of the trained range."""


@dataclass(frozen=True)
class Hand:
    """A hand in a picture.

    Attributes:
        box: x0, y0, x1, y1 in pixels of the picture; may reach beyond its edges.
        score: how sure the finder is, 0 to 1.
        points: 21 joints as (x, y) in pixels, in MediaPipe's order: the wrist, then four joints
            from the palm to the tip of thumb, index, middle, ring and little finger.
    """

    box: tuple[float, float, float, float]
    score: float
    points: tuple[tuple[float, float], ...]


class HandFinder:
    """Finds hands with a loaded network.

    Args:
        network: views (N, 3, SIZE, SIZE), -1 to 1 -> maps (N, 24, SIZE/8, SIZE/8).
    """

    def __init__(self, network: Callable[[np.ndarray], np.ndarray]) -> None:
        self._network = network

    def __call__(self, image: Image.Image, most: int = 2) -> list[Hand]:
        """Returns at most `most` hands of an RGB picture, the one that signs first."""
        window = Window.whole(image)
        boxes, scores = boxes_in(self._maps(image, [window])[0], LEAST, 4)
        if not len(boxes):
            return []
        boxes = _in_picture(window, boxes)
        order = np.argsort(-_preference(boxes, scores, image.size))[:most]
        return self._closer(image, boxes[order])

    def follow(self, image: Image.Image, last: Hand) -> list[Hand]:
        """Finds the hand near its place in a film's last frame; searches if it is gone."""
        found = self._closer(image, np.array([last.box], np.float32))
        return found or self(image, most=1)

    def _closer(self, image: Image.Image, boxes: np.ndarray) -> list[Hand]:
        windows = [Window.around(box, CLOSE) for box in boxes]
        hands = []
        for window, maps in zip(windows, self._maps(image, windows), strict=True):
            near, scores = boxes_in(maps, LEAST, 1)
            if len(near):
                points = window.to_picture(points_in(maps))
                box = tuple(box_of(points).tolist())
                hands.append(Hand(box, float(scores[0]), tuple(map(tuple, points.tolist()))))
        return hands

    def _maps(self, image: Image.Image, windows: list[Window]) -> np.ndarray:
        return self._network(np.stack([pixels_of(window.cut(image)) for window in windows]))


def pixels_of(part: Image.Image) -> np.ndarray:
    """Converts an RGB picture to the network's input, (3, SIZE, SIZE), -1 to 1."""
    small = np.asarray(part.resize((SIZE, SIZE), Image.Resampling.BILINEAR))
    return small.transpose(2, 0, 1).astype(np.float32, order="C") / 127.5 - 1


def _in_picture(window: Window, boxes: np.ndarray) -> np.ndarray:
    return window.to_picture(boxes.reshape(-1, 2, 2)).reshape(-1, 4)


def _preference(boxes: np.ndarray, scores: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Prefers sure, large and high hands: the one that signs is raised and near."""
    side = np.sqrt((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))
    return scores * np.sqrt(side) * (1.5 - (boxes[:, 1] + boxes[:, 3]) / 2 / size[1])
