"""The public API, with the embedded model."""

from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from PIL import Image, ImageOps
from timm.data import create_transform, resolve_model_data_config

from asl_model import CLASSES, Prediction, Recognizer
from asl_model.bundle import EMBEDDED, WEIGHTS
from tests.helpers.pictures import draw


def as_dict(prediction: Prediction) -> dict[str, float]:
    return dict(prediction.top(len(CLASSES)))


def test_there_are_29_classes_in_the_order_of_the_data_set() -> None:
    assert "".join(CLASSES[:26]) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert CLASSES[26:] == ("del", "nothing", "space")


def test_probabilities_are_those_of_timm_calibrated(
    embedded: Recognizer, drawing: Image.Image
) -> None:
    model = timm.create_model(f"local-dir:{EMBEDDED}", pretrained=True).eval()
    transform = create_transform(**resolve_model_data_config(model))
    assert embedded(drawing).hand is None  # so the whole drawing is read
    width, height = drawing.size
    middle = (width // 10, height // 10, width - width // 10, height - height // 10)
    looks = [drawing, ImageOps.mirror(drawing.crop(middle))][: embedded.bundle.looks]
    with torch.inference_mode():
        logits = model(torch.stack([transform(look) for look in looks]))
    mean = logits.mean(0, keepdim=True).numpy()
    expected = embedded.bundle.calibration.probabilities(mean, CLASSES)[0]
    names = model.pretrained_cfg["label_names"]
    assert as_dict(embedded(drawing)) == pytest.approx(
        dict(zip(names, expected.tolist(), strict=True)), abs=1e-4
    )


def test_every_kind_of_source_gives_the_same_answer(
    embedded: Recognizer, drawing: Image.Image, tmp_path: Path
) -> None:
    file = tmp_path / "hand.png"
    drawing.save(file)
    expected = embedded(drawing)
    for source in (file, str(file), file.read_bytes(), np.asarray(drawing)):
        assert embedded(source) == expected


def test_many_answers_as_one_by_one_across_batches(embedded: Recognizer) -> None:
    images = [draw(seed) for seed in range(35)]  # more than one batch
    together = embedded.many(images)
    assert len(together) == 35
    for image, prediction in list(zip(images, together, strict=True))[::11]:
        assert as_dict(prediction) == pytest.approx(as_dict(embedded(image)), abs=1e-4)


def test_many_of_nothing_is_nothing(embedded: Recognizer) -> None:
    assert embedded.many([]) == []


def test_top_is_ranked_and_bounded(embedded: Recognizer, drawing: Image.Image) -> None:
    prediction = embedded(drawing)
    confidences = [confidence for _, confidence in prediction.top(29)]
    assert confidences == sorted(confidences, reverse=True)
    assert sum(confidences) == pytest.approx(1, abs=1e-4)
    assert prediction.top(3) == prediction.top(29)[:3]


@pytest.mark.parametrize(
    ("probabilities", "letter", "label"),
    [
        ((0.9, 0.05, 0.05), "A", "A"),
        ((0.5, 0.3, 0.2), "A", "A"),  # just sure enough
        ((0.45, 0.3, 0.25), None, "A"),  # not sure
        ((0.05, 0.05, 0.9), None, "nothing"),  # sure that there is no sign
        ((0.05, 0.9, 0.05), "space", "space"),
    ],
)
def test_letter_is_none_when_not_sure_or_no_sign(
    probabilities: tuple[float, ...], letter: str | None, label: str
) -> None:
    prediction = Prediction(("A", "space", "nothing"), probabilities, threshold=0.5)
    assert (prediction.letter, prediction.label) == (letter, label)


def test_embedded_model_is_one_plain_timm_model_of_at_most_8_mb() -> None:
    assert {file.name for file in EMBEDDED.iterdir()} == {
        "config.json",
        WEIGHTS,
        "graph.xml",
        "README.md",
        "metrics.json",
        "history.csv",
        "curves.png",
    }
    assert (EMBEDDED / WEIGHTS).stat().st_size <= 8_000_000


def test_people_never_seen_are_read(embedded: Recognizer, photographs: Path) -> None:
    """Checks roughly that everything works together; the exact figures are in `metrics.json`."""
    files = sorted(photographs.glob("dev/*/[A-Z]/*"))[::40]
    letters = [prediction.label for prediction in embedded.many(files)]
    right = np.mean(
        [file.parent.name == letter for file, letter in zip(files, letters, strict=True)]
    )
    assert right > 0.6


def test_the_weights_and_the_threshold_are_those_that_were_measured(
    embedded: Recognizer, photographs: Path
) -> None:
    """The figure was measured with the served calibration; one picture may be on the threshold."""
    measured = embedded.bundle.metrics.not_hands
    assert measured
    files = [file for file in photographs.glob("dev_not_hands/**/*") if file.is_file()]
    assert len(files) == measured.n
    claimed = sum(prediction.letter is not None for prediction in embedded.many(files))
    assert claimed == pytest.approx(measured.letter_claimed * len(files), abs=1)
