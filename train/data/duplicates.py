"""Copies and near-copies of pictures: what makes held-out figures say less than they seem to.

Near-copies are found by a perceptual hash (`imagehash.phash`, 256 bits).
"""

from typing import Any

import datasets
import numpy as np
from tqdm import tqdm

from train.data.pictures import HASH_SIDE, name_of

NEAR = 20
"""Pictures whose hashes differ in at most so many of 256 bits are near-copies. Measured on 60
frames of A, B, M, N, S and T of seven sources: no two frames of different letters of one person
were nearer than 24 bits, and neighbouring frames of steady videos differ in 10 to 18 (median)."""

_PAIRS_AT_ONCE = 2**22
"""Bounds the memory: four million distances, 64 MB, whatever the number of pictures."""


def nearest(
    pictures: datasets.Dataset, among: datasets.Dataset | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The picture that looks most like each picture.

    Args:
        pictures: N, with the column `phash` (`train.data.pictures.examine`).
        among: where to look; None for the other ones of `pictures` themselves.

    Returns:
        (N,) its number, and (N,) in how many bits the two hashes differ (257 if there is none).
    """
    own = _words(pictures)
    others = own if among is None else _words(among)
    number, distance = np.zeros(len(own), int), np.full(len(own), 257)
    if not len(own) or not len(others):
        return number, distance
    step = max(1, _PAIRS_AT_ONCE // len(others))
    starts = range(0, len(own), step)
    for start in tqdm(starts, "comparing", unit="block", disable=len(starts) < 10):
        rows = slice(start, start + step)
        differing = np.zeros((len(own[rows]), len(others)), np.uint16)
        for word in range(own.shape[1]):
            differing += np.bitwise_count(own[rows, None, word] ^ others[None, :, word])
        if among is None:
            differing[np.arange(len(differing)), np.arange(start, start + len(differing))] = 257
        number[rows] = differing.argmin(1)
        distance[rows] = differing.min(1)
    return number, distance


def near_training(parts: dict[str, datasets.Dataset]) -> dict[str, dict[str, Any]]:
    """How many pictures of each held-out part have a near-copy among those trained on.

    Returns:
        {part: {'n', 'near_duplicates', 'examples': [(held out, trained on)]}}, five examples.
        Everything but 'train' counts as held out.
    """
    found = {}
    for name, part in parts.items():
        if name == "train":
            continue
        number, distance = nearest(part, parts["train"])
        rows = np.flatnonzero(distance <= NEAR)
        found[name] = {
            "n": len(part),
            "near_duplicates": len(rows),
            "examples": [
                (
                    name_of(part[int(i)]["image"], int(i)),
                    name_of(parts["train"][int(number[i])]["image"], int(number[i])),
                )
                for i in rows[:5]
            ],
        }
    return found


def warnings(found: dict[str, dict[str, Any]]) -> list[str]:
    """Lines for the terminal about what `near_training` found."""
    lines = []
    for name, part in found.items():
        if part["near_duplicates"]:
            share = part["near_duplicates"] / part["n"]
            held_out, trained = part["examples"][0]
            lines.append(
                f"{name}: {part['near_duplicates']} of {part['n']} pictures ({share:.1%}) have a "
                f"near-copy among those trained on, as {held_out} and {trained}."
            )
    return lines


def _words(pictures: datasets.Dataset) -> np.ndarray:
    """The hashes as (N, 4) numbers of 64 bits."""
    words = HASH_SIDE**2 // 64
    return np.frombuffer(b"".join(pictures["phash"]), np.uint64).reshape(len(pictures), words)
