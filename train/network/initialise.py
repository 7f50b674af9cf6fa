"""How the layers that start from random values start."""

from collections.abc import Callable

import torch
from torch import nn

from train.network.layers import TimmModel


@torch.no_grad()
def initialise(
    model: TimmModel,
    random: set[str],
    rule: str,
    forward: Callable[[torch.Tensor], torch.Tensor],
    inputs: torch.Tensor,
) -> None:
    """Sets the convolutions and dense layers that no pre-trained weights were loaded for.

    By 'lsuv', layer-sequential unit variance: orthogonal weights, scaled until the layer's output
    on these inputs has unit variance (Mishkin and Matas 2016, arXiv:1511.06422). A deep network
    without normalisation, such as VGG, is slow to start; `train/EXPERIMENTS.md` compares ways.
    A new classifier then starts from zeros: all classes equally probable, a loss of ln(classes).
    timm's own start gives MobileNetV2 twice that, and the first steps go into unlearning it.

    By 'glorot', as Keras does: uniform in +-sqrt(6 / (inputs + outputs)) (Glorot and Bengio 2010).

    Args:
        model: a timm model.
        random: names of the parameters to set; others are left alone.
        rule: 'lsuv' or 'glorot'.
        forward: runs the model, or its head alone if nothing else is random.
        inputs: a batch for it: preprocessed pictures (N, 3, H, W), or features.
    """
    layers = [
        module
        for name, module in model.named_modules()  # in the order in which timm runs them
        if isinstance(module, nn.Conv2d | nn.Linear) and f"{name}.weight" in random
    ]
    for layer in layers:
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    if rule == "glorot":
        for layer in layers:
            nn.init.xavier_uniform_(layer.weight)
        return
    classifier = model.get_classifier()
    if classifier in layers:
        nn.init.zeros_(classifier.weight)
    model.eval()
    for layer in layers:
        if layer is classifier:
            continue
        orthogonal = torch.empty(layer.weight.shape, device=layer.weight.device)
        layer.weight.copy_(nn.init.orthogonal_(orthogonal))  # weights may lie channels last
        for _ in range(2):  # the second pass mends what little the first leaves
            layer.weight /= _output_deviation(forward, layer, inputs)


def _output_deviation(
    forward: Callable[[torch.Tensor], torch.Tensor], layer: nn.Module, inputs: torch.Tensor
) -> float:
    found: list[float] = []
    hook = layer.register_forward_hook(lambda _module, _in, out: found.append(float(out.std())))
    forward(inputs)
    hook.remove()
    return max(found[0], 1e-6)
