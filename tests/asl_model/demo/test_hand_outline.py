"""The box around the hand on the page, and the advice that depends on it."""

import re

import pytest
from PIL import Image

from asl_model.demo import texts
from asl_model.demo.hand_outline import draw_box, is_small, outline_svg
from asl_model.demo.tabs.photo import advice
from asl_model.hand import Hand


def hand(*box: float) -> Hand:
    x0, y0, x1, y1 = box
    return Hand((x0, y0, x1, y1), 0.9, ((x0, y0),) * 20 + ((x1, y1),))


def test_the_box_is_drawn_where_the_hand_is_also_on_a_shrunk_picture() -> None:
    picture = Image.new("RGB", (1280, 960), "black")
    shown = draw_box(picture, hand(400, 200, 800, 600))
    assert shown.size == (640, 480)
    x0, y0, x1, y1 = shown.getbbox() or (0, 0, 0, 0)
    assert (x0, y0, x1, y1) == pytest.approx((200, 100, 400, 300), abs=3)
    assert picture.getbbox() is None  # the given picture is not changed


def test_the_outline_is_where_the_hand_is_in_the_frame() -> None:
    svg = outline_svg(hand(10, 20, 110, 220), (640, 480), "A hand")
    assert 'viewBox="0 0 640 480"' in svg
    assert 'aria-label="A hand"' in svg
    assert '<rect class="box" x="10" y="20" width="100" height="200"/>' in svg
    first = re.search(r'<polyline points="([\d.-]+),', svg)
    assert first
    assert float(first[1]) == 10


@pytest.mark.parametrize(
    ("found", "looked", "words"),
    [
        (None, True, texts.NO_HAND),
        (None, False, texts.ADVICE),
        (hand(0, 0, 30, 40), True, texts.COME_CLOSER),
        (hand(0, 0, 90, 120), True, texts.ADVICE),
    ],
)
def test_the_advice_is_about_what_was_seen(found: Hand | None, looked: bool, words: str) -> None:
    assert advice(found, looked) == words
    assert found is None or is_small(found) == (words == texts.COME_CLOSER)
