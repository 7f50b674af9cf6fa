"""A run can be stopped at any moment and resumed, and then gives the same result."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.helpers import ROOT
from tests.helpers.pictures import write_class_folders
from tests.helpers.processes import start, wait_for
from train.commands import fit
from train.errors import TrainError
from train.settings import Settings
from train.training import training_task
from train.training.checkpoint import Run, open_run
from train.training.history import Epoch

EPOCHS = {"all": 100, "none": 20}
"""Epochs by value of --freeze; enough that a run cannot end before it is stopped."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_class_folders(tmp_path_factory.mktemp("data"), "ABC", 40)


def command(data: Path, weights: Path, out: Path, freeze: str) -> list[str]:
    options = f"fit --data {data} --out {out} --backbone test_resnet --backbone-weights {weights}"
    options += f" --input-size 40 --batch-size 8 --epochs {EPOCHS[freeze]} --freeze {freeze}"
    options += " --ema-decay 0.9 --workers 0"
    options += " --keep-checkpoints 0"  # keeps all, so that the tests can wait for any
    return [sys.executable, "-m", "train", *options.split(), "--cache", str(out.parent / "cache")]


def settings(**changes: Any) -> Settings:
    few: dict[str, Any] = {
        "backbone": "test_resnet",
        "input_size": 40,
        "batch_size": 8,
        "epochs": 2,
    }
    return Settings(**(few | changes))


@pytest.fixture(scope="module", params=["all", "none"])
def whole(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    data: Path,
    test_resnet: Path,
) -> tuple[str, Path]:
    """Returns the value of --freeze and the bundle of a run that was never interrupted."""
    out = tmp_path_factory.mktemp("whole") / "out"
    arguments = command(data, test_resnet, out, request.param)
    subprocess.run(arguments, cwd=ROOT, check=True, capture_output=True)
    return request.param, out


def without_seconds(out: Path) -> list[dict[str, Any]]:
    history = json.loads((out / "metrics.json").read_text())["training"]["history"]
    return [{k: v for k, v in epoch.items() if k != "seconds"} for epoch in history]


@pytest.mark.slow
def test_killed_again_and_again_a_run_ends_with_the_same_weights(
    tmp_path: Path, data: Path, test_resnet: Path, whole: tuple[str, Path]
) -> None:
    freeze, expected = whole
    out = tmp_path / "out"
    arguments = command(data, test_resnet, out, freeze)
    for pattern in ("epoch-01-*", "epoch-04-*"):  # perhaps while the file is being written
        process = start(arguments)
        wait_for(tmp_path / "out.run", pattern, process)
        process.kill()
        said = process.communicate()[0].decode()
        assert not out.exists(), said
    reached = max(int(f.name[6:8]) for f in (tmp_path / "out.run").glob("epoch-*.safetensors"))
    assert 3 <= reached < EPOCHS[freeze]
    result = subprocess.run(arguments, cwd=ROOT, check=True, capture_output=True, text=True)
    assert f"Resuming after epoch {reached} of {EPOCHS[freeze]}" in result.stdout
    assert without_seconds(out) == without_seconds(expected)
    weights = "model.safetensors"
    assert (out / weights).read_bytes() == (expected / weights).read_bytes()


def test_ctrl_c_says_how_to_go_on(tmp_path: Path, data: Path, test_resnet: Path) -> None:
    process = start(command(data, test_resnet, tmp_path / "out", "all"))
    wait_for(tmp_path / "out.run", "epoch-02-*.safetensors", process)
    process.send_signal(signal.SIGINT)
    said = process.communicate()[0].decode()
    assert process.returncode == 2
    assert "Traceback" not in said
    assert re.search(r"Error: Interrupted. Run the same command again .* after epoch \d", said)
    assert not (tmp_path / "out").exists()


def test_a_checkpoint_is_named_by_epoch_and_validation_loss(
    tmp_path: Path, data: Path, test_resnet: Path
) -> None:
    out = tmp_path / "out"
    fit.run(data, out, settings(epochs=3, keep_checkpoints=0), weights=test_resnet, workers=0)
    history = json.loads((out / "metrics.json").read_text())["training"]["history"]
    expected = [
        f"epoch-{e['number']:02d}-val_loss-{e['val_loss']:.4f}.safetensors" for e in history
    ]
    found = sorted(file.name for file in (tmp_path / "out.run").glob("*.safetensors"))
    assert found == expected
    assert len(found) == 3


@pytest.mark.slow
def test_only_the_newest_checkpoints_are_kept(
    tmp_path: Path, data: Path, test_resnet: Path
) -> None:
    fit.run(data, tmp_path / "out", settings(epochs=4), weights=test_resnet, workers=0)
    found = sorted(file.name[:8] for file in (tmp_path / "out.run").glob("*.safetensors"))
    assert found == ["epoch-03", "epoch-04"]


def test_another_run_in_the_same_place_is_refused(
    tmp_path: Path, data: Path, test_resnet: Path
) -> None:
    out = tmp_path / "out"
    fit.run(data, out, settings(), weights=test_resnet, workers=0)
    with pytest.raises(TrainError, match=r"another run \(learning_rate 0.001, now 0.5\)"):
        fit.run(data, out, settings(learning_rate=0.5), weights=test_resnet, workers=0)
    more = write_class_folders(tmp_path / "more", "ABC", 41)
    with pytest.raises(TrainError, match=r"another run \(pictures "):
        fit.run(more, out, settings(), weights=test_resnet, workers=0)


@pytest.mark.slow
def test_features_of_another_engine_are_another_run(
    tmp_path: Path, data: Path, test_resnet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, cache = tmp_path / "out", tmp_path / "cache"
    fit.run(data, out, settings(freeze="all"), weights=test_resnet, workers=0, cache=cache)
    monkeypatch.setattr(training_task, "engine", lambda: "OpenVINO 2099.1 with bfloat16")
    with pytest.raises(TrainError, match=r"another run \(engine 'OpenVINO .*2099"):
        fit.run(data, out, settings(freeze="all"), weights=test_resnet, workers=0, cache=cache)


def epoch(number: int) -> Epoch:
    return Epoch(number, 1.0, 0.5, 1.0 / number, 0.5)


def test_a_damaged_checkpoint_is_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = torch.nn.Linear(2, 2)
    optimizer = torch.optim.AdamW(network.parameters())
    run = Run(tmp_path / "run", {"a": 1}, keep=2)
    first = network.weight.detach().clone()
    run.save(network, optimizer, None, [epoch(1)])
    with torch.no_grad():
        network.weight += 1
    newest = run.save(network, optimizer, None, [epoch(1), epoch(2)])
    newest.write_bytes(newest.read_bytes()[:-3])
    assert run.resume(network, optimizer, None) == [epoch(1)]
    assert torch.equal(network.weight, first)
    assert "is damaged" in capsys.readouterr().out


def test_a_full_disk_leaves_the_checkpoint_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = torch.nn.Linear(2, 2)
    optimizer = torch.optim.AdamW(network.parameters())
    run = Run(tmp_path / "run", {}, keep=1)
    kept = run.save(network, optimizer, None, [epoch(1)])

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        run.save(network, optimizer, None, [epoch(1), epoch(2)])
    assert run.checkpoints() == [kept]
    monkeypatch.undo()
    assert Run(tmp_path / "run", {}, keep=1).resume(network, optimizer, None) == [epoch(1)]
    assert not list((tmp_path / "run").glob("*.tmp"))


def test_two_programs_do_not_train_into_one_folder(
    tmp_path: Path, data: Path, test_resnet: Path
) -> None:
    out = tmp_path / "out"
    folder = tmp_path / "out.run"
    with open_run(folder, {}, 1), pytest.raises(TrainError, match="Another training writes"):
        fit.run(data, out, settings(), weights=test_resnet, workers=0)
    assert not out.exists()
    (folder / "run.json").unlink()  # the other run has ended and left this file
    fit.run(data, out, settings(), weights=test_resnet, workers=0)
    assert (out / "config.json").is_file()
