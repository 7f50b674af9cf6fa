"""Fine-tuning, and the average of the weights before and after it."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from asl_model.bundle import read_bundle
from tests.helpers.pictures import write_class_folders
from train.commands import fit
from train.errors import TrainError
from train.network.backbone import build_model
from train.settings import Settings


def settings(**changes: Any) -> Settings:
    few: dict[str, Any] = {
        "backbone": "test_resnet", "input_size": 40, "batch_size": 8, "epochs": 1, "freeze": "none",
    }  # fmt: skip
    return Settings(**(few | changes))


@pytest.mark.slow
def test_a_share_of_the_start_stays_in_the_weights(tmp_path: Path, test_resnet: Path) -> None:
    data = write_class_folders(tmp_path / "data", "ABC", 20)
    fit.run(data, tmp_path / "first", settings(), weights=test_resnet, workers=0)
    start = tmp_path / "first"
    found = {}
    for share in (0.0, 0.5, 1.0):
        out = tmp_path / f"further-{share}"
        fit.run(data, out, settings(seed=1, start_share=share), weights=start, workers=0)
        found[share] = load_file(out / "model.safetensors")
    first, name = load_file(start / "model.safetensors"), "conv1.0.weight"
    assert torch.equal(found[1.0][name], first[name])
    assert not torch.allclose(found[0.0][name], first[name], atol=1e-3)
    between = (found[0.0][name].float() + first[name].float()) / 2
    torch.testing.assert_close(found[0.5][name].float(), between, atol=2e-3, rtol=2e-3)


@pytest.mark.parametrize("what", ["bundle", "weights"])
def test_fine_tuning_starts_from_the_weights_and_not_from_the_calibration(
    tmp_path: Path, test_resnet: Path, what: str
) -> None:
    data, first = write_class_folders(tmp_path / "data", "ABC", 20), tmp_path / "first"
    fit.run(data, first, settings(), weights=test_resnet, workers=0)
    assert read_bundle(first).calibration.temperature != 1
    file = first / "model.safetensors"
    model, random = build_model(settings(), "ABC", first if what == "bundle" else file)
    assert not random
    stored = load_file(file)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, stored[name].to(tensor.dtype)), name


def test_a_broken_bundle_cannot_be_fine_tuned(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    with pytest.raises(TrainError, match=r"--backbone-weights: .*first"):
        build_model(settings(), "ABC", tmp_path / "first")


def test_a_start_that_is_not_trained_is_refused(tmp_path: Path, test_resnet: Path) -> None:
    data = write_class_folders(tmp_path / "data", "ABC", 20)
    with pytest.raises(
        TrainError, match="needs a trained model to start from, but 2 parameters start"
    ):
        fit.run(data, tmp_path / "out", settings(start_share=0.5), weights=test_resnet, workers=0)


@pytest.mark.slow
def test_a_share_of_the_start_stays_in_a_head_on_frozen_features(
    tmp_path: Path, test_resnet: Path
) -> None:
    """The head trains on standardised features, so the starting weights are converted for them."""
    data, first, out = (tmp_path / name for name in ("data", "first", "out"))
    write_class_folders(data, "ABC", 20)
    some = settings(freeze="all", epochs=5, learning_rate=0.05)
    fit.run(data, first, some, weights=test_resnet, workers=0, cache=tmp_path)
    whole = settings(freeze="all", start_share=1.0, epochs=2)
    fit.run(data, out, whole, weights=first, workers=0, cache=tmp_path)
    found, _ = build_model(settings(), "ABC", out)
    start, _ = build_model(settings(), "ABC", first)
    pixels = torch.rand(4, 3, 40, 40)
    with torch.inference_mode():
        expected = start.eval()(pixels)
        torch.testing.assert_close(found.eval()(pixels), expected, atol=0.02, rtol=0.02)
        assert float(expected.std()) > 0.2  # or any two models would agree


def test_a_classifier_of_other_classes_is_not_taken(
    tmp_path: Path, test_resnet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, first = write_class_folders(tmp_path / "data", "ABC", 20), tmp_path / "first"
    fit.run(data, first, settings(), weights=test_resnet, workers=0)
    _, random = build_model(settings(), "BCD", first)
    assert random == {"fc.weight", "fc.bias"}
    assert "has other classes, so a new one is trained" in capsys.readouterr().out


def test_layers_or_preprocessing_that_differ_from_the_bundles_are_said(
    tmp_path: Path, test_resnet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, first = write_class_folders(tmp_path / "data", "ABC", 20), tmp_path / "first"
    made = settings(model_args={"act_layer": "silu"}, mean=0.3)
    fit.run(data, first, made, weights=test_resnet, workers=0)
    capsys.readouterr()
    build_model(made, "ABC", first)
    assert "Warning" not in capsys.readouterr().out
    build_model(settings(), "ABC", first)
    said = capsys.readouterr().out
    assert "It was trained with --model-arg {'act_layer': 'silu'}" in said
    assert "was trained with --mean (0.3, 0.3, 0.3), not" in said


def test_weights_that_would_be_ignored_are_refused(test_resnet: Path) -> None:
    with pytest.raises(TrainError, match="--from-scratch reads no weights"):
        build_model(settings(from_scratch=True), "ABC", test_resnet)
