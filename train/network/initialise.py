"""Initialises the layers that have no pre-trained weights."""

from collections.abc import Callable

import torch
from torch import nn

from train.network.layers import TimmModel


@torch.no_grad()
def initialise(
    model: TimmModel,
    new_parameters: set[str],
    rule: str,
    forward: Callable[[torch.Tensor], torch.Tensor],
    inputs: torch.Tensor,
) -> None:
    """Initialises the convolutions and dense layers without pre-trained weights.

    'lsuv' is layer-sequential unit variance: orthogonal weights, scaled until the layer's output on
    `inputs` has unit variance (Mishkin and Matas 2016, arXiv:1511.06422). A deep network without
    normalisation, such as VGG, is slow to start learning (docs/experiments/vgg16-three-blocks.md).
    A new classifier starts from zeros, so all classes are equally probable and the first loss is
    ln(classes). With timm's own initialisation, the first loss of MobileNetV2 is twice as large,
    and the first steps only unlearn it.

    'glorot' is the rule of Keras: uniform in +-sqrt(6 / (inputs + outputs)) (Glorot and Bengio
    2010).

    Args:
        model: a timm model.
        new_parameters: names of the parameters to initialise; all others stay unchanged.
        rule: 'lsuv' or 'glorot'.
        forward: runs the model, or only its head if nothing else is random.
        inputs: a batch for `forward`: preprocessed pictures (N, 3, H, W), or features.
    """
    layers = [
        module
        for name, module in model.named_modules()  # in the order in which timm runs them
        if isinstance(module, nn.Conv2d | nn.Linear) and f"{name}.weight" in new_parameters
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
        layer.weight.copy_(nn.init.orthogonal_(orthogonal))  # keeps a channels-last layout
        for _ in range(2):  # a second pass corrects the error of the first
            layer.weight /= _output_deviation(forward, layer, inputs)


def _output_deviation(
    forward: Callable[[torch.Tensor], torch.Tensor], layer: nn.Module, inputs: torch.Tensor
) -> float:
    found: list[float] = []
    hook = layer.register_forward_hook(lambda _module, _in, out: found.append(float(out.std())))
    forward(inputs)
    hook.remove()
    return max(found[0], 1e-6)
