"""Views and their targets: the labels stay on the hand."""

from pathlib import Path

import numpy as np
import pytest
import torch

from asl_model.hand.geometry import box_of
from tests.helpers.hands import COLOURS, drawn_hand, write_boxes, write_hands
from train.errors import TrainError
from train.hand.labelled import with_boxes, with_points, without_hands
from train.hand.placing import Placement
from train.hand.plain_views import PlainViews
from train.hand.targets import targets
from train.hand.views import HandPictures, HandViews


@pytest.fixture
def pictures(tmp_path: Path) -> HandPictures:
    frames = write_hands(tmp_path, "frames")
    points = with_points(frames, tmp_path / "landmarks/frames.npz")
    empty = without_hands(frames / "ann" / "A")
    return HandPictures(points, points, with_boxes(write_boxes(tmp_path)), empty)


@pytest.mark.parametrize("seed", range(8))
def test_points_move_with_the_picture(seed: int) -> None:
    image, points = drawn_hand(seed)
    random = np.random.default_rng(seed)
    sides = np.array([130.0, 110.0]) * random.uniform(0.8, 1.2, 2)
    placement = Placement.of(points.mean(0), sides, random.normal(0, 14), seed % 2 == 1, 192)
    view, _ = placement.view(image, soft=0)
    moved = placement.points(points)
    for (x, y), colour in zip(moved.tolist(), COLOURS, strict=True):
        if 2 < x < 190 and 2 < y < 190:
            found = np.array(view.getpixel((int(x), int(y))))
            assert np.abs(found - np.array(colour)).max() < 60


def test_a_box_turned_upright_stays_around_the_hand() -> None:
    box = np.array([[50.0, 40.0, 90.0, 70.0], [500.0, 0.0, 510.0, 10.0]])
    placement = Placement.of(np.array([70.0, 55.0]), np.array([96.0, 96.0]), 0, False, 192)
    assert placement.boxes(box) == pytest.approx(np.array([[56.0, 66.0, 136.0, 126.0]]))


def test_a_view_depends_on_seed_number_and_epoch_only(pictures: HandPictures) -> None:
    views = [HandViews(pictures, 192, 100, seed)[draw] for seed, draw in
             ((0, (5, 1)), (0, (5, 1)), (1, (5, 1)), (0, (5, 2)))]  # fmt: skip
    assert all(torch.equal(views[0][name], views[1][name]) for name in views[0])
    assert not torch.equal(views[0]["pixels"], views[2]["pixels"])
    assert not torch.equal(views[0]["pixels"], views[3]["pixels"])


def test_views_show_hands_of_many_sizes_and_none(pictures: HandPictures) -> None:
    rows = [HandViews(pictures, 192, 200, 0)[(number, 1)] for number in range(200)]
    hands = torch.stack([row["cells"] for row in rows]).ge(0).sum(1)
    assert {0, 1, 2} <= set(hands.tolist())
    sides = torch.stack([row["sizes"][0].exp().max() for row in rows])[hands > 0]
    assert sides.min() < 0.2
    assert sides.max() > 0.6
    assert all(row["pixels"].shape == (3, 192, 192) for row in rows)
    assert all(torch.isfinite(row["pixels"]).all() for row in rows)


def test_targets_are_in_cells_of_eight_pixels() -> None:
    points = np.full((21, 2), 100.0, np.float32)
    points[9] = 140.0
    row = targets(box_of(points)[None], points, 192)
    assert row["cells"].tolist() == [15 * 24 + 15, -1, -1, -1]
    assert row["centres"][15, 15] == 1
    assert row["centres"].max() == 1
    assert row["sizes"][0].exp().tolist() == pytest.approx([48 / 192] * 2, rel=1e-3)
    assert row["points"][0].tolist() == [12.5, 12.5]
    assert row["shown"].all()
    assert row["hand"].item() == pytest.approx(5 * 2**0.5)


def test_points_of_small_hands_and_outside_the_view_are_not_learned() -> None:
    points = np.full((21, 2), 100.0, np.float32)
    points[9] = 110.0
    assert not targets(box_of(points)[None], points, 192)["shown"].any()
    points[9] = 250.0
    assert targets(box_of(points)[None], points, 192)["shown"].tolist().count(False) == 1


def test_plain_views_are_the_finders_own(pictures: HandPictures) -> None:
    views = PlainViews(pictures.frames[:1], pictures.frames[:1], 192)
    whole, close = views[(0, 0)], views[(1, 0)]
    box = pictures.frames[0].boxes[0]
    side = (box[2:] - box[:2]).max()
    assert whole["sizes"][0].exp().tolist() == pytest.approx(
        ((box[2:] - box[:2]) / (160, 120)).tolist(), rel=1e-3
    )
    assert close["sizes"][0].exp().max().item() == pytest.approx(0.5, rel=1e-3)
    assert close["hand"] / whole["hand"] > 0.9 * 160 / (2 * side)


def test_pictures_without_points_are_left_out(tmp_path: Path) -> None:
    frames = write_hands(tmp_path, "frames", 3)
    assert len(with_points(frames, tmp_path / "landmarks/frames.npz")) == 3


def test_missing_labels_are_named(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"The landmarks '.*none.npz' cannot be read"):
        with_points(tmp_path, tmp_path / "none.npz")
    with pytest.raises(TrainError, match=r"has no folder with a boxes.csv"):
        with_boxes(tmp_path)
    with pytest.raises(TrainError, match="has no pictures"):
        without_hands(tmp_path)
    folder = write_boxes(tmp_path)
    (folder / "bob" / "boxes.csv").write_text("file,letter,x0,y0,x1\na.png,A,1,2,3\n")
    with pytest.raises(TrainError, match="cannot be read: 'y1'"):
        with_boxes(folder)
