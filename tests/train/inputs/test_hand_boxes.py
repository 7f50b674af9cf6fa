"""Boxes around hands are looked for once, and the network is trained on the squares around them."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

from asl_model.hand.finder import HandFinder
from asl_model.hand.hand_crop import crop_hand
from asl_model.images import open_image
from tests.helpers.hands import network_that_sees_white, with_white
from train.data.pictures import load_pictures, readable
from train.inputs.augmented_views import Views
from train.inputs.hand_boxes import find_boxes

WHITE = (20, 30, 60, 90)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Lets every white rectangle be a hand; returns the list of views that were looked at."""
    seen: list[np.ndarray] = []
    finder = HandFinder(network_that_sees_white(seen))
    monkeypatch.setattr("train.inputs.hand_boxes.embedded_finder", lambda: finder)
    return seen


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for letter in "AB":
        (tmp_path / "ann" / letter).mkdir(parents=True)
        with_white(WHITE, (160, 120)).save(tmp_path / "ann" / letter / "1.png")
        Image.new("RGB", (160, 120), "navy").save(tmp_path / "ann" / letter / "2.png")
    return tmp_path / "ann"


def test_boxes_are_found_once_and_read_from_the_cache_then(
    data: Path, seen: list[np.ndarray], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    pictures = readable(load_pictures(data))
    boxes = find_boxes(pictures, "ann")
    looks = len(seen)
    assert [box is None for box in boxes] == [False, True, False, True]
    assert boxes[0] is not None
    assert np.array(boxes[0]) == pytest.approx(np.array(WHITE), abs=9)
    assert find_boxes(pictures, "ann") == boxes
    assert len(seen) == looks
    mirrored = find_boxes(pictures, "ann", mirror=True)
    assert len(seen) == 2 * looks
    assert mirrored[0] is not None
    assert mirrored[0][0] == pytest.approx(160 - WHITE[2], abs=9)


def test_views_show_the_square_around_the_hand(data: Path) -> None:
    pictures = readable(load_pictures(data))
    image = open_image(pictures[0]["image"]["path"])
    whole = open_image(pictures[1]["image"]["path"])

    def plain(image: Image.Image) -> np.ndarray:
        return np.asarray(image.resize((40, 40)), np.float32).transpose(2, 0, 1)

    def augment(image: Image.Image) -> torch.Tensor:
        return torch.from_numpy(plain(image))

    boxes = [WHITE, None, WHITE, None]
    views = Views(pictures, [0] * 4, plain, augment, boxes=boxes)
    assert np.array_equal(views[0, 0]["pixels"], plain(crop_hand(image, WHITE)))
    assert np.array_equal(views[1, 0]["pixels"], plain(whole))
    shares = {float(views[0, view]["pixels"].mean()) for view in range(1, 6)}
    assert len(shares) == 5  # each view has another room around the hand
    keys = {views.key((0, 0)), Views(pictures, [0] * 4, plain).key((0, 0))}
    assert len(keys) == 2
    mirrored = Views(pictures, [0] * 4, plain, boxes=boxes, mirror=True)
    expected = plain(crop_hand(ImageOps.mirror(image), WHITE))
    assert np.array_equal(mirrored[0, 0]["pixels"], expected)
