"""What config.json and metrics.json of a bundle say, checked: a stranger may have written them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asl_model.alphabet import CLASSES
from asl_model.building import CONFIG
from asl_model.crops import LOOKS
from asl_model.errors import BundleError
from asl_model.handshape_pairs import Sharing
from asl_model.preprocessing import Preprocessing

METRICS = "metrics.json"

_BROKEN = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What reading a stranger's JSON raises; the last for lists in lists a thousand deep."""


@dataclass(frozen=True)
class Description:
    """All that is known of a bundle before its weights are read; see `asl_model.bundle.Bundle`."""

    preprocessing: Preprocessing
    label_names: tuple[str, ...]
    threshold: float
    looks: int
    sharing: Sharing | None
    metrics: dict[str, Any]


def read_description(folder: Path, name: str) -> Description:
    """Reads both files; without metrics.json the metrics are empty.

    Args:
        folder: where they are.
        name: what to call the bundle in a message.

    Raises:
        BundleError: a file cannot be read, or says what no bundle of this project says.
    """
    try:
        description = _read(folder)
    except OSError as error:
        raise BundleError(f"'{name}' cannot be read ({error}).") from None
    except _BROKEN as error:
        raise BundleError(
            f"'{name}' is not a bundle of this project: its {CONFIG} or {METRICS} "
            f"lacks or breaks {error}. `python -m train fit` writes one."
        ) from None
    unknown = [label for label in description.label_names if label not in CLASSES]
    if unknown:
        raise BundleError(f"'{name}' has classes that are not in this alphabet: {unknown}.")
    if not 1 <= description.looks <= len(LOOKS):
        raise BundleError(
            f"'{name}' wants {description.looks} looks at a picture; 1 to {len(LOOKS)} are "
            "possible."
        )
    return description


def _read(folder: Path) -> Description:
    config = json.loads((folder / CONFIG).read_text("utf-8"))
    added, label_names = config["asl"], tuple(config["label_names"])
    threshold, stored = float(added["threshold"]), added.get("sharing")
    if not 0 <= threshold <= 1:  # nor is NaN
        raise ValueError(f"the threshold {threshold}")
    metrics_file = folder / METRICS
    metrics = json.loads(metrics_file.read_text("utf-8")) if metrics_file.is_file() else {}
    _check_figures(metrics)
    return Description(
        preprocessing=Preprocessing.of(config["pretrained_cfg"]),
        label_names=label_names,
        threshold=threshold,
        looks=int(added.get("looks", 1)),
        sharing=Sharing.of(stored, len(label_names)) if stored else None,
        metrics=metrics,
    )


def _check_figures(metrics: dict[str, Any]) -> None:
    """Raises now what a stranger's metrics.json would raise when the page shows its figures."""
    for figures in metrics.get("splits", {}).values():
        numbers = [figures["n"], figures["top1"], figures["top3"], len(figures["sources"])]
        low, high = figures.get("top1_interval", (None, None))
        if low is not None:
            numbers += [low, high]
            _ = figures["clusters"]["kind"]
        for letter in figures.get("letters", {}).values():
            numbers += [1 / letter["n"], *letter["read_as"].values()]
        for number in numbers:
            if not isinstance(number, int | float):
                raise ValueError(f"the number {number!r}")
    metrics.get("training", {}).get("notes", "").strip()
    alarms = metrics.get("not_hands")
    if alarms:
        _ = f"{alarms['letter_claimed']:.1%} {alarms['n']:d}"
