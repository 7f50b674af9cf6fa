"""Separates the frozen and the trained layers of a timm model, and sets how they run."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import nn

from asl_model.timm_model import TimmModel

Freeze: TypeAlias = int | str


def head_parameters(model: TimmModel) -> set[str]:
    """Returns the names of the parameters that only `forward_head` uses, for any timm model.

    Runs one backward pass of `forward_features` on 'meta' tensors (shapes without values).
    Parameters that get no gradient are not a part of `forward_features`.
    """
    was_training = model.training
    model.eval()  # batch norm cannot train on a single picture
    parameters = {
        f"model.{name}": torch.empty_like(p, device="meta").requires_grad_()
        for name, p in model.named_parameters()
    }
    buffers = {f"model.{n}": torch.empty_like(b, device="meta") for n, b in model.named_buffers()}
    image = torch.zeros(1, *model.pretrained_cfg["input_size"], device="meta")
    with torch.enable_grad():
        features = torch.func.functional_call(Extractor(model), parameters | buffers, (image,))
        features.sum().backward()
    model.train(was_training)
    return {name.removeprefix("model.") for name, p in parameters.items() if p.grad is None}


class Extractor(nn.Module):
    """Wraps the feature extractor of a timm model, the part before the head, as a module."""

    def __init__(self, model: TimmModel) -> None:
        super().__init__()
        self.model, self.pretrained_cfg = model, model.pretrained_cfg

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Pictures (N, 3, H, W) -> features (N, ...)."""
        return self.model.forward_features(images)


def freeze(model: TimmModel, depth: Freeze) -> list[str]:
    """Freezes a model up to a depth and makes all other parameters trainable.

    Args:
        model: a timm model.
        depth: 'all' for the whole feature extractor (all that `forward_features` runs), 'none',
            or N for the first N of timm's stages (`model.feature_info`; VGG's blocks 1 to N).

    Returns:
        Names of the frozen parameters.

    Raises:
        ValueError: the model does not have this depth.
    """
    if depth == "none":
        frozen: set[str] = set()
    elif depth == "all":
        frozen = {name for name, _ in model.named_parameters()} - head_parameters(model)
    else:
        frozen = set(_parameters_of_stages(model, depth))
    for name, parameter in model.named_parameters():
        parameter.requires_grad = name not in frozen
    return sorted(frozen)


def _parameters_of_stages(model: TimmModel, depth: Freeze) -> Iterator[str]:
    stages = [info["module"] for info in model.feature_info]
    if not str(depth).isdigit() or not 1 <= int(depth) <= len(stages):
        raise ValueError(
            f"--freeze {depth} does not fit this backbone. Use 'all', 'none', or the number of "
            f"stages to freeze, 1 to {len(stages)} (the stages end at {', '.join(stages)})."
        )
    last = stages[int(depth) - 1]
    reached = False
    for name, module in model.named_modules():  # in the order in which timm runs them
        inside = name == last or name.startswith(last + ".")
        if reached and not inside:
            return
        reached = reached or inside
        for parameter, _ in module.named_parameters(prefix=name, recurse=False):
            yield parameter


def lay_out_channels_last(model: TimmModel) -> None:
    """Stores the feature extractor's convolutions channels last: VGG16 runs 1.6 times as fast.

    The convolutions of the head keep their layout, see `dense_convolutions`.
    """
    head = head_parameters(model)
    for name, parameter in model.named_parameters():
        if parameter.ndim == 4 and name not in head:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)


def round_to_half(model: TimmModel) -> TimmModel:
    """Rounds the weights in place to the half precision that a bundle stores; they stay float32.

    A model that is measured after rounding gives exactly the answers of the stored model.
    """
    return model.half().float()


def set_train_mode(model: nn.Module) -> None:
    """Sets training mode, but keeps frozen layers in eval mode: no dropout, fixed statistics."""
    model.train()
    for module in model.modules():
        own = list(module.parameters(recurse=True))
        if own and not any(p.requires_grad for p in own):
            module.eval()


@contextmanager
def dense_convolutions(model: TimmModel) -> Iterator[None]:
    """Context in which head convolutions whose kernel covers the whole input run as dense layers.

    timm writes VGG's dense layers as convolutions, which train slowly. On two cores, a step of 32
    pictures with the head of 8192 and 4096 neurons takes 2.0 s as convolutions and 0.35 s as matrix
    products. The result is the same sum in another order. Names and shapes of the weights stay.
    """
    found: list[nn.Conv2d] = []

    def note(layer: nn.Conv2d, inputs: tuple[torch.Tensor, ...]) -> None:
        if inputs[0].shape[-2:] == layer.kernel_size and layer.groups == 1:
            found.append(layer)

    model.eval()
    with torch.inference_mode():
        features = model.forward_features(_blank(model))
        layers = [layer for layer in model.modules() if isinstance(layer, nn.Conv2d)]
        hooks = [
            layer.register_forward_pre_hook(note) for layer in layers if not any(layer.padding)
        ]
        model.forward_head(features)
    for hook in hooks:
        hook.remove()
    for layer in found:
        layer.__dict__["forward"] = partial(_as_dense, layer)
    try:
        yield
    finally:
        for layer in found:
            del layer.__dict__["forward"]  # restores the method of the class


def _blank(model: TimmModel) -> torch.Tensor:
    """Returns a picture of zeros (1, 3, H, W) on the model's device."""
    device = next(model.parameters()).device
    return torch.zeros(1, *model.pretrained_cfg["input_size"], device=device)


def _as_dense(layer: nn.Conv2d, inputs: torch.Tensor) -> torch.Tensor:
    result = F.linear(inputs.flatten(1), layer.weight.flatten(1), layer.bias)
    return result[..., None, None]
