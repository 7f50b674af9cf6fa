"""Weights for a frozen VGG16 where timm's own are not to be had.

python -m tests.benchmarks.stand_in PART.safetensors OUT.safetensors

Takes the layers that a file holds (of ImageNet, say), sets the others to random values of unit
variance (LSUV on random noise), seed 0, and writes all of VGG16's convolutions. Good for measuring
time, and for showing what a random split hides; a model worth using needs weights that were trained.
"""

import sys
from pathlib import Path

import timm
import torch
from safetensors.torch import load_file, save_file

from train.initialise import initialise


def complete(part: Path | None, out: Path) -> None:
    """Writes VGG16's convolutions: those in `part`, the others random."""
    torch.manual_seed(0)
    model = timm.create_model("vgg16", num_classes=2, mlp_ratio=0.01)
    given = load_file(part) if part else {}
    model.load_state_dict(given, strict=False)
    random = {n for n, _ in model.features.named_parameters(prefix="features")} - set(given)
    initialise(model, random, "lsuv", model.forward_features, torch.randn(4, 3, 224, 224))
    save_file({f"features.{n}": t for n, t in model.features.state_dict().items()}, out)


if __name__ == "__main__":
    complete(Path(sys.argv[1]), Path(sys.argv[2]))
