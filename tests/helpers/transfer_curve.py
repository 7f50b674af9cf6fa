"""Draws docs/pictures/transfer-curve.png from the runs in train/runs/transfer.

    python -m tests.helpers.transfer_curve

The figures are also written into the picture's metadata, so that a test can compare them.
"""

import json
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from asl_model.metrics_file import Metrics
from tests.helpers import ROOT

RUNS = ROOT / "train" / "runs" / "transfer"
PICTURE = ROOT / "docs" / "pictures" / "transfer-curve.png"
PANELS = {"val": "random frames of the same person", "unseen_people": "unseen people"}
LINES = {"transfer": "ImageNet weights, frozen", "scratch": "random weights, all layers trained"}
GUESSING = 20
"""Accuracy of guessing among five letters, in percent."""

Points = list[list[float]]
"""Pairs of the number of training pictures and top-1 in percent."""


def plain_top1(metrics: Metrics) -> dict[str, float]:
    """Returns top-1 of both panels, 0..1, without the biases that are chosen on unseen people."""
    assert metrics.calibration
    assert metrics.calibration.without_biases
    return {
        "val": metrics.training.history[-1]["val_accuracy"],
        "unseen_people": metrics.calibration.without_biases.top1,
    }


def figures() -> dict[str, dict[str, Points]]:
    """Returns the points of each line of each panel, from the metrics of the runs."""
    found: dict[str, dict[str, Points]] = {panel: {line: [] for line in LINES} for panel in PANELS}
    for file in RUNS.glob("*.json"):
        metrics = Metrics.model_validate_json(file.read_text("utf-8"))
        assert metrics.training.split
        for panel, top1 in plain_top1(metrics).items():
            point = [metrics.training.split["train"].n, round(100 * top1, 1)]
            found[panel][file.stem.split("-")[0]].append(point)
    return {
        panel: {line: sorted(points) for line, points in lines.items()}
        for panel, lines in found.items()
    }


def draw(file: Path) -> None:
    """Draws the curves as PNG."""
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    for axes, (panel, lines) in zip(figure.subplots(1, 2), figures().items(), strict=True):
        for line, style in zip(LINES, ("o-", "s--"), strict=True):
            axes.plot(*zip(*lines[line], strict=True), style, label=LINES[line])
        axes.axhline(GUESSING, color="grey", linestyle=":", label="guessing")
        axes.set(xscale="log", ylim=(0, 104), title=PANELS[panel])
        axes.set(xlabel="training pictures of one person", ylabel="right, %")
        numbers = [n for n, _ in lines["transfer"]]
        axes.set_xticks(numbers, map(str, numbers))
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(file, dpi=110, metadata={"Description": json.dumps(figures())})


def drawn_figures(file: Path) -> dict[str, dict[str, Points]]:
    """Returns the figures that a picture was drawn from."""
    with Image.open(file) as picture:
        drawn: dict[str, dict[str, Points]] = json.loads(picture.info["Description"])
    return drawn


if __name__ == "__main__":
    draw(PICTURE)
