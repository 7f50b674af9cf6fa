"""Finds the hands in a picture: looks at the whole picture, then closer at each hand."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from asl_model.hand.geometry import Window, box_of
from asl_model.hand.maps import boxes_in, points_in

SIZE = 192
"""Side of the network's input in pixels."""

LEAST = 0.5
"""The lowest score of a hand: a compromise between hands that are lost and false alarms
(docs/experiments/hand-finder.md)."""

POSSIBLE = 0.2
"""The lowest score in one look: a hand that one look is unsure of may be clear in the other."""

CLOSE = 2.0
"""Side of the closer look, in sides of the hand's box: the middle of the trained range."""


@dataclass(frozen=True)
class Hand:
    """A hand in a picture.

    Attributes:
        box: x0, y0, x1, y1 in pixels of the picture; may reach beyond its edges.
        score: how sure the finder is, 0 to 1: the geometric mean of its two looks.
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
        boxes, scores = boxes_in(self._maps(image, [window])[0], POSSIBLE, 4)
        if not len(boxes):
            return []
        boxes = window.to_picture(boxes.reshape(-1, 2, 2)).reshape(-1, 4)
        order = np.argsort(-_preference(boxes, scores, image.size))[:most]
        return self._closer(image, boxes[order], scores[order])

    def follow(self, image: Image.Image, last: Hand) -> list[Hand]:
        """Finds the hand near its place in a film's last frame; searches if it is gone."""
        found = self._closer(image, np.array([last.box], np.float32), None)
        return found or self(image, most=1)

    def _closer(
        self, image: Image.Image, boxes: np.ndarray, scores: np.ndarray | None
    ) -> list[Hand]:
        """Looks closer at boxes (K, 4) whose scores (K,) were those of the first look, if any."""
        windows = [Window.around(box, CLOSE) for box in boxes]
        hands = []
        for number, maps in enumerate(self._maps(image, windows)):
            near, closer = boxes_in(maps, POSSIBLE, 1)
            if not len(near):
                continue
            score = float(closer[0] if scores is None else np.sqrt(scores[number] * closer[0]))
            if score >= LEAST:
                points = windows[number].to_picture(points_in(maps))
                box = tuple(box_of(points).tolist())
                hands.append(Hand(box, score, tuple(map(tuple, points.tolist()))))
        return hands

    def _maps(self, image: Image.Image, windows: list[Window]) -> np.ndarray:
        return self._network(np.stack([pixels_of(window.cut(image)) for window in windows]))


def pixels_of(part: Image.Image) -> np.ndarray:
    """Converts an RGB picture to the network's input, (3, SIZE, SIZE), -1 to 1."""
    small = np.asarray(part.resize((SIZE, SIZE), Image.Resampling.BILINEAR))
    return small.transpose(2, 0, 1).astype(np.float32, order="C") / 127.5 - 1


def _preference(boxes: np.ndarray, scores: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Prefers sure, large and high hands: the one that signs is raised and near."""
    side = np.sqrt((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))
    return scores * np.sqrt(side) * (1.5 - (boxes[:, 1] + boxes[:, 3]) / 2 / size[1])
