"""Letters that the same fingers form give each other a share, before temperature and biases."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from asl_model import CLASSES, Recognizer
from asl_model.bundle import BundleError, load_bundle, read_bundle
from asl_model.handshape_pairs import Sharing
from tests.asl_model.test_bundle import tiny_bundle
from tests.conftest import draw
from train.measuring.calibration import SHARE
from train.publishing.save_bundle import save_bundle

NAMES = ("A", "I", "J", "G")  # Q is not among them, so G shares with none
BIASES = (0.5, -1.0, 1.0, -0.5)


def test_the_share_goes_over_before_temperature_and_biases() -> None:
    raw = softmax(np.random.default_rng(0).normal(0, 3, (50, 4)), axis=1)
    logits = np.log(raw) / 0.8 + BIASES + 7  # a constant a row changes nothing
    found = softmax(Sharing(0.1, 0.8, BIASES)(logits, NAMES), axis=1)
    moved = raw.copy()
    moved[:, 1] = 0.9 * raw[:, 1] + 0.1 * raw[:, 2]
    moved[:, 2] = 0.9 * raw[:, 2] + 0.1 * raw[:, 1]
    assert found == pytest.approx(softmax(np.log(moved) / 0.8 + BIASES, axis=1), abs=1e-6)
    gains = raw[:, 1] > raw[:, 2]
    assert ((found / softmax(logits, axis=1))[:, 2] > 1)[gains].all()


def test_no_share_and_logits_far_apart() -> None:
    logits = np.array([[500.0, -800.0, 900.0, 0.0]], np.float32)
    same = Sharing(0.0, 1.5, BIASES)(logits, NAMES)
    assert log_softmax(same, axis=1) == pytest.approx(log_softmax(logits, axis=1), rel=1e-5)
    shared = log_softmax(Sharing(0.5, 1.0, (0.0,) * 4)(logits, NAMES), axis=1)
    assert shared[0, 1:3] == pytest.approx(np.log([0.5, 0.5]), rel=1e-5)


def test_a_bundle_keeps_it_and_answers_by_it(tmp_path: Path) -> None:
    """The same weights with and without: only the letters of a pair differ, as they should."""
    sharing = Sharing(0.2, 0.7, BIASES[:3])
    bundle = replace(tiny_bundle(), label_names=("I", "J", "nothing"), sharing=sharing)
    save_bundle(tmp_path / "bundle", bundle, "# card\n")
    loaded = load_bundle(tmp_path / "bundle")
    assert loaded.sharing == sharing
    plain = Recognizer(replace(loaded, sharing=None))
    pixels = loaded.pixels(draw(0))[None]
    logits = np.log(plain.probabilities(pixels))
    expected = softmax(sharing(logits, loaded.label_names), axis=1)
    assert Recognizer(loaded).probabilities(pixels) == pytest.approx(expected, abs=1e-6)
    assert abs(expected - plain.probabilities(pixels)).max() > 1e-3


@pytest.mark.parametrize(
    "change",
    [
        {"share": 0.51},
        {"share": -0.1},
        {"share": "much"},
        {"share": None},
        {"temperature": 0},
        {"temperature": float("inf")},
        {"biases": [0.0, 0.0]},
        {"biases": [0.0, 0.0, float("nan")]},
    ],
)
def test_what_cannot_be_is_one_clear_error(tmp_path: Path, change: dict[str, Any]) -> None:
    bundle = replace(tiny_bundle(), sharing=Sharing(0.1, 1.0, (0.0,) * 3))
    save_bundle(tmp_path / "bundle", bundle, "# card\n")
    file = tmp_path / "bundle" / "config.json"
    config = json.loads(file.read_text())
    config["asl"]["sharing"].update(change)
    file.write_text(json.dumps(config))
    with pytest.raises(BundleError, match="is not a bundle of this project"):
        read_bundle(tmp_path / "bundle")


def test_the_embedded_model_undoes_what_its_last_layer_does(embedded: Recognizer) -> None:
    """Or the share would go over between other numbers than those it was measured with."""
    sharing, chosen = embedded.bundle.sharing, embedded.bundle.metrics["calibration"]
    assert sharing is not None
    assert sharing.share == SHARE
    assert sharing.temperature == chosen["temperature"]
    assert dict(zip(CLASSES, sharing.biases, strict=True)) == chosen["biases"]
