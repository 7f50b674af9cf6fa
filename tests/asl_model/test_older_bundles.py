"""Older bundles, with the calibration in their weights, can be read, fine-tuned and converted."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from asl_model import Recognizer
from asl_model.bundle import Bundle, load_bundle, read_bundle
from asl_model.calibration import Calibration, HandshapePair
from tests.helpers.bundles import tiny_bundle
from tests.helpers.pictures import draw
from train.commands import convert
from train.errors import TrainError
from train.network.backbone import build_model
from train.publishing.save_bundle import save_bundle
from train.settings import Settings

NAMES = ("I", "J", "nothing")
TEMPERATURE, BIASES, SHARE = 0.8, (0.5, -1.0, 0.25), 0.015


def todays(pairs: tuple[HandshapePair, ...]) -> Bundle:
    biases = dict(zip(NAMES, BIASES, strict=True))
    calibration = Calibration(TEMPERATURE, biases, 0.6, pairs)
    return replace(tiny_bundle(), label_names=NAMES, calibration=calibration)


def write_older(folder: Path, sharing: bool) -> Bundle:
    """Writes a bundle as older versions did, and returns the same bundle in today's form."""
    bundle = todays((HandshapePair(("I", "J"), SHARE),) if sharing else ())
    save_bundle(folder, bundle, "# card\n")
    tensors = load_file(folder / "model.safetensors")
    for name, shift in (("weight", 0.0), ("bias", np.array(BIASES))):
        own = tensors[f"fc.{name}"].astype(np.float32)
        tensors[f"fc.{name}"] = (own / TEMPERATURE + shift).astype(np.float32)
    save_file(tensors, folder / "model.safetensors")
    stored: dict[str, Any] = {"threshold": 0.6, "looks": 1}
    if sharing:
        stored["sharing"] = {"share": SHARE, "temperature": TEMPERATURE, "biases": list(BIASES)}
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"asl": stored}))
    chosen = {
        "temperature": TEMPERATURE,
        "biases": dict(zip(NAMES, BIASES, strict=True)),
        "threshold": 0.6,
        "chosen_on": "unseen_people",
        "cross_fitted": False,
        "without_biases": {"top1": 0.5, "top3": 1.0},
    }
    (folder / "metrics.json").write_text(json.dumps({"calibration": chosen}))
    return bundle


@pytest.mark.parametrize("sharing", [True, False])
def test_they_answer_as_before_with_and_without_their_graph(tmp_path: Path, sharing: bool) -> None:
    expected = write_older(tmp_path / "old", sharing)
    for loaded in (read_bundle(tmp_path / "old"), load_bundle(tmp_path / "old")):
        assert loaded.calibration == expected.calibration
        found = Recognizer(loaded)(draw(0)).probabilities
        plain = replace(expected, graph=None)
        assert found == pytest.approx(Recognizer(plain)(draw(0)).probabilities, abs=1e-4)


def test_fine_tuning_goes_on_from_the_network_and_not_from_its_calibration(tmp_path: Path) -> None:
    expected = write_older(tmp_path / "old", sharing=True)
    settings = Settings(backbone="test_resnet", freeze="none", mean=0.5)
    model, random = build_model(settings, NAMES, tmp_path / "old")
    assert not random
    torch.testing.assert_close(model.fc.weight, expected.model.fc.weight, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(model.fc.bias, expected.model.fc.bias, rtol=1e-5, atol=1e-6)


def test_convert_writes_them_in_todays_format(tmp_path: Path) -> None:
    expected = write_older(tmp_path / "old", sharing=True)
    metrics = json.loads((tmp_path / "old" / "metrics.json").read_text())
    metrics["training"] = {"settings": {"backbone": "test_resnet"}}
    (tmp_path / "old" / "metrics.json").write_text(json.dumps(metrics))
    before = Recognizer(read_bundle(tmp_path / "old"))(draw(0)).probabilities
    convert.run(tmp_path / "old")
    after = read_bundle(tmp_path / "old")
    assert after.calibration == expected.calibration
    assert Recognizer(after)(draw(0)).probabilities == pytest.approx(before, abs=1e-4)
    for name, tensor in load_file(tmp_path / "old" / "model.safetensors").items():
        own = expected.model.state_dict()[name].numpy()
        assert np.array_equal(tensor, own.astype(tensor.dtype)), name  # without the calibration
    said = json.loads((tmp_path / "old" / "metrics.json").read_text())["calibration"]
    assert said.keys() == {"chosen_on", "cross_fitted", "without_biases"}


def test_convert_without_metrics_says_so_and_changes_nothing(tmp_path: Path) -> None:
    save_bundle(tmp_path / "bundle", tiny_bundle(), "card")
    (tmp_path / "bundle" / "metrics.json").unlink()
    before = {file.name: file.read_bytes() for file in (tmp_path / "bundle").iterdir()}
    with pytest.raises(TrainError, match=r"Restore metrics\.json"):
        convert.run(tmp_path / "bundle")
    assert before == {file.name: file.read_bytes() for file in (tmp_path / "bundle").iterdir()}
