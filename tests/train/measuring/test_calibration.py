"""Probabilities that mean what they say, and a threshold that nobody's own pictures choose."""

import numpy as np
import pytest
from scipy.special import log_softmax, softmax
from sklearn.calibration import calibration_curve

from train.measuring import calibration
from train.measuring.calibration import Calibration


def world(n: int = 20_000, temperature: float = 2.5) -> tuple[np.ndarray, np.ndarray]:
    """Answers whose logits are too large by a factor that is known, and the truth."""
    random = np.random.default_rng(0)
    logits = random.normal(0, 1.5, (n, 6))
    cumulative = softmax(logits, axis=1).cumsum(1)
    truth = (random.uniform(size=(n, 1)) > cumulative).sum(1).clip(0, 5)
    return softmax(logits * temperature, axis=1), truth


def test_the_temperature_of_a_world_where_it_is_known() -> None:
    probabilities, truth = world()
    chosen = calibration.calibrate(probabilities, truth, np.ones(len(truth)))
    assert chosen.temperature == pytest.approx(2.5, rel=0.03)
    calibrated, sure = chosen.apply(probabilities)
    weights = np.ones(len(truth))
    right = calibrated.argmax(1) == truth
    before = calibration.reliability(probabilities.max(1), right, weights)["ece"]
    after = calibration.reliability(calibrated.max(1), right, weights)["ece"]
    assert after < 0.01 < 0.1 < before
    assert right[sure].mean() == pytest.approx(0.96, abs=0.01)
    assert (calibrated.argmax(1) == probabilities.argmax(1)).all()


def test_the_biases_of_a_world_where_they_are_known() -> None:
    """Two of six classes are read too seldom, one too often; the sixth is never shown."""
    probabilities, truth = world()
    probabilities, truth = probabilities[truth != 5], truth[truth != 5]
    added = np.array([1.0, 0.5, 0, 0, -1.5, 0])
    wrong = softmax(np.log(probabilities) - added, axis=1)
    weights = np.ones(len(truth))
    plain = calibration.calibrate(wrong, truth, weights)
    assert not plain.biases.any()
    chosen = calibration.calibrate(wrong, truth, weights, biased=True)
    assert chosen.biases.sum() == pytest.approx(0, abs=1e-9)
    assert chosen.biases[5] == 0
    assert chosen.biases[:5] == pytest.approx(added[:5] / 2.5, abs=0.06)
    accuracy = [(c.apply(wrong)[0].argmax(1) == truth).mean() for c in (plain, chosen)]
    assert accuracy[1] > accuracy[0] + 0.01


def test_the_gradient_is_one() -> None:
    """Where it ends, no step to either side is better: of the temperature or of any bias."""
    probabilities, truth = world(3000)
    weights = np.random.default_rng(1).uniform(0.5, 1.5, 3000)
    chosen = calibration.calibrate(probabilities, truth, weights, biased=True)

    def loss(temperature: float, biases: np.ndarray) -> float:
        scores = calibration.logits(probabilities) / temperature + biases
        entropy = -log_softmax(scores, axis=1)[np.arange(3000), truth]
        return np.average(entropy, weights=weights) + calibration.BIAS_COST * (biases @ biases)

    best = loss(chosen.temperature, chosen.biases)
    for factor in (0.97, 1.03):
        assert loss(chosen.temperature * factor, chosen.biases) > best
    for number in range(6):
        step = 0.03 * (np.eye(6)[number] - 1 / 6)
        assert loss(chosen.temperature, chosen.biases + step) > best
        assert loss(chosen.temperature, chosen.biases - step) > best


def test_reliability_agrees_with_scikit_learn() -> None:
    probabilities, truth = world(2000)
    confidence, right = probabilities.max(1), probabilities.argmax(1) == truth
    found = calibration.reliability(confidence, right, np.ones(2000))
    share_right, mean_confidence = calibration_curve(right, confidence, n_bins=calibration.BINS)
    assert [b["right"] for b in found["bins"]] == pytest.approx(share_right)
    assert [b["confidence"] for b in found["bins"]] == pytest.approx(mean_confidence)
    shares = np.array([b["share"] for b in found["bins"]])
    assert shares.sum() == pytest.approx(1)
    assert found["ece"] == pytest.approx((shares * abs(share_right - mean_confidence)).sum())


def test_coverage_is_what_the_surest_pictures_give() -> None:
    confidence = np.array([0.9, 0.8, 0.7, 0.6])
    points = calibration.coverage(confidence, np.array([1, 1, 0, 1]), np.ones(4))
    at = {round(p["answered"], 2): (p["right"], p["threshold"]) for p in points}
    assert at == {
        0.25: (1, 0.9),
        0.5: (1, 0.8),
        0.75: (pytest.approx(2 / 3), 0.7),
        1.0: (0.75, 0.6),
    }


def test_the_threshold_makes_96_of_100_answers_right() -> None:
    random = np.random.default_rng(0)
    confidence = random.uniform(0.5, 1, 5000)
    right = random.uniform(size=5000) <= confidence  # calibrated: right as often as sure
    threshold = calibration.threshold_of_sureness(confidence, right, np.ones(5000))
    assert right[confidence >= threshold].mean() == pytest.approx(0.96, abs=0.005)
    assert threshold == pytest.approx(0.92, abs=0.03)  # the mean of 0.92 to 1 is 0.96


def test_a_model_that_is_never_right_answers_nothing() -> None:
    one = np.ones(1)
    assert calibration.threshold_of_sureness(0.9 * one, np.array([False]), one) == 1.0


def test_nobodys_own_pictures_choose_for_them() -> None:
    """Of two people, on one of whom the model is always right: each gets the other's choice."""
    probabilities, truth = world(4000)
    sources = np.array(["ann"] * 2000 + ["bob"] * 2000)
    truth[:2000] = probabilities[:2000].argmax(1)  # it is never wrong about ann
    weights = np.ones(4000)
    choices = calibration.cross_fit(probabilities, truth, sources, weights)
    calibrated, sure = calibration.apply_each(choices, probabilities, sources)
    for own, other in ((slice(0, 2000), slice(2000, 4000)), (slice(2000, 4000), slice(0, 2000))):
        chosen = calibration.calibrate(probabilities[other], truth[other], weights[other])
        expected = chosen.apply(probabilities[own])
        assert calibrated[own] == pytest.approx(expected[0])
        assert (sure[own] == expected[1]).all()
    assert sure[2000:].mean() > sure[:2000].mean()  # ann's choice is too sure for bob


def test_certainties_are_no_infinities() -> None:
    calibrated, sure = Calibration(2.0, np.zeros(2), 0.5).apply(np.array([[1.0, 0.0]], np.float32))
    assert np.isfinite(calibrated).all()
    assert sure.all()


def test_a_perfect_score_on_people_trained_on_makes_no_model_surer() -> None:
    probabilities, _ = world(500)
    truth = probabilities.argmax(1)  # right throughout
    surest = calibration.calibrate(probabilities, truth, np.ones(500))
    assert surest.temperature == pytest.approx(calibration.LEAST, rel=0.01)
    bounded = calibration.calibrate(probabilities, truth, np.ones(500), least=1.0)
    assert bounded.temperature == pytest.approx(1, rel=0.01)
