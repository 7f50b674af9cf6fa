"""Finds copies and near-copies of pictures, which make held-out figures look too good.

Near-copies are found by a perceptual hash (`imagehash.phash`, 256 bits).
"""

from typing import Any

import datasets
import numpy as np
from tqdm import tqdm

from train.data.pictures import HASH_SIDE, name_of

NEAR = 20
"""Two pictures are near-copies if their hashes differ in at most this many of 256 bits. Measured on
60 frames of A, B, M, N, S and T from seven sources: frames of different letters from one person
differ in at least 24 bits, and neighbouring frames of steady videos in 10 to 18 bits (median)."""

_PAIRS_AT_ONCE = 2**22
"""Limits the memory to four million distances (64 MB), however many pictures there are."""


def nearest(
    pictures: datasets.Dataset, among: datasets.Dataset | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Finds the most similar picture for each picture.

    Args:
        pictures: N pictures with the column `phash` (`train.data.pictures.examine`).
        among: the pictures to search; None for the other pictures in `pictures`.

    Returns:
        (N,) the row of the most similar picture, and (N,) the number of bits in which the two
        hashes differ (257 if there is no other picture).
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
    """Counts the pictures of each held-out part that have a near-copy in the training part.

    Returns:
        {part: {'n', 'near_duplicates', 'examples': [(held out, trained on)]}}, with at most
        five examples. All parts except 'train' count as held out.
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
    """Returns one line for each part in which `near_training` found near-copies."""
    lines = []
    for name, part in found.items():
        if part["near_duplicates"]:
            share = part["near_duplicates"] / part["n"]
            held_out, trained = part["examples"][0]
            lines.append(
                f"{name}: {part['near_duplicates']} of {part['n']} pictures ({share:.1%}) have a "
                f"near-copy in the training part, for example {held_out} and {trained}."
            )
    return lines


def _words(pictures: datasets.Dataset) -> np.ndarray:
    """Returns the hashes as 64-bit numbers (N, 4)."""
    words = HASH_SIDE**2 // 64
    return np.frombuffer(b"".join(pictures["phash"]), np.uint64).reshape(len(pictures), words)
