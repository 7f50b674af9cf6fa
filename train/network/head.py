"""A head that trains on standardised features and takes raw features after training.

Features of a frozen network have a large mean. In VGG16's features at 224 px, 0.64 of a feature
vector's length is the same for all pictures (500 of Kaggle's frames). A dense layer learns along
this common part first. So the head trains on (features - mean) / deviation, per channel. After
training, mean and deviation are folded into its first layer. The result is a plain timm model that
computes the same function.
"""

from collections.abc import Collection

import torch
from torch import nn

from train.network.layers import TimmModel

FOR_STANDARDISING = 512
"""Number of pictures from whose features mean and deviation are computed. The features take 51 MB
for VGG16 at 224 px, in float32."""


class Head(nn.Module):
    """The part of a timm model after its features: (N, ...) features -> (N, classes) logits.

    Attributes:
        model: the timm model; only the layers that `forward_head` runs are used.
        mean, deviation: per channel (C, 1, 1); 0 and 1 without standardisation.
    """

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, model: TimmModel) -> None:
        super().__init__()
        self.model = model
        self.register_buffer("mean", torch.zeros(()))
        self.register_buffer("deviation", torch.ones(()))
        self._first: nn.Conv2d | nn.Linear | None = None

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Runs `forward_head` on the standardised features."""
        if self._first is not None:
            features = (features.float() - self.mean) / self.deviation
        return self.model.forward_head(features)

    @torch.no_grad()
    def standardise(self, features: torch.Tensor, new_parameters: Collection[str]) -> bool:
        """Computes mean and deviation of features (N, C, H, W), if they can be folded in later.

        This needs a head whose first layer is a convolution or dense layer with only pooling before
        it. Heads with a normalisation of their own stay unchanged.

        Args:
            features: features of a few hundred pictures.
            new_parameters: names of the parameters with random values. A first layer that is not
                among them was trained on raw features, so its weights are changed to give the same
                outputs on standardised features.

        Returns:
            Whether the head standardises its features from now on.
        """
        features = features.float()
        first = first_layer(self.model, features)
        if features.ndim != 4 or first is None or first.weight[0].numel() % features.shape[1]:
            return False
        self.mean = features.mean((0, 2, 3)).view(-1, 1, 1)
        deviation = features.std((0, 2, 3)).view(-1, 1, 1)
        # Amplifies a nearly constant channel by at most 100 times as much as an average channel.
        self.deviation = deviation.clamp(min=float(deviation.mean()) / 100 + 1e-12)
        self._first = first
        before = first.weight.clone(), _bias(first).clone()
        few = features[:4]
        expected = self(few)
        self._fold()
        fits = torch.allclose(self.model.forward_head(few), expected, rtol=1e-2, atol=1e-2)
        first.weight.copy_(before[0])
        _bias(first).copy_(before[1])
        if not fits:
            self._first = None
        elif not any(
            p is first.weight for n, p in self.model.named_parameters() if n in new_parameters
        ):
            self._unfold()
        return fits

    @torch.no_grad()
    def fold(self) -> None:
        """Makes `model` take raw features. This head must not be used afterwards."""
        if self._first is not None:
            self._fold()
            self._first = None

    def _unfold(self) -> None:
        """Reverses `_fold`: the first layer takes standardised features from now on."""
        first, channels = self._first, len(self.mean)
        assert first is not None
        weight = first.weight.view(len(first.weight), channels, -1)
        _bias(first).add_((weight * self.mean.view(1, -1, 1)).sum((1, 2)))
        weight *= self.deviation.view(1, -1, 1)

    def _fold(self) -> None:
        first, channels = self._first, len(self.mean)
        assert first is not None
        weight = first.weight.view(len(first.weight), channels, -1)  # (outputs, C, positions)
        weight /= self.deviation.view(1, -1, 1)
        _bias(first).sub_((weight * self.mean.view(1, -1, 1)).sum((1, 2)))


def first_layer(model: TimmModel, features: torch.Tensor) -> nn.Conv2d | nn.Linear | None:
    """Returns the first layer with weights in `forward_head`, if it is dense or a convolution."""
    ran: list[nn.Module] = []

    def note(layer: nn.Module, *_: object) -> None:
        ran.append(layer)

    layers = [layer for layer in model.modules() if list(layer.parameters(recurse=False))]
    hooks = [layer.register_forward_hook(note) for layer in layers]
    model.eval()
    with torch.no_grad():
        model.forward_head(features[:1])
    for hook in hooks:
        hook.remove()
    if ran and isinstance(ran[0], nn.Conv2d | nn.Linear) and ran[0].bias is not None:
        return ran[0]
    return None


def _bias(layer: nn.Conv2d | nn.Linear) -> torch.Tensor:
    assert layer.bias is not None  # `first_layer` only returns layers with a bias
    return layer.bias
