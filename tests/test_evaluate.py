"""`python -m train evaluate`, as the article's test program: it loads what was saved."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, write_class_folders
from train import evaluate, fit
from train.errors import TrainError
from train.settings import Settings


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_class_folders(tmp_path_factory.mktemp("data"), "ABCD", 40)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, data: Path, test_resnet: Path) -> Path:
    out = tmp_path_factory.mktemp("bundle") / "out"
    settings = Settings(
        classes=("A", "B", "C"),
        split="random",
        backbone="test_resnet",
        input_size=40,
        batch_size=8,
        epochs=5,
        learning_rate=0.02,
    )
    fit.run(data, out, settings, weights=test_resnet, workers=0)
    return out


@pytest.mark.parametrize(
    ("part", "split"), [("frames", "random_frames"), ("blocks", "held_out_blocks"), ("val", "val")]
)
def test_the_parts_that_were_held_out_are_found_again(
    bundle: Path, data: Path, part: str, split: str, capsys: pytest.CaptureFixture[str]
) -> None:
    measured = json.loads((bundle / "metrics.json").read_text())["splits"][split]
    evaluate.run(str(bundle), data, part, workers=0)
    said = capsys.readouterr().out
    assert "Left out, because the bundle does not know them: D." in said
    assert f"top-1 {measured['top1']:.1%}, top-3 {measured['top3']:.1%} (n={measured['n']})" in said


def test_all_pictures_from_the_command_line(bundle: Path, data: Path) -> None:
    command = [sys.executable, "-m", "train", "evaluate", str(bundle), "--data", str(data)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "(n=120)" in result.stdout


def test_what_cannot_be_evaluated(bundle: Path, data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="No model at 'nowhere'"):
        evaluate.run("nowhere", data, "all", 0)
    with pytest.raises(TrainError, match="--part train is none of: all, val, frames, blocks"):
        evaluate.run(str(bundle), data, "train", 0)
    others = write_class_folders(tmp_path, "XY", 2)
    with pytest.raises(TrainError, match="shows none of the classes"):
        evaluate.run(str(bundle), others, "all", 0)
