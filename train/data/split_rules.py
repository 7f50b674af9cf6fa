"""Splits pictures into parts for training, validation and testing."""

from collections.abc import Sequence

import datasets
import numpy as np

from train.errors import TrainError

SEGMENTS = 10
"""Number of runs of frames per class and source. One run is held out as 'val', one as 'test'."""

GAP = 2
"""Pictures dropped on each side of a held-out run, so that its neighbours are not trained on."""

FEWEST = 20
"""With fewer pictures, a class of a source is only trained on: the gaps would take most of it."""

RANDOM_VAL, RANDOM_TEST = 0.1, 0.2
"""Shares of the pictures that a random split holds out, after the runs of frames are held out."""

SHARE_OF_SOURCES = 0.2
"""Share of the sources that a split by sources holds out if none is named; at least one source."""


def split(
    pictures: datasets.Dataset,
    kind: str,
    seed: int,
    held_out: Sequence[str] = (),
    train_pictures: int = 0,
) -> dict[str, datasets.Dataset]:
    """Splits pictures by 'blocks', at 'random' or by 'sources'.

    All three kinds hold out runs of frames from the sources they train on. So a model trained on a
    random split is measured in two ways: on random frames, whose neighbours it was trained on, and
    on runs of frames without neighbours in training. A split by sources also measures on whole
    sources (people, rooms) that are not in training at all.

    Args:
        pictures: in natural order within each class of each source, as `load_pictures` returns.
        kind: 'blocks', 'random' or 'sources'.
        seed: seed of all random draws.
        held_out: the sources that a split by sources holds out; if empty, the seed draws some.
        train_pictures: number of pictures to keep in 'train'; 0 for all. The seed draws them, from
            each class as many as its share. The other parts do not depend on it.

    Returns:
        The parts 'train', 'val' and 'blocks'. A random split adds 'frames', a split by sources
        adds 'sources'.

    Raises:
        TrainError: a source in `held_out` does not exist, no source is left to train on, or
            `train_pictures` is too small or too large.
    """
    parts = _split_all(pictures, kind, seed, held_out)
    if train_pictures:
        parts["train"] = _draw(parts["train"], train_pictures, seed)
    return parts


def _draw(pictures: datasets.Dataset, count: int, seed: int) -> datasets.Dataset:
    """Returns `count` of the pictures in their order, from each class as many as its share."""
    # Importing it takes a second or more, and few runs draw: most keep all pictures.
    from sklearn.model_selection import train_test_split

    labels = np.array(pictures["label"])
    fewest = len(np.unique(labels))  # scikit-learn draws one of each class and leaves one
    if not fewest <= count <= len(pictures) - fewest:
        raise TrainError(
            f"--train-pictures {count} is not possible: of the {len(pictures)} pictures to train "
            f"on, {fewest} to {len(pictures) - fewest} can be drawn. Leave it out to train on all."
        )
    chosen, _ = train_test_split(
        np.arange(len(labels)), train_size=count, stratify=labels, random_state=seed
    )
    return pictures.select(np.sort(chosen))


def _split_all(
    pictures: datasets.Dataset, kind: str, seed: int, held_out: Sequence[str]
) -> dict[str, datasets.Dataset]:
    if kind == "sources":
        rows = np.isin(pictures["source"], _held_out_sources(pictures, seed, held_out))
        rest = pictures.select(np.flatnonzero(~rows))
        return _split_all(rest, "blocks", seed, ()) | {
            "sources": pictures.select(np.flatnonzero(rows))
        }
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
            f"No such sources to hold out: {', '.join(unknown)}. Sources found: {', '.join(names)}."
        )
    if len(set(held_out)) == len(names) or len(names) < 2:
        raise TrainError(
            f"A split by sources needs at least one source to train on and one to hold out. "
            f"Sources found: {', '.join(names)}."
        )
    if held_out:
        return held_out
    count = max(1, round(SHARE_OF_SOURCES * len(names)))
    return [str(name) for name in np.random.default_rng(seed).choice(names, count, replace=False)]


def split_blocks(pictures: datasets.Dataset, seed: int = 0) -> dict[str, datasets.Dataset]:
    """Holds out runs of neighbouring frames: a tenth for val, a tenth for test, gaps beside them.

    Frames of a video are near-copies of their neighbours, so a random split measures memorisation.
    Here, each class of each source gives one run to val and one to test. The seed draws their
    positions. Of 220 pictures three quarters are left to train on, of 60 two thirds, of 20 two
    fifths.

    Args:
        pictures: in natural order within each class of each source, as `load_pictures` returns.

    Returns:
        The parts 'train', 'val' and 'test'. Pictures of two parts are more than GAP frames apart.
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
    """Returns the part of each of `count` ordered frames: train, val, test or dropped."""
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
