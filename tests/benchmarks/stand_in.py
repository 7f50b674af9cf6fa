"""Makes weights for a frozen VGG16 where timm's own are not available.

python -m tests.benchmarks.stand_in PART.safetensors OUT.safetensors

Takes the layers that a file has (for example blocks 1 to 3, trained on ImageNet). The convolutions
after them pass their channels on unchanged (Dirac). So the network's features are those of the last
given layer, pooled to 7 x 7. Nothing is random and nothing is trained. The features are shallower
than VGG16's own, and cost exactly as much to compute.
"""

import sys
from pathlib import Path

import timm
from safetensors.torch import load_file, save_file
from torch import nn


def complete(part: Path, out: Path) -> None:
    """Writes VGG16's convolutions: those in `part`; the others pass their input on."""
    model = timm.create_model("vgg16", num_classes=2, mlp_ratio=0.01)
    given = load_file(part)
    model.load_state_dict(given, strict=False)
    for name, layer in model.features.named_children():
        if isinstance(layer, nn.Conv2d) and f"features.{name}.weight" not in given:
            nn.init.dirac_(layer.weight)
            nn.init.zeros_(layer.get_parameter("bias"))
    save_file({f"features.{n}": t for n, t in model.features.state_dict().items()}, out)


if __name__ == "__main__":
    complete(Path(sys.argv[1]), Path(sys.argv[2]))
