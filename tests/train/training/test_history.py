"""The record of a training run: its table, its curves and its dashboard."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.helpers import ROOT
from train.errors import TrainError
from train.training.history import Epoch, Tracker, draw_curves, write_table

HISTORY = [Epoch(1, 1.5, 0.25, 1.25, 0.5, 3.0), Epoch(2, 1.0, 0.5, 0.75, 0.875, 3.5)]


def test_a_row_an_epoch_and_curves_that_can_be_seen(tmp_path: Path) -> None:
    write_table(HISTORY, tmp_path / "h.csv")
    draw_curves(HISTORY, tmp_path / "c.png")
    rows = list(csv.DictReader((tmp_path / "h.csv").open()))
    assert [float(row["val_accuracy"]) for row in rows] == [0.5, 0.875]
    assert [int(row["number"]) for row in rows] == [1, 2]
    image = Image.open(tmp_path / "c.png").convert("RGB")
    assert image.width > 600
    assert len(image.getcolors(100_000) or []) > 50  # not an empty sheet


LOGGING = """
import sys
from train.training.history import Epoch, Tracker
tracker = Tracker("letters", "run", {"epochs": 2})
tracker.log(Epoch(1, 1.5, 0.25, 1.25, 0.5))
tracker.log(Epoch(2, 1.0, 0.5, 0.75, 0.875))
tracker.close()
"""


def test_track_fills_a_local_dashboard(tmp_path: Path) -> None:
    environment = {**os.environ, "TRACKIO_DIR": str(tmp_path)}
    run = {"cwd": ROOT, "env": environment, "check": True, "capture_output": True, "text": True}
    subprocess.run([sys.executable, "-c", LOGGING], **run)  # type: ignore[call-overload]
    read = (
        "from trackio.sqlite_storage import SQLiteStorage as S; import json; "
        "print(json.dumps(S.get_logs('letters', 'run'), default=str))"
    )
    result = subprocess.run([sys.executable, "-c", read], **run)  # type: ignore[call-overload]
    logged = json.loads(result.stdout.splitlines()[-1])
    assert [row["val_accuracy"] for row in logged] == [0.5, 0.875]
    assert [row["step"] for row in logged] == [1, 2]


def test_without_trackio_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trackio", None)
    with pytest.raises(TrainError, match="pip install trackio"):
        Tracker("letters", "run", {})
    Tracker(None, "run", {}).log(HISTORY[0])  # without tracking, trackio is not needed
