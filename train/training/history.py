"""The history of a run: as a table, as curves, and on a dashboard."""

import csv
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from asl_model.bundle import CURVES, HISTORY
from train.errors import TrainError


@dataclass(frozen=True)
class Epoch:
    """The results of one epoch.

    Losses are in nats. The training loss is with label smoothing and on augmented pictures, the
    validation loss without either. Accuracies are in 0..1.
    """

    number: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float = 0.0

    def __str__(self) -> str:
        return (
            f"epoch {self.number}: train loss {self.train_loss:.3f}, accuracy "
            f"{self.train_accuracy:.1%}; val loss {self.val_loss:.3f}, accuracy "
            f"{self.val_accuracy:.1%}"
        )


DRAW_EVERY = 10.0
"""Seconds between two plots of the curves. An epoch on features takes less than one second."""


def write_table(history: Sequence[Epoch], file: Path) -> None:
    """Writes the history as CSV, one row per epoch."""
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, [field.name for field in fields(Epoch)])
        writer.writeheader()
        writer.writerows(asdict(epoch) for epoch in history)


def draw_curves(history: Sequence[Epoch], file: Path) -> None:
    """Plots loss and accuracy of each epoch as PNG; takes a quarter of a second."""
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    loss, accuracy = figure.subplots(1, 2)
    numbers = [epoch.number for epoch in history]
    for part, style in (("train", "o--"), ("val", "o-")):
        loss.plot(numbers, [getattr(e, f"{part}_loss") for e in history], style, label=part)
        shares = [100 * getattr(e, f"{part}_accuracy") for e in history]
        accuracy.plot(numbers, shares, style, label=part)
    loss.set(xlabel="epoch", ylabel="cross-entropy, nats", ylim=(0, None))
    accuracy.set(xlabel="epoch", ylabel="accuracy, %", ylim=(0, 100))
    for axes in (loss, accuracy):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(file, dpi=110)


class Tracker:
    """Sends each epoch to a local trackio dashboard (`trackio show`) if `project` is given."""

    def __init__(self, project: str | None, name: str, config: dict[str, Any]) -> None:
        self._trackio: Any = None
        if not project:
            return
        try:
            import trackio  # optional: only --track needs it
        except ImportError:
            raise TrainError("--track needs trackio: pip install trackio") from None
        self._trackio = trackio
        trackio.init(project=project, name=name, config=config, resume="allow")

    def log(self, epoch: Epoch) -> None:
        """Sends the figures of one epoch."""
        if self._trackio:
            self._trackio.log(asdict(epoch), step=epoch.number)

    def close(self) -> None:
        """Waits until all epochs are sent."""
        if self._trackio:
            self._trackio.finish()


class Reporter:
    """Reports every epoch: table, dashboard and a printed line; redraws the curves now and then.

    Args:
        folder: where HISTORY and CURVES are written.
        tracker: the dashboard.
    """

    def __init__(self, folder: Path, tracker: Tracker) -> None:
        self._folder, self._tracker = folder, tracker
        self._drawn = -DRAW_EVERY  # so that the first epoch is drawn

    def __call__(self, history: Sequence[Epoch], _: object = None) -> None:
        """Reports the last epoch of `history`; the training loop calls this after every epoch."""
        write_table(history, self._folder / HISTORY)
        if time.monotonic() - self._drawn > DRAW_EVERY:
            draw_curves(history, self._folder / CURVES)
            self._drawn = time.monotonic()
        self._tracker.log(history[-1])
        print(history[-1], flush=True)
