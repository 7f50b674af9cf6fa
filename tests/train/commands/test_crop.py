"""`--crop hand` from training to serving, and whole frames as a split of their own."""

from pathlib import Path

import pytest
from PIL import ImageDraw

from asl_model import Recognizer
from asl_model.bundle import read_bundle
from asl_model.hand.finder import HandFinder
from tests.helpers.hands import network_that_sees_white, with_white
from tests.helpers.pictures import draw, write_class_folders
from train.commands import evaluate, fit, remeasure
from train.settings import Settings

CORNERS = ((10, 10, 60, 70), (100, 70, 150, 110))


@pytest.fixture(autouse=True)
def _white_is_a_hand(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    finder = HandFinder(network_that_sees_white([]))
    monkeypatch.setattr("train.inputs.hand_boxes.embedded_finder", lambda: finder)
    monkeypatch.setattr("asl_model.recognizer.embedded_finder", lambda: finder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def write_frames(root: Path, classes: str, count: int) -> Path:
    """Writes dark drawings with a white 'hand' in one of two corners."""
    for letter in classes:
        (root / letter).mkdir(parents=True)
        for number in range(count):
            frame = draw(100 * ord(letter) + number, (160, 120)).point(lambda value: value // 4)
            ImageDraw.Draw(frame).rectangle(CORNERS[number % 2], fill="white")
            frame.save(root / letter / f"{number}.png")
    return root


def test_a_network_trained_on_hands_is_measured_and_served_on_hands(
    tmp_path: Path, test_resnet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_frames(tmp_path / "data" / "ann", "AB", 30).parent
    people = write_class_folders(tmp_path / "people", "AB", 6)
    frames = write_frames(tmp_path / "frames" / "bob", "AB", 6).parent
    settings = Settings(
        backbone="test_resnet", input_size=40, batch_size=8, epochs=1, crop="hand", freeze="none"
    )
    out = tmp_path / "out"
    fit.run(
        data, out, settings, people, test_resnet, workers=0, unseen_frames=frames,
    )  # fmt: skip
    recognizer = Recognizer.load(out)
    metrics = recognizer.bundle.metrics
    assert recognizer.finds_hands
    assert set(metrics.splits) == {"held_out_blocks", "unseen_people", "unseen_frames"}
    assert metrics.splits["unseen_frames"].n == 12
    assert metrics.calibration is not None
    assert metrics.calibration.splits == ("unseen_people", "unseen_frames")
    assert metrics.calibration.cross_fitted
    card = (out / "README.md").read_text()
    assert "It finds the hand" in card
    assert "Whole camera frames of people" in card
    assert recognizer(with_white(CORNERS[1], (160, 120))).box is not None

    evaluate.run(str(out), frames, "all", 0, tmp_path / "squares")
    evaluate.run(str(out), frames, "all", 0, tmp_path / "whole", crop="none")
    texts = [(tmp_path / name / "metrics.json").read_text() for name in ("squares", "whole")]
    assert texts[0] != texts[1]
    assert "Temperature, threshold and biases (if any) were chosen" in capsys.readouterr().out

    remeasure.run(out, data, people, None, None, 0, crop="none")
    again = read_bundle(out)
    assert again.crop == "none"
    assert set(again.metrics.splits) == {"held_out_blocks", "unseen_people"}
