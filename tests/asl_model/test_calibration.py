"""Calibration is applied after the network, with the numbers in config.json."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from asl_model import Recognizer
from asl_model.bundle import BundleError, load_bundle, read_bundle
from asl_model.calibration import SAME_HANDSHAPE, Calibration, HandshapePair
from tests.helpers.bundles import tiny_bundle
from tests.helpers.pictures import draw
from train.measuring.choose_calibration import HANDSHAPE_SHARE
from train.publishing.save_bundle import save_bundle

NAMES = ("A", "I", "J", "G")  # without Q, so G has no partner
PAIRS = (HandshapePair(("I", "J"), 0.1), HandshapePair(("G", "Q"), 0.1))


def test_shares_then_temperature_then_biases() -> None:
    raw = softmax(np.random.default_rng(0).normal(0, 3, (50, 4)), axis=1)
    calibration = Calibration(0.8, {"A": 0.5, "I": -1.0, "J": 1.0}, 0.9, PAIRS)
    found = calibration.probabilities(np.log(raw) + 7, NAMES)  # a constant changes nothing
    moved = raw.copy()
    moved[:, 1] = 0.9 * raw[:, 1] + 0.1 * raw[:, 2]
    moved[:, 2] = 0.9 * raw[:, 2] + 0.1 * raw[:, 1]
    expected = softmax(np.log(moved) / 0.8 + [0.5, -1.0, 1.0, 0.0], axis=1)
    assert found == pytest.approx(expected, abs=1e-6)
    assert found.dtype == np.float32


def test_no_share_and_logits_far_apart() -> None:
    logits = np.array([[500.0, -800.0, 900.0, 0.0]], np.float32)
    nothing = Calibration(handshape_pairs=(HandshapePair(("I", "J"), 0.0),))
    assert log_softmax(nothing.exchange_shares(logits, NAMES), axis=1) == pytest.approx(
        log_softmax(logits, axis=1), rel=1e-5
    )
    half = Calibration(handshape_pairs=(HandshapePair(("I", "J"), 0.5),))
    assert half.probabilities(logits, NAMES)[0, 1:3] == pytest.approx([0.5, 0.5], rel=1e-5)


def test_a_bundle_keeps_it_and_answers_by_it(tmp_path: Path) -> None:
    calibration = Calibration(0.7, {"I": 0.5, "J": -1.0}, 0.4, PAIRS[:1])
    bundle = replace(tiny_bundle(), label_names=("I", "J", "nothing"), calibration=calibration)
    save_bundle(tmp_path / "bundle", bundle, "# card\n")
    loaded = load_bundle(tmp_path / "bundle")
    assert loaded.calibration == calibration
    recognizer, pixels = Recognizer(loaded), loaded.pixels(draw(0))[None]
    expected = calibration.probabilities(recognizer.logits(pixels), loaded.label_names)[0]
    prediction = recognizer(draw(0))
    assert prediction.probabilities == pytest.approx(expected.tolist(), abs=1e-6)
    assert prediction.threshold == 0.4
    plain = Recognizer(replace(loaded, calibration=Calibration()))
    assert plain.logits(pixels) == pytest.approx(recognizer.logits(pixels))  # not in the weights
    assert abs(np.array(plain(draw(0)).probabilities) - expected).max() > 1e-3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", 0),
        ("temperature", float("inf")),
        ("temperature", "warm"),
        ("biases", {"A": float("nan")}),
        ("biases", [0.0, 0.0, 0.0]),
        ("threshold", 1.1),
        ("threshold", None),
        ("handshape_pairs", [{"letters": ["I", "J"], "share": 0.51}]),
        ("handshape_pairs", [{"letters": ["I", "J"], "share": -0.1}]),
        ("handshape_pairs", [{"letters": ["I"], "share": 0.1}]),
        ("shares", 1),
    ],
)
def test_what_is_out_of_bounds_is_one_clear_error(folder: Path, name: str, value: Any) -> None:
    file = folder / "config.json"
    config = json.loads(file.read_text())
    config["asl"]["calibration"][name] = value
    file.write_text(json.dumps(config))
    message = rf"is not a bundle of this project: its config.json is invalid at calibration\.{name}"
    with pytest.raises(BundleError, match=message):
        read_bundle(folder)


def test_the_embedded_model_brings_its_calibration(embedded: Recognizer) -> None:
    calibration = embedded.bundle.calibration
    assert {pair.letters for pair in calibration.handshape_pairs} == set(SAME_HANDSHAPE)
    assert {pair.share for pair in calibration.handshape_pairs} == {HANDSHAPE_SHARE}
    assert len(calibration.biases) == 29
    assert sum(calibration.biases.values()) == pytest.approx(0, abs=1e-9)
    assert 0.5 < calibration.temperature < 1
