"""The square around a hand, which a network reads instead of the whole picture."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from asl_model import Recognizer
from asl_model.hand.finder import HandFinder
from asl_model.hand.hand_crop import crop_hand
from tests.helpers.bundles import tiny_bundle
from tests.helpers.hands import network_that_sees_white, with_white

BOX = (300, 200, 380, 300)


def test_the_square_has_the_hand_in_its_middle() -> None:
    crop = crop_hand(with_white(BOX), BOX, room=2)
    assert crop.size == (200, 200)
    assert crop.getbbox() == (60, 50, 141, 151)


def test_at_an_edge_the_square_is_moved_into_the_picture() -> None:
    image = Image.new("RGB", (640, 480), "white")
    assert crop_hand(image, (600, 440, 660, 500), room=2).size == (120, 120)
    assert np.asarray(crop_hand(image, (600, 440, 660, 500), room=2)).min() == 255
    assert crop_hand(image, (100, 40, 500, 440), room=2).size == (640, 480)


@pytest.fixture
def reads_hands(monkeypatch: pytest.MonkeyPatch) -> Recognizer:
    """Returns a recognizer that takes what is white for a hand."""
    finder = HandFinder(network_that_sees_white([]))
    monkeypatch.setattr("asl_model.recognizer.embedded_finder", lambda: finder)
    return Recognizer(replace(tiny_bundle(), crop="hand"))


def test_the_square_is_read_and_the_answer_says_where_it_is(reads_hands: Recognizer) -> None:
    room = with_white(BOX)
    ImageDraw.Draw(room).line((300, 200, 380, 300), fill="gray", width=9)
    answer = reads_hands(room)
    assert answer.box is not None
    assert np.array(answer.box) == pytest.approx(np.array(BOX), abs=18)
    assert answer.points is not None
    assert len(answer.points) == 21
    whole = Recognizer(replace(reads_hands.bundle, crop="none"))
    assert answer.probabilities == whole(crop_hand(room, answer.box)).probabilities
    assert answer.probabilities != whole(room).probabilities
    assert whole(room).box is None
    assert reads_hands.many([room, room])[1] == answer


def test_without_a_hand_the_whole_picture_is_read(
    reads_hands: Recognizer, drawing: Image.Image
) -> None:
    dark = drawing.point(lambda value: value // 4)
    answer = reads_hands(dark)
    assert (answer.hand, answer.box, answer.points) == (None, None, None)
    whole = Recognizer(replace(reads_hands.bundle, crop="none"))
    assert answer.probabilities == whole(dark).probabilities


def test_in_a_film_the_hand_is_looked_for_near_its_last_place(reads_hands: Recognizer) -> None:
    last = reads_hands.read(with_white(BOX)).hand
    both = with_white(BOX)
    ImageDraw.Draw(both).rectangle((20, 20, 90, 110), fill="white")
    followed = reads_hands.read(both, last).box
    assert followed is not None
    assert np.array(followed) == pytest.approx(np.array(BOX), abs=18)
