"""Options on the command line take effect, in each command that trains or measures."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from asl_model import Recognizer
from asl_model.bundle import load_bundle
from asl_model.calibration import HandshapePair
from tests.helpers.pictures import write_class_folders
from train.__main__ import app
from train.data.pictures import load_unseen
from train.measuring.choose_calibration import HANDSHAPE_SHARE
from train.measuring.metrics import measure
from train.measuring.predict import answer
from train.publishing.tuning_results import BEST

SMALL = ["--backbone", "test_resnet", "--input-size", "40", "--batch-size", "8", "--workers", "0"]


def program(*arguments: object) -> str:
    result = CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in ("ann", "bob", "cid"):
        write_class_folders(tmp_path / "data" / name, "IJK", 20)
    return tmp_path / "data"


@pytest.mark.slow
def test_fit_and_remeasure(tmp_path: Path, data: Path, test_resnet: Path) -> None:
    out, notes, people = tmp_path / "out", tmp_path / "notes.md", tmp_path / "people"
    given: list[object] = [
        *SMALL,
        "--split",
        "sources",
        "--hold-out",
        "bob",
        "--epochs",
        "2",
        "--views",
        "1",
    ]
    given += ["--learning-rate", "0.02", "--backbone-weights", test_resnet]
    given += ["--cache", tmp_path / "cache"]
    program("fit", "--data", data, "--out", out, "--classes", "I,J", "--seed", "3", *given)
    before = load_bundle(out)
    assert before.label_names == ("I", "J")
    assert set(before.metrics.splits["held_out_sources"].sources) == {"bob"}
    assert before.metrics.training.sources == ("ann", "cid")
    chosen = before.metrics.training.settings
    assert (chosen["seed"], chosen["learning_rate"], chosen["epochs"]) == (3, 0.02, 2)
    assert (chosen["held_out"], chosen["batch_size"]) == (["bob"], 8)

    notes.write_text("Signed by drawings.\n")
    write_class_folders(people / "dan", "IJ", 4)
    again = ["--looks", "2", "--notes", notes, "--workers", "0", "--test-input-size", "48"]
    said = program("remeasure", out, "--data", data, "--unseen", people, *again)
    assert "unseen_people: top-1" in said
    after = load_bundle(out)
    assert (after.looks, after.preprocessing.size) == (2, (48, 48))
    assert set(after.metrics.splits) == {*before.metrics.splits, "unseen_people"}
    assert "Signed by drawings." in (out / "README.md").read_text()

    for bundle in (before, after):
        assert bundle.calibration.handshape_pairs == (HandshapePair(("I", "J"), HANDSHAPE_SHARE),)
        assert bundle.calibration.temperature != 1
    people_seen = load_unseen(people, ("I", "J"))
    assert people_seen is not None
    served = measure(answer(Recognizer(after), people_seen, "people", 0), by_run=False)
    measured = after.metrics.splits["unseen_people"]
    assert served.calibration
    assert measured.calibration
    assert served.calibration.ece == pytest.approx(measured.calibration.ece, abs=1e-4)


@pytest.mark.slow
def test_tune(tmp_path: Path, data: Path, test_resnet: Path) -> None:
    given: list[object] = [*SMALL, "--epochs", "1", "--views", "0", "--trials", "1", "--seed", "4"]
    given += ["--cache", tmp_path / "cache", "--backbone-weights", test_resnet]
    where = ["--data", data, "--unseen", data / "ann", "--out", tmp_path / "tuning"]
    program("tune", *where, *given)
    best = json.loads((tmp_path / "tuning" / BEST).read_text())
    assert (best["epochs"], best["views"], best["seed"], best["batch_size"]) == (1, 0, 4, 8)
    assert 0 < best["learning_rate"] < 1
    trials = (tmp_path / "tuning" / "trials.csv").read_text().splitlines()
    assert len(trials) == 2
