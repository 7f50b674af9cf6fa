"""Where a model looked: the parts of a picture that speak for its answer."""

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from asl_model.bundle import Bundle
from asl_model.looks import LOOKS
from asl_model.network import TimmModel

DIM = 0.25
"""Brightness of what did not count: dark, not coloured, so that everybody sees the difference."""

SIDE = 320
"""Pixels of the picture that is returned: the network's own are few."""


def spotlight(bundle: Bundle, image: Image.Image, class_name: str) -> Image.Image:
    """What the network saw of a picture, bright where it speaks for the class.

    Only of the first look, the whole picture.

    Args:
        bundle: the model.
        image: an RGB picture.
        class_name: one of the bundle's label names.

    Returns:
        An RGB picture of SIDE x SIDE pixels.
    """
    seen = bundle.transform(LOOKS[0].of(image))
    map_ = grad_cam(bundle.model, seen[None], bundle.label_names.index(class_name))[0]
    large = F.interpolate(map_[None, None], (SIDE, SIDE), mode="bicubic", align_corners=False)
    light = DIM + (1 - DIM) * large[0, 0].clamp(0, 1).numpy()[..., None]
    pixels = np.asarray(_picture(bundle.model, seen).resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    return Image.fromarray((pixels * light).astype(np.uint8))


def can_explain(model: TimmModel) -> bool:
    """Whether a model's features are maps (N, C, h, w), as those of convolutional networks."""
    _, height, width = model.pretrained_cfg["input_size"]
    with torch.inference_mode():
        features = model.forward_features(torch.zeros(1, 3, height, width))
    return features.ndim == 4 and features.shape[1] == model.num_features


def grad_cam(model: TimmModel, images: torch.Tensor, class_number: int) -> torch.Tensor:
    """Grad-CAM (Selvaraju 2017, arXiv:1610.02391) on the last features of a timm model.

    timm's seam between features and head is all that it takes, so no library is asked for it.

    Args:
        model: in eval mode, one that `can_explain`.
        images: (N, 3, H, W), normalised.
        class_number: the output to explain.

    Returns:
        (N, h, w), 0 to 1; all 0 where nothing speaks for the class.
    """
    with torch.no_grad():
        features = model.forward_features(images)
    features.requires_grad_()
    with torch.enable_grad():
        logits = model.forward_head(features)[:, class_number].sum()
        (gradients,) = torch.autograd.grad(logits, features)
    weights = gradients.mean((2, 3), keepdim=True)
    map_ = (weights * features.detach()).sum(1).relu()
    return map_ / map_.amax((1, 2), keepdim=True).clamp(min=1e-12)


def _picture(model: TimmModel, seen: torch.Tensor) -> Image.Image:
    """Undoes the normalisation."""
    mean, std = (
        torch.tensor(model.pretrained_cfg[name]).view(-1, 1, 1) for name in ("mean", "std")
    )
    values = ((seen * std + mean) * 255).round().clamp(0, 255).byte()
    return Image.fromarray(values.permute(1, 2, 0).numpy())
