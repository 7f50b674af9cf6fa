"""The network that finds hands: MobileNetV2 and a feature pyramid at an eighth of the input."""

from collections.abc import Mapping

import timm
import torch
import torch.nn.functional as F
from torch import nn

from asl_model.hand.finder import SIZE
from asl_model.hand.maps import CENTRE, MAPS, SIZES

CHANNELS = 64
"""Channels of the pyramid: a 3x3 convolution of 64 channels on 24 x 24 cells takes 21 M
multiply-adds, a tenth of the backbone's."""


class HandNetwork(nn.Module):
    """Pictures (N, 3, S, S), -1 to 1 -> maps (N, 24, S/8, S/8), see `asl_model.hand.maps`.

    A feature pyramid (Lin et al. 2017, arXiv:1612.03144) adds the coarse stages of the backbone,
    which see the whole picture, to the finer ones.
    """

    def __init__(self) -> None:
        super().__init__()
        # Keras' padding and epsilon, so that Keras' weights fit.
        self.backbone = timm.create_model(
            "mobilenetv2_100",
            features_only=True,
            out_indices=(2, 3, 4),  # 1/8, 1/16 and 1/32 of the input
            pad_type="same",
            bn_eps=1e-3,
        )
        widths = self.backbone.feature_info.channels()
        self.lateral = nn.ModuleList(_block(width, CHANNELS, 1) for width in widths)
        self.merge = nn.ModuleList(_block(CHANNELS, CHANNELS, 3) for _ in widths[1:])
        self.head = nn.Conv2d(CHANNELS, MAPS, 1)
        nn.init.normal_(self.head.weight, std=0.01)
        start = torch.zeros(MAPS)
        start[CENTRE] = -4.0  # the logit of one cell in 50: few cells are a hand's middle
        start[SIZES] = -1.0  # a hand of 0.37 of the view
        self.head.bias = nn.Parameter(start)
        self.pretrained_cfg = {"input_size": (3, SIZE, SIZE)}  # for `asl_model.inference.convert`

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Computes the maps."""
        features = self.backbone(images)
        levels = [layer(x) for layer, x in zip(self.lateral, features, strict=True)]
        top = levels.pop()
        for merge in self.merge:
            top = merge(levels.pop() + F.interpolate(top, scale_factor=2.0, mode="nearest"))
        maps: torch.Tensor = self.head(top)
        return maps

    def load_backbone(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Loads the weights of a MobileNetV2 by timm's names; its last layers are left out.

        Raises:
            ValueError: a layer has no weights, or weights of another shape.
        """
        own = self.backbone.state_dict()
        missing = [n for n in own if n not in tensors and not n.endswith("num_batches_tracked")]
        if missing:
            raise ValueError(f"no weights for {missing[0]} and {len(missing) - 1} more layers")
        try:
            fitting = {name: tensors[name].float() for name in own if name in tensors}
            self.backbone.load_state_dict(fitting, strict=False)
        except RuntimeError as error:
            raise ValueError(str(error).strip().splitlines()[-1].strip()) from None


def _block(inputs: int, outputs: int, kernel: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )
