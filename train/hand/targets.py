"""What the network learns: heat maps of the hands' middles, their sizes, and 21 points."""

import numpy as np
import torch

STRIDE = 8
"""Pixels of the input per cell of the maps."""

MOST = 4
"""Most hands in a view; more are left out."""

MIN_SIDE = 0.22
"""Points are learned if the hand's longer side is at least this part of the view: five cells. The
finder looks closer at smaller hands."""


def targets(boxes: np.ndarray, points: np.ndarray | None, size: int) -> dict[str, torch.Tensor]:
    """Returns the targets of a view.

    Args:
        boxes: (K, 4), x0, y0, x1, y1 in pixels of the view; if `points` are given, of that hand.
        points: (21, 2) in pixels of the view, or None.
        size: side S of the view in pixels.

    Returns:
        centres (S/8, S/8): 1 at the middle of each hand, falling like a Gaussian around it.
        cells (4,): the number of the cell of each hand's middle, row by row; -1 for no hand.
        sizes (4, 2): the logarithms of the hands' width and height, in parts of the view.
        points (21, 2): in cells.
        shown (21,): whether a point is learned: it is in the view, and the hand is large enough.
        hand (): the hand's size in cells, from the wrist to the middle finger's knuckle.
    """
    count = size // STRIDE
    centres = np.zeros((count, count), np.float32)
    cells, sizes = np.full(MOST, -1), np.zeros((MOST, 2), np.float32)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2 / STRIDE
    inside = ((middles >= 0) & (middles < count)).all(axis=1)
    for n, (box, middle) in enumerate(zip(boxes[inside][:MOST], middles[inside], strict=False)):
        sides = np.maximum(box[2:] - box[:2], 1)
        column, row = middle.astype(int)
        centres = np.maximum(centres, _bump(middle, sides / STRIDE, count))
        centres[row, column] = 1
        cells[n], sizes[n] = row * count + column, np.log(sides / size)
    where, shown, hand = np.zeros((21, 2), np.float32), np.zeros(21, bool), 1.0
    if points is not None:
        where = (points / STRIDE).astype(np.float32)
        large = (boxes[0, 2:] - boxes[0, :2]).max() >= MIN_SIDE * size
        shown = ((where > 0) & (where < count)).all(axis=1) & large
        hand = max(float(np.linalg.norm(where[0] - where[9])), 1.0)
    return {
        "centres": torch.from_numpy(centres),
        "cells": torch.from_numpy(cells),
        "sizes": torch.from_numpy(sizes),
        "points": torch.from_numpy(where),
        "shown": torch.from_numpy(shown),
        "hand": torch.tensor(hand, dtype=torch.float32),
    }


def _bump(middle: np.ndarray, sides: np.ndarray, count: int) -> np.ndarray:
    """Returns a Gaussian (count, count) as wide as an eighth of a hand, at least 0.7 cells."""
    at = np.arange(count) + 0.5
    deviation = np.clip(sides / 8, 0.7, 2.5)
    x, y = (np.exp(-((at - m) ** 2) / (2 * d**2)) for m, d in zip(middle, deviation, strict=True))
    bump: np.ndarray = (y[:, None] * x).astype(np.float32)
    return bump
