"""`fit-hands` end to end on drawings, and what it writes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file

from asl_model.errors import BundleError
from asl_model.hand import load_finder
from tests.helpers import ROOT
from tests.helpers.hands import drawn_hand, write_boxes, write_hands
from tests.helpers.pictures import draw


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("hands")
    for name in ("frames", "crops", "others"):
        write_hands(root, name, 6)
    write_boxes(root)
    (root / "empty").mkdir()
    for seed in range(3):
        draw(seed).save(root / "empty" / f"{seed}.png")
    torch.manual_seed(0)
    model = timm.create_model("mobilenetv2_100", num_classes=0)
    save_file(model.state_dict(), root / "mobilenetv2.safetensors")
    return root


def fit_hands(data: Path, out: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    options = {
        "frames": data / "frames",
        "crops": data / "crops",
        "boxes": data / "boxes",
        "empty": data / "empty",
        "unseen": data / "others",
        "landmarks": data / "landmarks",
        "not-hands": data / "empty",
        "backbone-weights": data / "mobilenetv2.safetensors",
        "out": out,
        "epochs": 1,
        "views": 64,
        "workers": 0,
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    return subprocess.run(
        [sys.executable, "-m", "train", "fit-hands", *arguments, *more],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def test_fit_hands_writes_a_finder_that_runs_without_torch(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "finder"
    done = fit_hands(data, out)
    assert done.returncode == 0, done.stderr
    assert sorted(file.name for file in out.iterdir()) == [
        "README.md",
        "curves.png",
        "graph.xml",
        "history.csv",
        "metrics.json",
        "model.safetensors",
    ]
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["figures"]["others"]["n"] == 6
    assert set(metrics["figures"]["others"]["by_source"]) == {"ann"}
    assert metrics["not_hands"]["n"] == 3
    assert "| others | 6 |" in (out / "README.md").read_text()
    code = (
        "import sys; from asl_model.hand import load_finder; from PIL import Image;"
        f"print(load_finder({str(out)!r})(Image.open({str(data / 'empty/0.png')!r})));"
        "print('torch' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.splitlines()[-1] == "False"


def test_a_run_is_resumed(data: Path, tmp_path: Path) -> None:
    fit_hands(data, tmp_path / "finder")
    again = fit_hands(data, tmp_path / "finder")
    assert "Resuming after epoch 1 of 1" in again.stdout
    other = fit_hands(data, tmp_path / "finder", "--seed", "1")
    assert other.returncode == 2
    assert "holds another run (seed 0, now 1)" in other.stderr


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--landmarks", "nowhere", "The landmarks 'nowhere/frames.npz' cannot be read"),
        ("--empty", "nowhere", "'nowhere' has no pictures"),
        ("--backbone-weights", "README.md", "--backbone-weights 'README.md'"),
        ("--out", "tests", "'tests' exists and holds other things than a bundle"),
    ],
)
def test_a_mistake_is_one_line(
    data: Path, tmp_path: Path, option: str, value: str, message: str
) -> None:
    done = fit_hands(data, tmp_path / "finder", option, value)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "finder").exists()


def test_a_folder_that_is_no_finder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"is not a hand finder: model\.safetensors and graph"):
        load_finder(tmp_path)


def test_the_embedded_finder_finds_no_hand_on_a_plain_wall() -> None:
    from asl_model.hand import find_hands

    image, _ = drawn_hand(0)
    assert find_hands(image.point(lambda _: 128)) == []
