"""Chosen calibrations are right, and nobody's own pictures choose the calibration for them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from train.measuring.answers import Logits, source_weights
from train.measuring.choose_calibration import (
    BIAS_PENALTY,
    LOWEST_TEMPERATURE,
    calibrate,
    choose_threshold,
    cross_fit,
    uncalibrated,
)
from train.measuring.reliability import reliability

NAMES = ("A", "B", "C", "D", "E", "F")  # no two of them share a handshape


def world(n: int = 20_000, temperature: float = 2.5) -> Logits:
    """Returns logits that are too large by a known factor."""
    random = np.random.default_rng(0)
    logits = random.normal(0, 1.5, (n, 6))
    cumulative = softmax(logits, axis=1).cumsum(1)
    truth = (random.uniform(size=(n, 1)) > cumulative).sum(1).clip(0, 5)
    return Logits(NAMES, logits * temperature, truth, np.full(n, "ann"))


def test_the_temperature_of_a_world_where_it_is_known() -> None:
    logits = world()
    chosen = calibrate(logits)
    assert chosen.temperature == pytest.approx(2.5, rel=0.03)
    weights = np.ones(len(logits.truth))
    plain, answers = logits.calibrated(uncalibrated(NAMES)), logits.calibrated(chosen)
    before = reliability(plain.confidence, plain.correct, weights).ece
    after = reliability(answers.confidence, answers.correct, weights).ece
    assert after < 0.01 < 0.1 < before
    assert answers.correct[answers.sure].mean() == pytest.approx(0.96, abs=0.01)
    assert (answers.predicted == plain.predicted).all()


def test_the_biases_of_a_world_where_they_are_known() -> None:
    """Two of six classes are read too seldom, one too often; the sixth is never shown."""
    logits = world()
    logits = logits.rows(logits.truth != 5)
    added = np.array([1.0, 0.5, 0, 0, -1.5, 0])
    wrong = replace(logits, values=logits.values - added)
    plain = calibrate(wrong)
    assert not plain.biases
    chosen = calibrate(wrong, biased=True)
    biases = np.array([chosen.biases[name] for name in NAMES])
    assert biases.sum() == pytest.approx(0, abs=1e-9)
    assert biases[5] == 0
    assert biases[:5] == pytest.approx(added[:5] / 2.5, abs=0.06)
    accuracy = [wrong.calibrated(calibration).correct.mean() for calibration in (plain, chosen)]
    assert accuracy[1] > accuracy[0] + 0.01


def test_the_gradient_is_one() -> None:
    """At the result, no small change of the temperature or of a bias lowers the loss."""
    logits = world(3000)
    owners = np.where(np.random.default_rng(1).uniform(size=3000) < 0.2, "ann", "bob")
    logits = replace(logits, sources=owners)  # so that pictures have different weights
    chosen = calibrate(logits, biased=True)
    found = np.array([chosen.biases[name] for name in NAMES])

    def loss(temperature: float, biases: np.ndarray) -> float:
        scores = logits.values / temperature + biases
        entropy = -log_softmax(scores, axis=1)[np.arange(3000), logits.truth]
        return np.average(entropy, weights=source_weights(owners)) + BIAS_PENALTY * (
            biases @ biases
        )

    best = loss(chosen.temperature, found)
    for factor in (0.97, 1.03):
        assert loss(chosen.temperature * factor, found) > best
    for number in range(6):
        step = 0.03 * (np.eye(6)[number] - 1 / 6)
        assert loss(chosen.temperature, found + step) > best
        assert loss(chosen.temperature, found - step) > best


def test_the_threshold_makes_96_of_100_answers_right() -> None:
    random = np.random.default_rng(0)
    confidence = random.uniform(0.5, 1, 5000)
    right = random.uniform(size=5000) <= confidence  # calibrated: right as often as sure
    threshold = choose_threshold(confidence, right, np.ones(5000))
    assert right[confidence >= threshold].mean() == pytest.approx(0.96, abs=0.005)
    assert threshold == pytest.approx(0.92, abs=0.03)  # the mean of 0.92 to 1 is 0.96


def test_a_model_that_is_never_right_answers_nothing() -> None:
    one = np.ones(1)
    assert choose_threshold(0.9 * one, np.array([False]), one) == 1.0


def test_nobodys_own_pictures_choose_for_them() -> None:
    """The model is always right about one of two people; each gets the other's calibration."""
    logits = world(4000)
    truth = logits.truth.copy()
    truth[:2000] = logits.values[:2000].argmax(1)  # the model is never wrong about ann
    logits = replace(logits, truth=truth, sources=np.repeat(["ann", "bob"], 2000))
    choices = cross_fit(logits)
    answers = logits.calibrated_per_source(choices)
    for own, other in ((slice(0, 2000), slice(2000, 4000)), (slice(2000, 4000), slice(0, 2000))):
        rows, others = np.arange(4000)[own], np.arange(4000)[other]
        expected = logits.rows(rows).calibrated(calibrate(logits.rows(others)))
        assert answers.probabilities[own] == pytest.approx(expected.probabilities)
        assert (answers.sure[own] == expected.sure).all()
    assert answers.sure[2000:].mean() > answers.sure[:2000].mean()  # ann's makes it too sure


def test_a_perfect_score_on_people_trained_on_makes_no_model_surer() -> None:
    logits = world(500)
    logits = replace(logits, truth=logits.values.argmax(1))  # always right
    assert calibrate(logits).temperature == pytest.approx(LOWEST_TEMPERATURE, rel=0.01)
    assert calibrate(logits, lowest_temperature=1.0).temperature == pytest.approx(1, rel=0.01)


def test_only_pairs_that_the_model_knows_are_calibrated() -> None:
    assert [p.letters for p in uncalibrated(("G", "I", "J")).handshape_pairs] == [("I", "J")]
