"""Computes fingerprints that tie feature caches and resumed runs to a network."""

import hashlib

import PIL
import timm
import torch
import torchvision
from torch import nn

from asl_model.timm_model import TimmModel
from train.network.layers import head_parameters


def versions() -> list[str]:
    """Returns the versions of the libraries that features and trained weights depend on."""
    return [f"{m.__name__} {m.__version__}" for m in (torch, torchvision, timm, PIL)]


def weights_hash(model: TimmModel, leave_out: set[str]) -> str:
    """Returns a hash of the parameters and buffers, except those in `leave_out`."""
    total = hashlib.blake2b(digest_size=16)
    for name, tensor in sorted(model.state_dict().items()):
        if name not in leave_out:
            total.update(name.encode())
            total.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy())
    return total.hexdigest()


def layers_hash(model: TimmModel) -> str:
    """Returns a hash of the settings of the layers before the head: padding, eps, stride.

    Two models with the same weights can compute different functions because of `--model-arg`.
    """
    head = head_parameters(model)
    total = hashlib.blake2b(digest_size=16)
    for name, layer in model.named_modules():
        own = {f"{name}.{parameter}" for parameter, _ in layer.named_parameters()}
        if not isinstance(layer, nn.Dropout) and not (own and own <= head):
            total.update(f"{name} {type(layer).__name__}({layer.extra_repr()})\n".encode())
    return total.hexdigest()
