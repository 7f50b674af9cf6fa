"""A model that is trained further, and the average of what it was and what it became."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.conftest import write_class_folders
from train import fit
from train.errors import TrainError
from train.settings import Settings


def settings(**changes: Any) -> Settings:
    few: dict[str, Any] = {
        "backbone": "test_resnet", "input_size": 40, "batch_size": 8, "epochs": 1, "freeze": "none",
    }  # fmt: skip
    return Settings(**(few | changes))


def test_a_share_of_the_start_stays_in_the_weights(tmp_path: Path, test_resnet: Path) -> None:
    data = write_class_folders(tmp_path / "data", "ABC", 20)
    fit.run(data, tmp_path / "first", settings(), weights=test_resnet, workers=0)
    start = tmp_path / "first" / "model.safetensors"
    found = {}
    for share in (0.0, 0.5, 1.0):
        out = tmp_path / f"further-{share}"
        fit.run(data, out, settings(seed=1, start_share=share), weights=start, workers=0)
        found[share] = load_file(out / "model.safetensors")
    first, name = load_file(start), "conv1.0.weight"
    assert torch.equal(found[1.0][name], first[name])
    assert not torch.allclose(found[0.0][name], first[name], atol=1e-3)
    between = (found[0.0][name].float() + first[name].float()) / 2
    torch.testing.assert_close(found[0.5][name].float(), between, atol=2e-3, rtol=2e-3)


def test_a_start_that_is_not_trained_is_refused(tmp_path: Path, test_resnet: Path) -> None:
    data = write_class_folders(tmp_path / "data", "ABC", 20)
    with pytest.raises(TrainError, match="needs a start that is trained, and 2 parameters start"):
        fit.run(data, tmp_path / "out", settings(start_share=0.5), weights=test_resnet, workers=0)
