"""Shows which parts of a picture count for a prediction."""

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from asl_model.bundle import Bundle
from asl_model.crops import CROPS
from asl_model.timm_model import TimmModel

DIM = 0.25
"""Brightness of parts that do not count: dark, not coloured, so that everyone can see it."""

SIDE = 320
"""Side of the returned picture, in pixels: the network's input is small."""


class NotExplainedError(ValueError):
    """The model's predictions cannot be explained; the message says why."""


def spotlight(bundle: Bundle, image: Image.Image, class_name: str) -> Image.Image:
    """Returns the network's input, bright where it counts for a class.

    Explains only the first crop, the whole of `image`.

    Args:
        bundle: the model.
        image: an RGB picture, or the square around its hand.
        class_name: one of the bundle's label names.

    Returns:
        An RGB picture of SIDE x SIDE pixels.

    Raises:
        NotExplainedError: see `grad_cam`.
        BundleError: the model's files have changed since it was loaded.
    """
    seen = bundle.preprocessing(CROPS[0].apply(image))
    number = bundle.label_names.index(class_name)
    map_ = grad_cam(bundle.model, torch.from_numpy(seen)[None], number)[0]
    large = F.interpolate(map_[None, None], (SIDE, SIDE), mode="bicubic", align_corners=False)
    light = DIM + (1 - DIM) * large[0, 0].clamp(0, 1).numpy()[..., None]
    picture = bundle.preprocessing.undo(seen)
    pixels = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    return Image.fromarray((pixels * light).astype(np.uint8))


def grad_cam(model: TimmModel, images: torch.Tensor, class_number: int) -> torch.Tensor:
    """Computes Grad-CAM (Selvaraju 2017, arXiv:1610.02391) on a timm model's last features.

    timm models are already split into features and head, so no extra library is needed.

    Args:
        model: in eval mode.
        images: (N, 3, H, W), normalised.
        class_number: the output to explain.

    Returns:
        (N, h, w), 0 to 1; all 0 for a picture in which nothing counts for the class.

    Raises:
        NotExplainedError: the features are not maps (N, C, h, w) as in convolutional networks.
    """
    with torch.no_grad():
        features = model.forward_features(images)
    if features.ndim != 4 or features.shape[1] != model.num_features:
        raise NotExplainedError("This kind of network cannot show where it looked.")
    features.requires_grad_()
    with torch.enable_grad():
        logits = model.forward_head(features)[:, class_number].sum()
        (gradients,) = torch.autograd.grad(logits, features)
    weights = gradients.mean((2, 3), keepdim=True)
    map_ = (weights * features.detach()).sum(1).relu()
    return map_ / map_.amax((1, 2), keepdim=True).clamp(min=1e-12)
