"""The training program, end to end on drawings, and the figures it writes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
from sklearn.metrics import accuracy_score, top_k_accuracy_score

from asl_model import Recognizer
from asl_model.bundle import load_bundle
from tests.conftest import ROOT, write_class_folders
from train import evaluation, fit
from train.data import load_pictures, readable
from train.errors import TrainError
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
    # A head on random features needs more and larger steps than a network that may change.
    pace = {"epochs": 30, "learning_rate": 0.02} if freeze == "all" else {"epochs": 4}
    settings = Settings(**{**SETTINGS, **pace}, freeze=freeze)
    fit.run(data, tmp_path / "out", settings, weights=test_resnet, workers=0)
    recognizer = Recognizer.load(tmp_path / "out")
    files = sorted(data.glob("*/*.jpg"))
    right = [recognizer(file).label == file.parent.name for file in files]
    assert np.mean(right) > 0.8  # chance is a third
    history = recognizer.bundle.metrics["training"]["history"]
    assert len(history) == settings.epochs
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    loaded = timm.create_model(f"local-dir:{tmp_path / 'out'}", pretrained=True)
    assert loaded.pretrained_cfg["label_names"] == ["A", "B", "C"]
    assert sorted(f.name for f in (tmp_path / "out").iterdir()) == [
        "README.md",
        "config.json",
        "curves.png",
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
    probabilities, truth = evaluation.predict(bundle, pictures, "again", workers=0)
    again = evaluation.measure(probabilities, truth, list(pictures["source"]), bundle.threshold)
    assert again == metrics["splits"]["unseen_people"]
    assert bundle.threshold == metrics["threshold"]["value"]
    card = (out / "README.md").read_text()
    assert "signed by nobody" in card
    assert "pipeline_tag: image-classification" in card
    assert f"{again['top1']:.1%}" in card


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
    with pytest.raises(TrainError, match=r"classes that --data does not teach: \['X'\]"):
        fit.run(data, tmp_path / "out", Settings(**SETTINGS), unseen=unseen, weights=test_resnet)
    assert not (tmp_path / "out").exists()


def test_too_few_pictures(tmp_path: Path, test_resnet: Path) -> None:
    few = write_class_folders(tmp_path / "few", "AB", 19)
    with pytest.raises(TrainError, match="20 or more are needed in a class"):
        fit.run(few, tmp_path / "out", Settings(**SETTINGS), weights=test_resnet)


def test_nothing_to_measure_on_is_said_before_training(
    tmp_path: Path, data: Path, test_resnet: Path
) -> None:
    unseen = write_class_folders(tmp_path / "unseen", ["del", "space"], 2)
    with pytest.raises(TrainError, match="--unseen shows no letters A to Z"):
        fit.run(data, tmp_path / "out", Settings(**SETTINGS), unseen=unseen, weights=test_resnet)


def test_figures_agree_with_scikit_learn() -> None:
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.ones(5), 400)
    truth = random.integers(0, 5, 400)
    figures = evaluation.measure(probabilities, truth, ["one"] * 400, threshold=0.5)
    sure = probabilities.max(1) >= 0.5
    top3 = top_k_accuracy_score(truth, probabilities, k=3)
    assert figures["top1"] == pytest.approx(accuracy_score(truth, probabilities.argmax(1)))
    assert figures["top3"] == pytest.approx(top3)
    assert figures["answered"] == pytest.approx(sure.mean(), abs=1e-4)
    assert figures["right_when_answered"] == pytest.approx(
        accuracy_score(truth[sure], probabilities[sure].argmax(1)), abs=1e-4
    )


def test_each_source_counts_the_same() -> None:
    probabilities = np.array([[0.7, 0.1, 0.1, 0.1]] * 9 + [[0.1, 0.7, 0.1, 0.1]])
    figures = evaluation.measure(probabilities, np.zeros(10, int), ["big"] * 9 + ["small"], 0.5)
    assert figures["top1"] == 0.5  # all right in one, none in the other
    assert {name: f["n"] for name, f in figures["sources"].items()} == {"big": 9, "small": 1}


def test_the_threshold_makes_95_of_100_answers_right() -> None:
    random = np.random.default_rng(0)
    confidence = random.uniform(0.5, 1, 5000)
    truth = (random.uniform(size=5000) > confidence).astype(
        int
    )  # calibrated: right as often as sure
    probabilities = np.stack([confidence, 1 - confidence], axis=1)
    threshold = evaluation.threshold_of_sureness(probabilities, truth)
    sure = confidence >= threshold
    assert np.mean(truth[sure] == 0) == pytest.approx(0.95, abs=0.005)
    assert threshold == pytest.approx(0.9, abs=0.03)  # the mean of 0.9 to 1 is 0.95


def test_a_model_that_is_never_right_answers_nothing() -> None:
    assert evaluation.threshold_of_sureness(np.array([[0.9, 0.1]]), np.array([1])) == 1.0


def run_program(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "train", *arguments], cwd=ROOT, capture_output=True, text=True
    )


def test_a_users_mistake_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    result = run_program("fit", "--data", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out"))
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert "Error: No folder" in result.stderr.strip().splitlines()[-1]


def test_a_malformed_model_argument(tmp_path: Path) -> None:
    result = run_program("fit", "--data", ".", "--out", "x", "--model-arg", "mlp_ratio")
    assert result.returncode == 2
    assert "'mlp_ratio' is not of the form KEY=VALUE" in result.stderr
