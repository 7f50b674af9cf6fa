"""Chooses temperature, biases and threshold by people never trained on, and measures by them."""

import dataclasses
from typing import Any

import datasets
import numpy as np
import torch

from asl_model.bundle import Bundle
from asl_model.handshape_pairs import Sharing
from asl_model.recognizer import Recognizer
from train.data.splits import STRANGERS, UNSEEN
from train.measuring import calibration
from train.measuring.metrics import Answers, measure, measure_not_hands, weigh
from train.measuring.predict import NOT_HANDS, answer, claims_letter, numbered, predict
from train.network.layers import adjust_logits

MIRRORED = "mirrored"
"""What metrics.json calls the pictures of people never seen, with left and right exchanged."""


def measure_and_calibrate(
    bundle: Bundle,
    splits: dict[str, datasets.Dataset],
    chosen_on: str,
    not_hands: datasets.Dataset | None,
    workers: int,
) -> Bundle:
    """Chooses temperature, biases and threshold, and measures the model that they make.

    Args:
        bundle: a model; what was chosen for it before is taken back first.
        splits: labelled pictures by the name of their split in metrics.json.
        chosen_on: the split to choose by. Its own figures, of mirror images too, are of each source
            under what the others choose (`train.measuring.calibration.cross_fit`).
        not_hands: pictures without a hand sign, for the false alarms.
        workers: processes that read pictures.

    Returns:
        The bundle with temperature and biases in its last layer (so that the plain timm model
        is calibrated, too, but for the sharing), the threshold, and the metrics 'splits',
        'calibration' and perhaps MIRRORED and NOT_HANDS.
    """
    take_back(bundle)
    sharing = Sharing(calibration.SHARE, 1.0, (0.0,) * len(bundle.label_names))
    bundle = dataclasses.replace(bundle, sharing=sharing)
    recognizer = Recognizer(bundle)
    answers = {name: answer(recognizer, part, name, workers) for name, part in splits.items()}
    chosen, choices = _choose(answers[chosen_on], strangers=chosen_on in STRANGERS)
    all_choices = {  # of each split, what each of its sources is measured under
        name: choices if name == chosen_on else dict.fromkeys(np.unique(plain.sources), chosen)
        for name, plain in answers.items()
    }
    metrics: dict[str, Any] = {
        "training": bundle.metrics.get("training", {}),
        "splits": {
            name: _measure_split(name, plain, all_choices[name]) for name, plain in answers.items()
        },
        "calibration": {
            "temperature": chosen.temperature,
            "biases": dict(zip(bundle.label_names, chosen.biases.tolist(), strict=True)),
            "threshold": chosen.threshold,
            "chosen_on": chosen_on,
            "cross_fitted": len(choices) > 1,
            "without_biases": _plain(answers[chosen_on]),
        },
    }
    if UNSEEN in splits:
        top1 = _top1_mirrored(recognizer, splits[UNSEEN], all_choices[UNSEEN], workers)
        lost = metrics["splits"][UNSEEN]["top1"] - top1
        n = len(splits[UNSEEN])
        metrics[MIRRORED] = {"split": UNSEEN, "n": n, "top1": top1, "lost": lost}
    if not_hands is not None:
        probabilities, sure = chosen.apply(predict(recognizer, not_hands, NOT_HANDS, workers))
        metrics[NOT_HANDS] = measure_not_hands(claims_letter(bundle, probabilities, sure))
    return dataclasses.replace(_built_in(bundle, chosen), metrics=metrics)


def _built_in(bundle: Bundle, chosen: calibration.Calibration) -> Bundle:
    """The bundle that answers by what was chosen. Changes the model's last layer in place."""
    adjust_logits(bundle.model, 1 / chosen.temperature, torch.from_numpy(chosen.biases))
    sharing = Sharing(calibration.SHARE, chosen.temperature, tuple(chosen.biases.tolist()))
    return dataclasses.replace(bundle, threshold=chosen.threshold, sharing=sharing)


def take_back(bundle: Bundle) -> None:
    """Gives the last layer the logits that training left, without temperature and biases.

    Or the biases that all sources chose before would be part of what each is measured by, now or
    after the model was trained further.
    """
    before = bundle.metrics.get("calibration")
    if before:
        biases = before.get("biases", {})
        shift = torch.tensor([-biases.get(name, 0.0) for name in bundle.label_names])
        temperature = before["temperature"]
        adjust_logits(bundle.model, temperature, temperature * shift)


def _choose(
    answers: Answers, strangers: bool
) -> tuple[calibration.Calibration, dict[str, calibration.Calibration]]:
    """What all sources choose, and for each source what the others do."""
    weights = weigh(answers.sources)
    least = calibration.LEAST if strangers else 1.0
    biased = strangers and len(np.unique(answers.sources)) >= calibration.FEWEST_PEOPLE
    seen = answers.probabilities, answers.truth
    return (
        calibration.calibrate(*seen, weights, least, biased),
        calibration.cross_fit(*seen, answers.sources, weights, least, biased),
    )


def _plain(answers: Answers) -> dict[str, float]:
    """What the biases are to be compared with; a temperature changes neither of the two."""
    weights = weigh(answers.sources)
    return {
        "top1": float(np.average(answers.right, weights=weights)),
        "top3": float(np.average(answers.in_top3, weights=weights)),
    }


def _measure_split(
    name: str, plain: Answers, choices: dict[str, calibration.Calibration]
) -> dict[str, Any]:
    probabilities, sure = calibration.apply_each(choices, plain.probabilities, plain.sources)
    calibrated = dataclasses.replace(plain, probabilities=probabilities, sure=sure)
    return measure(calibrated, by_run=name not in STRANGERS)


def _top1_mirrored(
    recognizer: Recognizer,
    pictures: datasets.Dataset,
    choices: dict[str, calibration.Calibration],
    workers: int,
) -> float:
    """With left and right in each other's place: as of the other hand, or another camera."""
    raw = predict(recognizer, pictures, MIRRORED, workers, mirror=True)
    sources = np.array(pictures["source"])
    probabilities, _ = calibration.apply_each(choices, raw, sources)
    right = probabilities.argmax(1) == np.array(numbered(pictures, recognizer.bundle.label_names))
    return float(np.average(right, weights=weigh(sources)))
