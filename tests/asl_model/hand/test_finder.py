"""Where the finder looks, and where in the picture it says the hand is."""

import numpy as np
import pytest
from PIL import Image

from asl_model.hand.finder import Hand, HandFinder
from asl_model.hand.geometry import Window, box_of
from tests.helpers.hands import network_that_sees_white, with_white


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (1280, 300)])
def test_the_box_is_in_pixels_of_the_picture(size: tuple[int, int]) -> None:
    seen: list[np.ndarray] = []
    box = (200, 100, 300, 220)
    (hand,) = HandFinder(network_that_sees_white(seen))(with_white(box, size))
    assert len(seen) == 2  # the whole picture, then closer
    assert np.array(hand.box) == pytest.approx(np.array(box), abs=18)
    assert np.array(hand.points)[:, 0].min() == pytest.approx(200, abs=12)  # a cell


def test_a_hand_at_the_edge_is_found_with_the_rest_of_the_view_black() -> None:
    seen: list[np.ndarray] = []
    (hand,) = HandFinder(network_that_sees_white(seen))(with_white((560, 380, 639, 479)))
    assert hand.box[2] > 600
    assert seen[1][:, -1, -1].tolist() == [-1, -1, -1]


def test_no_hand_gives_an_empty_list() -> None:
    seen: list[np.ndarray] = []
    assert HandFinder(network_that_sees_white(seen))(Image.new("RGB", (64, 48))) == []
    assert len(seen) == 1


def test_following_looks_only_near_the_last_place() -> None:
    seen: list[np.ndarray] = []
    finder = HandFinder(network_that_sees_white(seen))
    last = Hand((200.0, 100.0, 300.0, 220.0), 1.0, ((0.0, 0.0),) * 21)
    (hand,) = finder.follow(with_white((220, 110, 320, 230)), last)
    assert len(seen) == 1
    assert np.array(hand.box) == pytest.approx(np.array((220, 110, 320, 230)), abs=18)


def test_a_hand_that_left_its_place_is_searched_again() -> None:
    seen: list[np.ndarray] = []
    finder = HandFinder(network_that_sees_white(seen))
    last = Hand((0.0, 0.0, 60.0, 60.0), 1.0, ((0.0, 0.0),) * 21)
    (hand,) = finder.follow(with_white((400, 300, 500, 400)), last)
    assert len(seen) == 3
    assert hand.box[0] == pytest.approx(400, abs=18)


def test_a_square_around_a_box_has_its_middle() -> None:
    window = Window.around(np.array([10, 20, 30, 80]), 2.0)
    assert (window.x0, window.y0, window.width, window.height) == (-40, -10, 120, 120)
    assert window.to_picture(np.array([0.5, 0.5])) == pytest.approx([20, 50])


def test_a_hands_box_is_wider_than_its_points() -> None:
    points = np.array([[0.0, 0.0], [10.0, 20.0]])
    assert box_of(points) == pytest.approx([-2, -2, 12, 22])
