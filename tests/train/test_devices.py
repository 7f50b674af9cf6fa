"""Several processes compute exactly the same features as one, and train as good a model."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import ROOT
from tests.helpers.pictures import write_class_folders
from tests.helpers.processes import start, wait_for
from train.inputs.feature_store import _records


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_class_folders(tmp_path_factory.mktemp("data"), "ABC", 40)


def command(processes: int, folder: Path, data: Path, weights: Path, freeze: str) -> list[str]:
    launch = [sys.executable, "-m", "train"]
    if processes > 1:
        launch = [
            sys.executable,
            "-m",
            "accelerate.commands.launch",
            "--multi_gpu",
            "--num_machines=1",
        ]
        launch += [f"--num_processes={processes}", "--mixed_precision=no", "--dynamo_backend=no"]
        launch += ["--main_process_port=0", "-m", "train"]
    out, cache = folder / f"out{processes}", folder / f"cache{processes}"
    options = f"fit --data {data} --out {out} --backbone test_resnet --backbone-weights {weights}"
    options += f" --input-size 40 --batch-size 8 --epochs 8 --learning-rate 0.02 --freeze {freeze}"
    options += f" --keep-checkpoints 0 --workers 0 --cache {cache}"
    if freeze == "none":  # all processes look for hands, and later only the one that measures
        options += " --crop hand"
    return [*launch, *options.split()]


ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1"}


def run_with(processes: int, folder: Path, data: Path, weights: Path, freeze: str) -> Path:
    arguments = command(processes, folder, data, weights, freeze)
    done = subprocess.run(arguments, cwd=ROOT, env=ONE_THREAD, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (folder / f"log{processes}").write_text(done.stdout + done.stderr)
    return folder / f"out{processes}"


def rows_of(cache: Path) -> dict[bytes, bytes]:
    (folder,) = [path for path in cache.iterdir() if path.is_dir()]
    found = {}
    for index in folder.glob("*.index"):
        records = _records(index.read_bytes())
        rows = index.with_suffix(".rows").read_bytes()
        size = len(rows) // len(records)
        for i, (key, _) in enumerate(records):
            found[key] = rows[i * size : (i + 1) * size]
    return found


@pytest.mark.slow
def test_two_processes_compute_the_same_features_and_learn_as_well(
    tmp_path: Path, data: Path, test_resnet: Path
) -> None:
    one = run_with(1, tmp_path, data, test_resnet, "all")
    two = run_with(2, tmp_path, data, test_resnet, "all")
    first, second = rows_of(tmp_path / "cache1"), rows_of(tmp_path / "cache2")
    assert first == second
    assert len(first) == 176  # 84 pictures with an augmented view each, and 8 to validate
    assert "84/84" in (tmp_path / "log2").read_text(), (tmp_path / "log2").read_text()
    accuracies = [
        json.loads((out / "metrics.json").read_text())["splits"]["held_out_blocks"]["top1"]
        for out in (one, two)
    ]
    assert min(accuracies) > 0.8  # chance is a third
    assert abs(accuracies[0] - accuracies[1]) <= 0.2  # 12 pictures


@pytest.mark.slow
def test_two_processes_train_a_whole_network_and_go_on_where_they_were_ended(
    tmp_path: Path, data: Path, test_resnet: Path
) -> None:
    whole, ended = tmp_path / "whole", tmp_path / "ended"
    for folder in (whole, ended):
        folder.mkdir()
    out = run_with(2, whole, data, test_resnet, "none")
    training = json.loads((out / "metrics.json").read_text())["training"]
    started = "accelerate launch --multi_gpu --num_processes 2 -m train fit "
    assert training["command"].startswith(started)  # the command that repeats the run
    history = training["history"]
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    assert history[-1]["val_accuracy"] > 0.6  # chance: 0.33; processors differ
    process = start(command(2, ended, data, test_resnet, "none"), ONE_THREAD)
    wait_for(ended / "out2.run", "epoch-03-*", process)
    process.terminate()
    process.communicate()
    assert not (ended / "out2").exists()
    resumed = run_with(2, ended, data, test_resnet, "none")
    assert re.search(r"Resuming after epoch [2-7] of 8", (ended / "log2").read_text())
    weights = "model.safetensors"
    assert (resumed / weights).read_bytes() == (out / weights).read_bytes()
