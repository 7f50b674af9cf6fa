"""The model card: its metadata is valid for the Hub, and it states all figures."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from huggingface_hub import ModelCard

from asl_model.calibration import Calibration
from asl_model.metrics_file import CalibrationRecord, Metrics, Part, SplitFigures, Training
from tests.helpers.bundles import tiny_bundle
from train.errors import TrainError
from train.measuring.answers import Answers
from train.measuring.figures_in_words import in_words, table
from train.measuring.metrics import measure, measure_not_hands
from train.publishing.card import write_card


def split(seed: int, by_run: bool) -> SplitFigures:
    random = np.random.default_rng(seed)
    truth = random.integers(0, 3, 120)
    probabilities = random.dirichlet(np.ones(3), 120) + 0.5 * np.eye(3)[truth]
    probabilities /= probabilities.sum(1, keepdims=True)
    owners = np.repeat([f"s{i}" for i in range(6)], 20)
    answers = Answers(
        ("A", "J", "nothing"), probabilities, probabilities.max(1) > 0.6, truth, owners
    )
    return measure(answers, by_run)


def card(notes: str = "signed by nobody", **training: Any) -> str:
    metrics = Metrics(
        splits={"held_out_blocks": split(0, True), "unseen_people": split(1, False)},
        calibration=CalibrationRecord(chosen_on="unseen_people", cross_fitted=True),
        not_hands=measure_not_hands(np.array([True] * 3 + [False] * 27)),
        training=Training(
            command="python -m train fit",
            minutes=4.2,
            settings={"backbone": "test_resnet"},
            sources=("ann", "bob"),
            notes=notes,
            split={"blocks": Part(n=120, near_duplicates=12)},
            **training,
        ),
    )
    calibration = Calibration(temperature=1.25, threshold=0.625)
    names = ("A", "J", "nothing")
    bundle = replace(tiny_bundle(), label_names=names, metrics=metrics, calibration=calibration)
    return write_card(bundle)


def matter(text: str) -> dict[str, Any]:
    return ModelCard(text).data.to_dict()


def test_the_card_names_the_licence_of_the_weights_it_started_from() -> None:
    assert "started from: VGG16 by a school, CC BY 4.0." in card(
        weights_origin="VGG16 by a school, CC BY 4.0"
    )
    assert "started from" not in card()


def test_the_metadata_is_what_the_hub_wants() -> None:
    text = card(base_model="timm/vgg16.tv_in1k")
    data = matter(text)
    assert data["library_name"] == "timm"
    assert data["pipeline_tag"] == "image-classification"
    assert data["base_model"] == "timm/vgg16.tv_in1k"
    (model,) = data["model-index"]
    assert [r["dataset"]["split"] for r in model["results"]] == ["held_out_blocks", "unseen_people"]
    for result, measured in zip(model["results"], (split(0, True), split(1, False)), strict=True):
        (metric,) = result["metrics"]
        assert metric["value"] == measured.top1
        assert metric["name"].endswith("n=120")


def test_both_figures_stand_in_words_with_n_and_intervals() -> None:
    text = " ".join(card().split())
    for measured in (split(0, True), split(1, False)):
        assert in_words(measured) in text
        assert " ".join(table(measured).split()) in text
    assert "12 of them (10.0%) are near-copies of a training picture" in text
    assert "Of 30 pictures without a hand sign it claims a letter on 10.0%" in text
    assert "does not translate American Sign Language" in text
    assert "J is a motion" in text
    assert "Z is a motion" not in text  # the model does not know Z
    assert "signed by nobody" in text


def test_the_notes_may_say_the_licence_and_the_base_model() -> None:
    text = card("---\nlicense: mit\nbase_model: someone/something\n---\nsigned by Ann")
    assert matter(text)["license"] == "mit"
    assert matter(text)["base_model"] == "someone/something"
    assert "signed by Ann" in text
    assert text.count("someone/something") == 1


@pytest.mark.parametrize(
    ("notes", "message"),
    [
        ("---\nlicence: mit\n---\nx", r"has unknown fields: licence\. Known are license, "),
        ("---\nlicense: [mit\n---\nx", r"front matter of the notes cannot be read"),
    ],
)
def test_front_matter_that_is_none(notes: str, message: str) -> None:
    with pytest.raises(TrainError, match=message):
        card(notes)
