"""What each epoch came to: as a table, as a picture, and on a dashboard."""

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
    """What one pass over the training part came to.

    Losses in nats: of training with label smoothing and on changed pictures, of validation without.
    Accuracies in 0..1.
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
"""Seconds between two drawings of the curves: an epoch on features takes less than one."""


def write_table(history: Sequence[Epoch], file: Path) -> None:
    """Writes one row an epoch, as CSV."""
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, [field.name for field in fields(Epoch)])
        writer.writeheader()
        writer.writerows(asdict(epoch) for epoch in history)


def draw_curves(history: Sequence[Epoch], file: Path) -> None:
    """Draws loss and accuracy of each epoch, as PNG; takes a quarter of a second."""
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
    """Sends each epoch to a local trackio dashboard, if one is asked for (`trackio show`)."""

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
        """Sends one epoch."""
        if self._trackio:
            self._trackio.log(asdict(epoch), step=epoch.number)

    def close(self) -> None:
        """Waits until all is sent."""
        if self._trackio:
            self._trackio.finish()


class Reporter:
    """After every epoch: the table, from time to time the curves, the dashboard, and a line.

    Args:
        folder: where HISTORY and CURVES are written.
        tracker: the dashboard.
    """

    def __init__(self, folder: Path, tracker: Tracker) -> None:
        self._folder, self._tracker = folder, tracker
        self._drawn = -DRAW_EVERY  # so that the first epoch is drawn

    def __call__(self, history: Sequence[Epoch], _: object = None) -> None:
        """Called by the training loop after every epoch."""
        write_table(history, self._folder / HISTORY)
        if time.monotonic() - self._drawn > DRAW_EVERY:
            draw_curves(history, self._folder / CURVES)
            self._drawn = time.monotonic()
        self._tracker.log(history[-1])
        print(history[-1], flush=True)
