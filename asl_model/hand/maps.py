"""Reads hands and points out of the finder's maps."""

import numpy as np

CENTRE, SIZES, POINTS, MAPS = 0, slice(1, 3), slice(3, 24), 24
"""The maps (24, H, W): logits of a hand's middle, logarithms of width and height, 21 joints."""


def boxes_in(maps: np.ndarray, least: float, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns the hands in a view, the surest first.

    Args:
        maps: the finder's output for one view, (24, H, W).
        least: the lowest score of a hand, 0 to 1.
        most: the largest number of hands.

    Returns:
        boxes (K, 4), x0, y0, x1, y1, 0 to 1 in the view; scores (K,), 0 to 1.
    """
    score = 1 / (1 + np.exp(-maps[CENTRE]))
    height, width = score.shape
    padded = np.pad(score, 1)
    around = np.stack([padded[y : y + height, x : x + width] for y in range(3) for x in range(3)])
    peaks = np.argwhere((score >= around.max(0)) & (score >= least))
    peaks = peaks[np.argsort(-score[tuple(peaks.T)])][:most]
    boxes = np.empty((len(peaks), 4), np.float32)
    for n, (row, column) in enumerate(peaks):
        weights = around[:, row, column].reshape(3, 3)  # the middle lies between the cells
        x = column + 0.5 + (weights.sum(0) @ (-1, 0, 1)) / weights.sum()
        y = row + 0.5 + (weights.sum(1) @ (-1, 0, 1)) / weights.sum()
        middle = np.array([x / width, y / height])
        half = np.exp(np.clip(maps[SIZES, row, column], -6, 1)) / 2
        boxes[n] = [*(middle - half), *(middle + half)]
    return boxes, score[tuple(peaks.T)]


def points_in(maps: np.ndarray) -> np.ndarray:
    """Returns the joints (21, 2), 0 to 1 in the view: the mean place of each point's map.

    The mean of a softmax, as in Sun et al. 2018, arXiv:1711.08229.
    """
    logits = maps[POINTS]
    _, height, width = logits.shape
    share = np.exp(logits - logits.max(axis=(1, 2), keepdims=True))
    share /= share.sum(axis=(1, 2), keepdims=True)
    x = share.sum(1) @ ((np.arange(width) + 0.5) / width)
    y = share.sum(2) @ ((np.arange(height) + 0.5) / height)
    points: np.ndarray = np.stack([x, y], axis=1).astype(np.float32)
    return points
