"""Published weights are recognised, and the origin is handed on from bundle to bundle."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from train.network import weights_origin as module
from train.network.weights_origin import fingerprint, weights_origin


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> torch.Tensor:
    """Returns a first convolution whose origin is known during the test."""
    torch.manual_seed(0)
    tensor = torch.randn(4, 3, 3, 3)
    monkeypatch.setitem(module.ORIGINS, fingerprint(tensor), "a school, CC BY 4.0")
    return tensor


def test_known_weights_are_recognised_in_any_precision(tmp_path: Path, known: torch.Tensor) -> None:
    for tensor in (known, known.half(), known.half().float()):
        save_file({"features.0.weight": tensor}, tmp_path / "x.safetensors")
        assert weights_origin(tmp_path / "x.safetensors") == "a school, CC BY 4.0"


def test_other_weights_have_no_known_origin(tmp_path: Path, known: torch.Tensor) -> None:
    save_file({"features.0.weight": known + 1}, tmp_path / "a.safetensors")
    save_file({"stem.weight": known}, tmp_path / "b.safetensors")
    assert weights_origin(tmp_path / "a.safetensors") is None
    assert weights_origin(tmp_path / "b.safetensors") is None
    assert weights_origin(None) is None


def test_a_bundle_hands_its_origin_on(tmp_path: Path) -> None:
    assert weights_origin(tmp_path) is None
    for training, expected in (({}, None), ({"weights_origin": "a school"}, "a school")):
        (tmp_path / "metrics.json").write_text(json.dumps({"training": training}))
        assert weights_origin(tmp_path) == expected


def test_the_convolutions_of_vgg16_name_their_authors_and_licence(imagenet_weights: Path) -> None:
    origin = weights_origin(imagenet_weights / "vgg16_conv_imagenet.safetensors") or ""
    assert "Visual Geometry Group, University of Oxford, under the licence CC BY 4.0" in origin
