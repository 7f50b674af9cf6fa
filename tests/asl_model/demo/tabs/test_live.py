"""What the Live tab shows and keeps."""

from dataclasses import replace

import pytest
from PIL import Image

from asl_model import Recognizer
from asl_model.demo import texts
from asl_model.demo.page import build
from asl_model.demo.tabs.live import live_html
from asl_model.demo.tabs.shared_camera import Session
from tests.helpers.in_process import app_launched
from tests.helpers.rest import Camera


@pytest.mark.parametrize(
    ("letter", "words"),
    [
        (None, ">?</div>"),
        ("B", ">B</div>"),
        ("space", '<span role="img" aria-label="space">\u2423</span>'),
        ("del", '<span role="img" aria-label="del">\u232b</span>'),
    ],
)
def test_a_sign_is_said_in_words(letter: str | None, words: str) -> None:
    session = Session()
    session.spelling = replace(session.spelling, letter=letter, confidence=0.9)
    assert words in live_html(session)


def test_nothing_is_said_of_signs_before_a_frame_is_read(embedded: Recognizer) -> None:
    session = Session()
    assert texts.LIVE_BEGIN in live_html(session)
    session.watch(embedded, Image.new("RGB", (40, 40)))
    assert texts.LIVE_BEGIN not in live_html(session)
    assert "No sign seen" in live_html(session)


def test_a_frame_is_forgotten_once_it_is_read() -> None:
    demo = build(Recognizer.load())
    _, url, _ = app_launched(demo)
    try:
        live = next(fn for fn in demo.fns.values() if fn.concurrency_id == "camera")
        assert "process_streaming" in Camera(url, live._id, "ann").messages()
        session = demo.app.state_holder.session_data["ann"]
        (seen,) = session.state_data.values()
        assert seen.frames  # it was read
        camera = live.inputs[0]
        assert session.config_values[camera._id]["props"]["value"] is None
    finally:
        demo.close()
