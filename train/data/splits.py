"""Which pictures are trained on, chosen by, and measured on."""

from collections.abc import Sequence

import datasets
import numpy as np

from train.errors import TrainError

SEGMENTS = 10
"""Each class of each source is cut into this many runs of frames; one is 'val', one is 'test'."""

GAP = 2
"""Pictures dropped beside a held-out run, so that no neighbour of it is trained on."""

FEWEST = 20
"""A class of a source with fewer pictures is trained on whole: the gaps would take most of it."""

RANDOM_VAL, RANDOM_TEST = 0.1, 0.2
"""Shares of a random split, of what is left when the contiguous runs are held out."""

SHARE_OF_SOURCES = 0.2
"""Of the sources, held out whole by a split by sources that names none; at least one."""


def split(
    pictures: datasets.Dataset, kind: str, seed: int, held_out: Sequence[str] = ()
) -> dict[str, datasets.Dataset]:
    """Splits by 'blocks', at 'random' or by 'sources', see below.

    All three hold the same runs of frames out of what they train on. So a model trained on a random
    split is measured both ways: on frames drawn at random, whose neighbours it has seen, and on
    runs of frames that it has seen nothing near. One that is split by sources is also measured on
    whole sources (people, rooms) that it has seen nothing of.

    Args:
        pictures: in natural order within each class of each source, as `load_pictures` gives.
        kind: 'blocks', 'random' or 'sources'.
        seed: of every draw.
        held_out: the sources to hold out of a split by sources; without them the seed draws some.

    Returns:
        The parts 'train', 'val', 'blocks', of a random split also 'frames', and of one by sources
        also 'sources'.

    Raises:
        TrainError: no such sources, or none would be left to train on.
    """
    if kind == "sources":
        rows = np.isin(pictures["source"], _held_out_sources(pictures, seed, held_out))
        rest = pictures.select(np.flatnonzero(~rows))
        return split(rest, "blocks", seed) | {"sources": pictures.select(np.flatnonzero(rows))}
    blocks = split_blocks(pictures, seed)
    if kind == "blocks":
        return {"train": blocks["train"], "val": blocks["val"], "blocks": blocks["test"]}
    rest = datasets.concatenate_datasets([blocks["train"], blocks["val"]])
    order = np.random.default_rng(seed).permutation(len(rest))
    val, test = round(RANDOM_VAL * len(rest)), round(RANDOM_TEST * len(rest))
    return {
        "train": rest.select(order[val + test :]),
        "val": rest.select(order[:val]),
        "frames": rest.select(order[val : val + test]),
        "blocks": blocks["test"],
    }


def _held_out_sources(
    pictures: datasets.Dataset, seed: int, held_out: Sequence[str]
) -> Sequence[str]:
    names = sorted(set(pictures["source"]))
    unknown = [name for name in held_out if name not in names]
    if unknown:
        raise TrainError(
            f"No such sources to hold out: {', '.join(unknown)}. There are: {', '.join(names)}."
        )
    if len(set(held_out)) == len(names) or len(names) < 2:
        raise TrainError(
            f"A split by sources needs one or more to train on and one or more to hold out; there "
            f"are: {', '.join(names)}."
        )
    if held_out:
        return held_out
    count = max(1, round(SHARE_OF_SOURCES * len(names)))
    return [str(name) for name in np.random.default_rng(seed).choice(names, count, replace=False)]


def split_blocks(pictures: datasets.Dataset, seed: int = 0) -> dict[str, datasets.Dataset]:
    """Holds out contiguous runs of frames: a tenth for val, a tenth for test, gaps beside them.

    Frames of a video are near-copies of their neighbours, so a random split measures memory. Here
    each class of each source gives one run to val and one to test, at places drawn by the seed.
    Of 220 pictures three quarters are left to train on, of 60 two thirds, of 20 two fifths.

    Args:
        pictures: in natural order within each class of each source, as `load_pictures` gives.

    Returns:
        The parts 'train', 'val' and 'test'. No picture of one is within GAP pictures of another's.
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
    if count < FEWEST:
        return part
    val, test = random.choice(SEGMENTS, size=2, replace=False)
    segment = np.arange(count) * SEGMENTS // count
    part[segment == val], part[segment == test] = "val", "test"
    result = part.copy()
    for i in range(count):
        near = set(part[max(0, i - GAP) : i + GAP + 1])
        if (part[i] == "train" and near != {"train"}) or (part[i] == "val" and "test" in near):
            result[i] = "dropped"
    return result
