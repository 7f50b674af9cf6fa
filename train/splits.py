"""Which pictures are trained on, chosen by, and measured on."""

import datasets
import numpy as np

SEGMENTS = 10
"""Each class of each source is cut into this many runs of frames; one is 'val', one is 'test'."""

GAP = 2
"""Pictures dropped at the border of a held-out run, so that no neighbour of it is trained on."""


def split_blocks(pictures: datasets.Dataset, seed: int = 0) -> dict[str, datasets.Dataset]:
    """Holds out contiguous runs of frames: 80 % train, 10 % val, 10 % test, less the gaps.

    Frames of a video are near-copies of their neighbours, so a random split measures memory. Here
    each class of each source gives one run to val and one to test, at places drawn by the seed.
    Classes with fewer than SEGMENTS pictures are trained on whole.

    Args:
        pictures: in natural order within each class of each source, as `load_pictures` gives.
    """
    random = np.random.default_rng(seed)
    labels, sources = np.array(pictures["label"]), np.array(pictures["source"])
    part = np.full(len(pictures), "train", dtype="<U7")
    for source in np.unique(sources):
        for label in np.unique(labels[sources == source]):
            rows = np.flatnonzero((sources == source) & (labels == label))
            part[rows] = _split_run(len(rows), random)
    return {
        name: pictures.select(np.flatnonzero(part == name)) for name in ("train", "val", "test")
    }


def _split_run(count: int, random: np.random.Generator) -> np.ndarray:
    """The part of each of `count` frames in order: train, val, test or dropped."""
    part = np.full(count, "train", dtype="<U7")
    if count < SEGMENTS:
        return part
    val, test = random.choice(SEGMENTS, size=2, replace=False)
    segment = np.arange(count) * SEGMENTS // count
    part[segment == val], part[segment == test] = "val", "test"
    result = part.copy()
    for i in range(count):
        near = part[max(0, i - GAP) : i + GAP + 1]
        if part[i] != "test" and (near != part[i]).any():
            result[i] = "dropped"
    # A val run that is shorter than its gaps would vanish: keep its middle.
    if not (result == "val").any():
        result[np.flatnonzero(part == "val")[len(np.flatnonzero(part == "val")) // 2]] = "val"
    return result
