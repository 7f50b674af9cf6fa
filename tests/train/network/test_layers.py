from pathlib import Path

import pytest
import timm
import torch
from PIL import Image
from safetensors.torch import save_file

from tests.helpers.pictures import draw
from train import devices
from train.errors import TrainError
from train.inputs.augmentations import STRENGTHS, RandomColour, RandomPlacement, training_transform
from train.inputs.backgrounds import MAX_BACKGROUND_SIDE, PasteOnBackground, is_cut_out
from train.network.backbone import build_model
from train.network.initialise import initialise
from train.network.layers import (
    TimmModel,
    freeze,
    head_parameters,
    set_train_mode,
)
from train.settings import Settings

VGG = Settings(backbone="vgg11", model_args={"mlp_ratio": 0.01}, input_size=32)


@pytest.fixture(scope="module")
def vgg() -> TimmModel:
    return timm.create_model("vgg11", num_classes=3, mlp_ratio=0.01)


@pytest.mark.parametrize("name", ["vgg11", "test_resnet", "test_vit", "test_efficientnet"])
def test_the_head_is_what_forward_features_does_not_use(name: str) -> None:
    narrow = {"mlp_ratio": 0.01} if name == "vgg11" else {}  # its own head has 120 million weights
    model = timm.create_model(name, num_classes=3, **narrow)
    head = head_parameters(model)
    assert (
        "head.fc.weight" in head
        or "classifier.weight" in head
        or "head.weight" in head
        or "fc.weight" in head
    )
    frozen = freeze(model, "all")
    assert set(frozen) | head == {name for name, _ in model.named_parameters()}
    before = {n: p.clone() for n, p in model.named_parameters()}
    model(torch.randn(2, *model.pretrained_cfg["input_size"])).sum().backward()
    torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=1.0).step()
    changed = {n for n, p in model.named_parameters() if not torch.equal(p, before[n])}
    assert changed
    assert changed <= head


def test_stages_are_the_blocks_of_vgg() -> None:
    model = timm.create_model("vgg16", num_classes=3, mlp_ratio=0.01)
    weights = [name for name in freeze(model, 3) if name.endswith("weight")]
    assert weights == sorted(f"features.{i}.weight" for i in (0, 2, 5, 7, 10, 12, 14))


def test_nothing_is_frozen_by_none(vgg: TimmModel) -> None:
    assert freeze(vgg, "none") == []
    assert all(p.requires_grad for p in vgg.parameters())


@pytest.mark.parametrize("depth", ["0", "7", "some", "-1"])
def test_an_impossible_freeze_says_what_is_possible(vgg: TimmModel, depth: str) -> None:
    with pytest.raises(ValueError, match=rf"--freeze {depth} does not fit .* 1 to 6"):
        freeze(vgg, depth)


def test_frozen_batch_norm_keeps_its_statistics() -> None:
    model = timm.create_model("test_resnet", num_classes=3)
    freeze(model, "all")
    before = {n: b.clone() for n, b in model.named_buffers()}
    set_train_mode(model)
    model(torch.randn(4, 3, 64, 64))
    assert all(torch.equal(before[n], b) for n, b in model.named_buffers())


def test_a_new_classifier_starts_with_equal_classes_and_other_layers_as_timm_made_them() -> None:
    model = timm.create_model("vgg11", num_classes=3, mlp_ratio=0.01)
    random = {name for name, _ in model.named_parameters()}
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    initialise(model, random, "timm")
    with torch.no_grad():
        probabilities = model(torch.randn(8, 3, 64, 64)).softmax(1)
    assert torch.allclose(probabilities, torch.full((8, 3), 1 / 3))
    changed = [n for n, t in model.state_dict().items() if not torch.equal(t, before[n])]
    assert changed == ["head.fc.weight"]


def test_glorots_rule_is_keras_start_of_a_dense_layer() -> None:
    torch.manual_seed(0)
    model = timm.create_model("vgg11", num_classes=3, mlp_ratio=0.1)
    initialise(model, {"pre_logits.fc2.weight"}, "glorot")
    weight = model.pre_logits.fc2.weight.detach()
    bound = (6 / (weight.shape[0] + weight.shape[1])) ** 0.5
    assert float(weight.abs().max()) == pytest.approx(bound, rel=0.01)
    assert float(weight.std()) == pytest.approx(bound / 3**0.5, rel=0.01)


def test_from_scratch_nothing_is_loaded_and_nothing_frozen() -> None:
    settings = Settings(backbone="test_resnet", freeze="none", from_scratch=True)
    model, random = build_model(settings, "ABCDE", None)  # no network is needed
    assert random == {name for name, _ in model.named_parameters()}
    assert all(p.requires_grad for p in model.parameters())


def test_weights_that_reach_only_so_deep(tmp_path: Path, vgg: TimmModel) -> None:
    file = tmp_path / "part.safetensors"
    part = {
        n: t for n, t in vgg.state_dict().items() if n.startswith(("features.0.", "features.3."))
    }
    save_file(part, file)
    model, random = build_model(Settings(**{**vars(VGG), "freeze": "2"}), "ABCDE", file)
    assert torch.equal(model.features[3].weight, vgg.features[3].weight)
    assert "features.0.weight" not in random
    assert "features.6.weight" in random
    with pytest.raises(TrainError, match=r"--freeze all would freeze layers .* no weights for"):
        build_model(VGG, "ABCDE", file)


def test_a_head_of_another_width_is_left_out(tmp_path: Path) -> None:
    """For example, --model-arg mlp_ratio narrows VGG's head; its convolutions are still loaded."""
    wide = timm.create_model("vgg11", num_classes=7, mlp_ratio=0.02)
    save_file(wide.state_dict(), tmp_path / "wide.safetensors")
    model, random = build_model(VGG, "ABCDE", tmp_path / "wide.safetensors")
    assert torch.equal(model.features[0].weight, wide.features[0].weight)
    assert random == {
        "pre_logits.fc1.weight",
        "pre_logits.fc1.bias",
        "pre_logits.fc2.weight",
        "head.fc.weight",
        "head.fc.bias",
    }


def test_a_classifier_that_was_loaded_is_kept(vgg: TimmModel) -> None:
    before = vgg.head.fc.weight.clone()
    random = {"features.0.weight", "features.0.bias"}
    for rule in ("timm", "glorot"):
        initialise(vgg, random, rule)
    assert torch.equal(vgg.head.fc.weight, before)


def test_wrong_weights_are_refused(tmp_path: Path) -> None:
    fits_not, empty, pickled = (tmp_path / n for n in ("a.safetensors", "b.safetensors", "c.pth"))
    save_file({"features.0.weight": torch.zeros(1)}, fits_not)
    save_file({}, empty)
    torch.save({"features.0.weight": torch.zeros(1)}, pickled)
    for file, message in (
        (fits_not, "does not fit this backbone: features.0.weight"),
        (empty, "it is empty"),
        (pickled, "as a safetensors file .* Pickled weights are never loaded"),
        (tmp_path / "absent", "cannot be read as a safetensors file"),
    ):
        with pytest.raises(TrainError, match=message):
            build_model(VGG, "ABCDE", file)


def test_no_network_and_no_file_says_so() -> None:
    with pytest.raises(
        TrainError, match=r"cannot be loaded from the Hub .* --backbone-weights FILE"
    ):
        build_model(VGG, "ABCDE", None)


def test_unknown_backbone_and_argument(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"timm has no model 'vgg17'\. Similar names: .*vgg"):
        build_model(Settings(backbone="vgg17"), "ABCDE", tmp_path)
    with pytest.raises(TrainError, match="--model-arg does not fit 'vgg11'"):
        build_model(Settings(backbone="vgg11", model_args={"colour": 1}), "ABCDE", tmp_path)
    with pytest.raises(TrainError, match=r"--model-arg does not fit 'vgg11': dropout probability"):
        build_model(Settings(backbone="vgg11", model_args={"drop_rate": 50}), "ABCDE", tmp_path)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_augmented_pictures_have_the_input_shape_and_differ(strength: str) -> None:
    torch.manual_seed(0)
    transform = training_transform(48, (0.5,) * 3, (0.5,) * 3, [draw(1)], strength)
    first, second = transform(draw(0)), transform(draw(0))
    assert first.shape == second.shape == (3, 48, 48)
    assert first.dtype == torch.float32
    assert not torch.equal(first, second)


@pytest.mark.parametrize(("strength", "least"), [("moderate", 0.6), ("strong", 0.5)])
def test_pictures_are_scaled_down_as_far_as_their_strength_says(
    strength: str, least: float
) -> None:
    """Measures the area of a white square on black, because shear and stretch keep areas."""
    torch.manual_seed(0)
    place = RandomPlacement(48, STRENGTHS[strength])
    square = torch.zeros(3, 54, 54, dtype=torch.uint8)
    square[:, 23:31, 23:31] = 255
    sides = [float(place(square)[0].sum()) ** 0.5 / (8 * 48 / 50) for _ in range(300)]
    inside = sorted(side for side in sides if side > 0.3)  # it may be shifted out of the picture
    assert least * 0.95 < inside[len(inside) // 50] < least * 1.1


def test_a_line_along_the_edge_is_not_smeared() -> None:
    """Kaggle's frames have a blue line; repeated outside the picture, it would fill whole areas."""
    framed = torch.zeros(3, 40, 40, dtype=torch.uint8)
    framed[2] = 255
    framed[:, 1:-1, 1:-1] = 100
    torch.manual_seed(0)
    place = RandomPlacement(48, STRENGTHS["strong"])
    assert all(float((place(framed) * 255 - 100).abs().max()) < 0.01 for _ in range(20))


@pytest.mark.parametrize("size", [(1, 1), (4, 4), (3, 200)])
def test_the_smallest_pictures_are_placed_too(size: tuple[int, int]) -> None:
    assert RandomPlacement(48, STRENGTHS["strong"])(
        torch.zeros(3, *size, dtype=torch.uint8)
    ).shape == (3, 48, 48)


def test_only_trained_depthwise_convolutions_keep_a_network_in_float32(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(devices, "precision", lambda device: torch.bfloat16)
    cpu, network = torch.device("cpu"), torch.nn.Sequential(torch.nn.Conv2d(4, 4, 3, groups=4))
    with devices.autocast(cpu, network):
        assert not torch.is_autocast_enabled("cpu")
    network.requires_grad_(False)
    with devices.autocast(cpu, network):
        assert torch.is_autocast_enabled("cpu")


def test_colours_change_together_and_stay_in_range() -> None:
    torch.manual_seed(0)
    picture = torch.rand(3, 8, 8) * 0.2 + 0.4  # far from 0 and 1, so that nothing is clipped
    changed = [RandomColour()(picture) for _ in range(50)]
    assert all(image.min() >= 0 and image.max() <= 1 for image in changed)
    brightness = torch.stack([image.mean() for image in changed]) / picture.mean()
    assert brightness.min() < 0.7
    assert brightness.max() > 1.3
    grey = sum(float(image.std(dim=0).mean() / image.mean()) < 0.12 for image in changed)
    assert 1 <= grey < 25  # one in ten is grey, except for the white balance


def test_only_hands_cut_out_on_black_get_another_background() -> None:
    cut_out = Image.new("RGB", (40, 40))
    cut_out.paste((200, 150, 120), (10, 10, 30, 40))
    assert is_cut_out(cut_out)
    assert not is_cut_out(draw(0))
    torch.manual_seed(0)
    paste = PasteOnBackground([draw(1)])
    pasted = [paste(cut_out) for _ in range(20)]
    assert all(image.getpixel((20, 20)) == (200, 150, 120) for image in pasted)
    assert sum(image.getpixel((0, 0)) != (0, 0, 0) for image in pasted) >= 10
    assert paste(draw(0)) == draw(0)


def test_large_backgrounds_are_kept_small() -> None:
    small, large = draw(1), Image.new("RGB", (4000, 3000))
    kept = PasteOnBackground([small, large]).backgrounds
    assert kept[0] is small
    assert kept[1].size == (MAX_BACKGROUND_SIDE, 768)
