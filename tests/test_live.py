"""What the tab Live shows and keeps."""

import base64
import json
import urllib.request
from dataclasses import replace

import pytest

import app
from asl_model import Recognizer
from asl_model.page.camera import Session
from asl_model.page.live import shown
from tests.conftest import draw
from tests.test_limits import app_launched
from tests.test_web import encoded


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
    assert words in shown(session)


def test_a_frame_is_forgotten_once_it_is_read() -> None:
    demo = app.build(Recognizer.load())
    _, url, _ = app_launched(demo)
    try:
        live = next(fn for fn in demo.fns.values() if fn.concurrency_id == "camera")
        frame = {"url": "data:image/png;base64," + base64.b64encode(encoded(draw(3))).decode()}
        body = {"data": [frame, None], "fn_index": live._id, "session_hash": "ann"}
        request = urllib.request.Request(
            f"{url}gradio_api/queue/join",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=20).close()
        with urllib.request.urlopen(
            f"{url}gradio_api/queue/data?session_hash=ann", timeout=60
        ) as events:
            assert any(b"process_streaming" in line and b"large" in line for line in events)
        session = demo.app.state_holder.session_data["ann"]
        camera = live.inputs[0]
        assert session.config_values[camera._id]["props"]["value"] is None
    finally:
        demo.close()
