"""What `fit` and `remeasure` measure, and whether it lies apart from what is trained on."""

from typing import Any

import datasets

from train.duplicates import near_training, warnings
from train.processes import processes
from train.splits import SPLIT_OF_PART, UNSEEN, account


def check_split(
    parts: dict[str, datasets.Dataset], others: datasets.Dataset | None
) -> dict[str, Any]:
    """What metrics.json says of the split; prints a warning of near-copies across it."""
    parts = parts | ({UNSEEN: others} if others is not None else {})
    near = near_training(parts)
    for line in warnings(near):
        processes().print(f"Warning: {line}")
    record = account(parts)
    for name, found in near.items():
        record[name]["near_duplicates"] = found["near_duplicates"]
    return record


def splits_to_measure(
    parts: dict[str, datasets.Dataset], others: datasets.Dataset | None
) -> tuple[dict[str, datasets.Dataset], str]:
    """The pictures of each split of metrics.json, and which one temperature and threshold go by.

    That is people never trained on, if there are any. The val part, which is the last resort, shows
    the people trained on, of whom a model is surer than it should be of a stranger.
    """
    splits = {name: parts[part] for part, name in SPLIT_OF_PART.items() if part in parts}
    if others is not None:
        splits[UNSEEN] = others
    chosen_on = next(n for n in (UNSEEN, SPLIT_OF_PART["sources"], "val") if n in splits)
    if chosen_on != "val":
        del splits["val"]  # chosen by while training, and needed for nothing else
    return splits, chosen_on
