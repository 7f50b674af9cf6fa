"""A timm model and the line in it between what is frozen and what is trained."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import torch
from torch import nn

TimmModel: TypeAlias = Any
"""What `timm.create_model` returns: an `nn.Module` with `forward_features`, `forward_head`,
`feature_info`, `pretrained_cfg` and `get_classifier`. timm has no common class for it."""

Freeze: TypeAlias = int | str


def head_parameters(model: TimmModel) -> set[str]:
    """Names of the parameters that only `forward_head` uses, for any timm model.

    Found by running `forward_features` backwards once: what gets no gradient is not a part of it.
    """
    was_training = model.training
    model.eval()  # so that batch norm keeps its statistics
    size = model.pretrained_cfg["input_size"]
    model.forward_features(torch.zeros(1, *size)).sum().backward()
    names = {name for name, p in model.named_parameters() if p.grad is None}
    model.zero_grad(set_to_none=True)
    model.train(was_training)
    return names


def freeze(model: TimmModel, depth: Freeze) -> list[str]:
    """Freezes everything before the first parameter that is to be trained.

    Args:
        model: a timm model, all of it trainable.
        depth: 'all' for the whole feature extractor (all that `forward_features` runs), 'none',
            or N for the first N of timm's stages (`model.feature_info`; VGG's blocks 1 to N).

    Returns:
        Names of the frozen parameters.

    Raises:
        ValueError: no such depth in this model.
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
            f"--freeze {depth} is no depth of this backbone. Use 'all', 'none', or the number of "
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


def set_train_mode(model: nn.Module) -> None:
    """Like `model.train()`, but frozen layers stay as in use: no dropout, fixed statistics."""
    model.train()
    for module in model.modules():
        own = list(module.parameters(recurse=True))
        if own and not any(p.requires_grad for p in own):
            module.eval()
