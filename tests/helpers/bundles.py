"""Small bundles, made in memory."""

import timm
import torch

from asl_model.bundle import Bundle
from asl_model.calibration import Calibration
from asl_model.preprocessing import Preprocessing
from train.publishing.save_bundle import round_to_half

NAMES = ("A", "B", "nothing")


def tiny_bundle() -> Bundle:
    torch.manual_seed(0)
    model = timm.create_model(
        "test_resnet",
        num_classes=3,
        pretrained_cfg_overlay={"mean": (0.5,) * 3, "crop_pct": 1.0, "crop_mode": "squash"},
    )
    round_to_half(model).eval()
    preprocessing = Preprocessing.of(model.pretrained_cfg)
    return Bundle(lambda: model, preprocessing, NAMES, Calibration(threshold=0.625))
