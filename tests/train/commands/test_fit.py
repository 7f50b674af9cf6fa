"""The training program, end to end on drawings, and the figures it writes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm

from asl_model import Recognizer
from asl_model.bundle import load_bundle
from tests.helpers import ROOT
from tests.helpers.pictures import write_class_folders
from train.commands import fit
from train.data.pictures import load_pictures, readable
from train.errors import TrainError
from train.measuring import predict
from train.measuring.metrics import NAMES, measure
from train.settings import Settings

SETTINGS: dict[str, Any] = {
    "backbone": "test_resnet",
    "input_size": 40,
    "batch_size": 8,
    "learning_rate": 1e-2,
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_class_folders(tmp_path_factory.mktemp("data"), "ABC", 20)


@pytest.mark.parametrize("freeze", ["all", "none"])
def test_fit_writes_a_bundle_that_reads_what_it_learnt(
    tmp_path: Path, data: Path, test_resnet: Path, freeze: str
) -> None:
    # A head on random features needs more and larger steps than a network without frozen layers.
    pace = {"epochs": 30, "learning_rate": 0.02} if freeze == "all" else {"epochs": 4}
    settings = Settings(**{**SETTINGS, **pace}, freeze=freeze)
    fit.run(data, tmp_path / "out", settings, weights=test_resnet, workers=0)
    recognizer = Recognizer.load(tmp_path / "out")
    files = sorted(data.glob("*/*.jpg"))
    right = [recognizer(file).label == file.parent.name for file in files]
    assert np.mean(right) > 0.8  # chance is a third
    history = recognizer.bundle.metrics.training.history
    assert len(history) == settings.epochs
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    loaded = timm.create_model(f"local-dir:{tmp_path / 'out'}", pretrained=True)
    assert loaded.pretrained_cfg["label_names"] == ["A", "B", "C"]
    assert sorted(f.name for f in (tmp_path / "out").iterdir()) == [
        "README.md",
        "config.json",
        "curves.png",
        "graph.xml",
        "history.csv",
        "metrics.json",
        "model.safetensors",
    ]


def test_metrics_are_those_of_the_written_bundle(
    tmp_path: Path, data: Path, test_resnet: Path
) -> None:
    unseen = write_class_folders(tmp_path / "unseen", "AB", 6)
    out = tmp_path / "out"
    notes = tmp_path / "notes.md"
    notes.write_text("signed by nobody")
    settings = Settings(**SETTINGS, epochs=2)
    fit.run(data, out, settings, unseen=unseen, weights=test_resnet, notes=notes, workers=0)
    metrics = json.loads((out / "metrics.json").read_text())
    assert set(metrics["splits"]) == {"held_out_blocks", "unseen_people"}
    bundle, pictures = load_bundle(out), readable(load_pictures(unseen))
    again = measure(predict.answer(Recognizer(bundle), pictures, "again", workers=0), by_run=False)
    written = metrics["splits"]["unseen_people"]  # one source: with its own calibration
    for name in NAMES:
        assert getattr(again, name) == pytest.approx(written[name])
    assert again.calibration
    assert again.calibration.ece == pytest.approx(written["calibration"]["ece"], abs=1e-6)
    assert again.letters["A"].read_as == written["letters"]["A"]["read_as"]
    assert "threshold" not in metrics["calibration"]  # in config.json, and only there
    card = (out / "README.md").read_text()
    assert "signed by nobody" in card
    assert "pipeline_tag: image-classification" in card
    assert f"{again.top1:.1%}" in card


def test_the_same_seed_gives_the_same_weights(
    tmp_path: Path, data: Path, test_resnet: Path
) -> None:
    for name in ("one", "two"):
        settings = Settings(**SETTINGS, freeze="none", epochs=1)
        fit.run(data, tmp_path / name, settings, weights=test_resnet, workers=0)
    one, two = ((tmp_path / n / "model.safetensors").read_bytes() for n in ("one", "two"))
    assert one == two


def test_a_class_that_was_not_taught_is_named(
    tmp_path: Path, data: Path, test_resnet: Path
) -> None:
    unseen = write_class_folders(tmp_path / "unseen", "AX", 2)
    with pytest.raises(TrainError, match=r"classes that --data does not have: \['X'\]"):
        fit.run(data, tmp_path / "out", Settings(**SETTINGS), unseen=unseen, weights=test_resnet)
    assert not (tmp_path / "out").exists()


def test_one_class_alone_is_no_task(tmp_path: Path, test_resnet: Path) -> None:
    one = write_class_folders(tmp_path / "one", "A", 20)
    with pytest.raises(TrainError, match=r"There is only one class \(A\)"):
        fit.run(one, tmp_path / "out", Settings(**SETTINGS), weights=test_resnet)


def test_a_class_that_only_the_held_out_person_shows(tmp_path: Path, test_resnet: Path) -> None:
    write_class_folders(tmp_path / "people" / "ann", "AB", 20)
    write_class_folders(tmp_path / "people" / "bob", "ABC", 20)
    settings = Settings(**SETTINGS, split="sources", held_out=("bob",))
    with pytest.raises(TrainError, match="No source in the training part shows C"):
        fit.run(tmp_path / "people", tmp_path / "out", settings, weights=test_resnet)


def test_whole_people_held_out_are_measured_as_strangers(tmp_path: Path, test_resnet: Path) -> None:
    for name in ("ann", "bob"):
        write_class_folders(tmp_path / "people" / name, "AB", 40)
    out = tmp_path / "out"
    settings = Settings(**SETTINGS, split="sources", held_out=("bob",), epochs=1)
    fit.run(tmp_path / "people", out, settings, weights=test_resnet, workers=0)
    metrics = json.loads((out / "metrics.json").read_text())
    assert set(metrics["splits"]) == {"held_out_blocks", "held_out_sources"}
    assert list(metrics["splits"]["held_out_sources"]["sources"]) == ["bob"]
    assert metrics["calibration"]["chosen_on"] == "held_out_sources"
    assert metrics["training"]["sources"] == ["ann"]
    assert metrics["training"]["split"]["sources"]["sources"] == ["bob"]
    assert "under its own choice, which flatters" in (out / "README.md").read_text()


def test_notes_that_the_card_cannot_take_are_refused_before_training(
    tmp_path: Path, data: Path, test_resnet: Path
) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("---\nlicence: mit\n---\nsigned by nobody")
    with pytest.raises(TrainError, match="front matter of the notes has unknown fields: licence"):
        fit.run(data, tmp_path / "out", Settings(**SETTINGS), weights=test_resnet, notes=notes)
    assert not (tmp_path / "out.run").exists()


def test_too_few_pictures(tmp_path: Path, test_resnet: Path) -> None:
    few = write_class_folders(tmp_path / "few", "AB", 19)
    with pytest.raises(TrainError, match="a class of a source needs 20 or more"):
        fit.run(few, tmp_path / "out", Settings(**SETTINGS), weights=test_resnet)


def test_nothing_to_measure_on_is_said_before_training(
    tmp_path: Path, data: Path, test_resnet: Path
) -> None:
    unseen = write_class_folders(tmp_path / "unseen", ["del", "space"], 2)
    with pytest.raises(TrainError, match="--unseen has no letters A to Z"):
        fit.run(data, tmp_path / "out", Settings(**SETTINGS), unseen=unseen, weights=test_resnet)


def run_program(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "train", *arguments], cwd=ROOT, capture_output=True, text=True
    )


@pytest.mark.slow
def test_a_users_mistake_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    result = run_program("fit", "--data", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out"))
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert "Error: No folder" in result.stderr.strip().splitlines()[-1]


def test_a_malformed_model_argument(tmp_path: Path) -> None:
    result = run_program("fit", "--data", ".", "--out", "x", "--model-arg", "mlp_ratio")
    assert result.returncode == 2
    assert "'mlp_ratio' must have the form KEY=VALUE" in result.stderr
