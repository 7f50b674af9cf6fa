"""Fingerprints of a network: caches and resumed runs recognise by them what they belong to."""

import hashlib

import PIL
import timm
import torch
import torchvision
from torch import nn

from asl_model.timm_model import TimmModel
from train.network.layers import head_parameters


def versions() -> list[str]:
    """Of the libraries that features, and what is learnt from them, depend on."""
    return [f"{m.__name__} {m.__version__}" for m in (torch, torchvision, timm, PIL)]


def weights_hash(model: TimmModel, leave_out: set[str]) -> str:
    """A hash of the parameters and buffers, but for some of them."""
    total = hashlib.blake2b(digest_size=16)
    for name, tensor in sorted(model.state_dict().items()):
        if name not in leave_out:
            total.update(name.encode())
            total.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy())
    return total.hexdigest()


def layers_hash(model: TimmModel) -> str:
    """A hash of what the layers before the head do beside their weights: padding, eps, stride.

    Of two models with the same weights, `--model-arg` may make two functions.
    """
    head = head_parameters(model)
    total = hashlib.blake2b(digest_size=16)
    for name, layer in model.named_modules():
        own = {f"{name}.{parameter}" for parameter, _ in layer.named_parameters()}
        if not isinstance(layer, nn.Dropout) and not (own and own <= head):
            total.update(f"{name} {type(layer).__name__}({layer.extra_repr()})\n".encode())
    return total.hexdigest()
