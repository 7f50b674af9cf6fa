"""The pictures of where the model looked: they agree with known results."""

import timm
import torch
from PIL import Image

from asl_model import Recognizer
from asl_model.explain import SIDE, grad_cam, spotlight


def test_with_average_pooling_it_is_the_class_activation_map() -> None:
    """With average pooling, the weights are the classifier's (Zhou 2016, arXiv:1512.04150)."""
    torch.manual_seed(0)
    model = timm.create_model("test_resnet", num_classes=3).eval()
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        features = model.forward_features(images)
    weights = model.get_classifier().weight[1]
    expected = torch.einsum("c,nchw->nhw", weights, features).relu().detach()
    expected = expected / expected.amax((1, 2), keepdim=True).clamp(min=1e-12)
    found = grad_cam(model, images, 1)
    assert torch.allclose(found, expected, atol=1e-5)
    assert float(found.max()) == 1.0


def test_the_spotlight_shows_what_was_seen(embedded: Recognizer, drawing: Image.Image) -> None:
    label = embedded(drawing).label
    lit = spotlight(embedded.bundle, drawing, label)
    assert lit.size == (SIDE, SIDE)
    assert lit.mode == "RGB"
    other = spotlight(embedded.bundle, drawing, "B" if label != "B" else "C")
    assert lit.tobytes() != other.tobytes()


def test_the_first_features_of_a_vgg_are_explained_too() -> None:
    model = timm.create_model("vgg11", num_classes=3, mlp_ratio=0.01).eval()
    found = grad_cam(model, torch.randn(1, 3, 224, 224), 0)
    assert found.shape == (1, 7, 7)
