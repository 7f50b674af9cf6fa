"""A model can run at another input size than it was trained at."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch

from asl_model import Recognizer
from asl_model.bundle import load_bundle
from tests.helpers.pictures import write_class_folders
from train.commands import fit, remeasure
from train.errors import TrainError
from train.settings import Settings


def test_a_model_answers_at_the_size_that_is_asked_for(tmp_path: Path, test_resnet: Path) -> None:
    data, out = write_class_folders(tmp_path / "data", "ABC", 20), tmp_path / "out"
    settings = Settings(
        backbone="test_resnet", input_size=40, test_input_size=48, batch_size=8, epochs=1
    )
    fit.run(data, out, settings, weights=test_resnet, workers=0)
    check(out, 48)
    trained = json.loads((out / "metrics.json").read_text())["training"]["settings"]
    assert (trained["input_size"], trained["test_input_size"]) == (40, 48)
    remeasure.run(out, data, None, None, None, 0, test_input_size=56)
    check(out, 56)


def check(folder: Path, size: int) -> None:
    """Checks that the package and timm alone take this input size and give the same logits."""
    recognizer = Recognizer.load(folder)
    assert recognizer.bundle.preprocessing.size == (size, size)
    assert f"{size} x {size} pixels" in (folder / "README.md").read_text()
    model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
    assert tuple(model.pretrained_cfg["input_size"]) == (3, size, size)
    pixels = np.random.default_rng(0).standard_normal((1, 1, 3, size, size), np.float32)
    with torch.inference_mode():
        expected = model(torch.from_numpy(pixels[0])).numpy()
    # On processors with bfloat16, the package runs this network in bfloat16.
    np.testing.assert_allclose(recognizer.logits(pixels), expected, atol=2e-2)
    assert load_bundle(folder).metrics.training.settings["input_size"] == 40


def test_a_network_of_one_size_only_says_so_before_it_is_trained(tmp_path: Path) -> None:
    data = write_class_folders(tmp_path / "data", "ABC", 20)
    whole: dict[str, Any] = {"freeze": "none", "from_scratch": True}
    settings = Settings(backbone="vit_tiny_patch16_224", test_input_size=96, **whole)
    with pytest.raises(TrainError, match="--test-input-size 96: this network cannot read"):
        fit.run(data, tmp_path / "out", settings, workers=0)
    assert not (tmp_path / "out.run").exists()
