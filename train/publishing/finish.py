"""The end of `fit` and `remeasure`: what is measured, and the bundle that is written."""

from pathlib import Path
from typing import Any

import datasets

from asl_model.bundle import CURVES, HISTORY, Bundle
from train.data.duplicates import near_training, warnings
from train.data.splits import SPLIT_OF_PART, UNSEEN, account
from train.devices import processes
from train.measuring.calibrate_bundle import measure_and_calibrate
from train.measuring.predict import summary
from train.publishing.card import write_card
from train.publishing.save_bundle import save_bundle
from train.training.history import Epoch, draw_curves, write_table


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


def finish(
    bundle: Bundle,
    parts: dict[str, datasets.Dataset],
    others: datasets.Dataset | None,
    not_hands: datasets.Dataset | None,
    workers: int,
    beside: Path,
    out: Path,
) -> None:
    """Calibrates and measures a model, prints its figures and writes it, whole or not at all.

    Args:
        bundle: the model; its metrics say how it was trained.
        parts: of the data, as `train.data.splits` divides it.
        others: people never trained on.
        not_hands: pictures without a hand sign.
        workers: processes that read pictures.
        beside: a folder for the history and its curves, which are copied into the bundle.
        out: where to.
    """
    splits, chosen_on = splits_to_measure(parts, others)
    bundle = measure_and_calibrate(bundle, splits, chosen_on, not_hands, workers)
    for name, figures in bundle.metrics["splits"].items():
        print(summary(name, figures))
    history = [Epoch(**epoch) for epoch in bundle.metrics["training"]["history"]]
    write_table(history, beside / HISTORY)
    draw_curves(history, beside / CURVES)
    save_bundle(out, bundle, write_card(bundle), [beside / HISTORY, beside / CURVES])
