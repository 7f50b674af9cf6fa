"""Initialises the layers that have no pre-trained weights."""

import torch
from torch import nn

from train.network.layers import TimmModel


@torch.no_grad()
def initialise(model: TimmModel, new_parameters: set[str], rule: str) -> None:
    """Initialises the convolutions and dense layers without pre-trained weights.

    'timm' leaves them as `timm.create_model` made them, but a new classifier starts from zeros. So
    all classes are equally probable, and the first loss is ln(classes). With timm's own classifier,
    the first loss of MobileNetV2 is twice as large, and the first steps only unlearn it.

    'glorot' is the rule of Keras: uniform in +-sqrt(6 / (inputs + outputs)), with biases of zero
    (Glorot and Bengio 2010).

    Args:
        model: a timm model.
        new_parameters: names of the parameters to initialise; all others stay unchanged.
        rule: 'timm' or 'glorot'.
    """
    layers = [
        module
        for name, module in model.named_modules()
        if isinstance(module, nn.Conv2d | nn.Linear) and f"{name}.weight" in new_parameters
    ]
    if rule == "timm":
        layers = [layer for layer in layers if layer is model.get_classifier()]
    for layer in layers:
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
        if rule == "timm":
            nn.init.zeros_(layer.weight)
        else:
            nn.init.xavier_uniform_(layer.weight)
