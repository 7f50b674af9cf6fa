"""Gradio's lists of past requests do not grow for ever."""

from pathlib import Path

import pytest

from asl_model import Recognizer
from asl_model.demo import server
from asl_model.demo.gradio_guards import session_memory
from asl_model.demo.page import build
from tests.helpers.in_process import app_launched
from tests.helpers.pictures import draw
from tests.helpers.rest import Caller, ask_the_queue

CALLS = 12


def test_past_requests_are_forgotten_and_new_ones_answered(
    embedded: Recognizer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    demo = build(embedded)
    try:
        _, url, _ = app_launched(demo)
        caller = Caller(url.rstrip("/"))

        def remembered() -> tuple[int, int]:
            paths = sum(map(len, demo.temp_file_sets))
            return len(demo._queue.pending_event_ids_session), paths

        def call() -> None:
            for number in range(CALLS):
                draw(number).save(tmp_path / "hand.png")
                event, _ = caller.ask(caller.upload((tmp_path / "hand.png").read_bytes()))
                assert event == "complete"

        call()
        sessions, paths = remembered()
        assert sessions >= CALLS  # if not, Gradio forgets by itself: remove `memory`
        assert paths >= CALLS
        monkeypatch.setattr(session_memory, "REQUESTS_BETWEEN_CLEARINGS", 5)
        call()
        sessions, paths = remembered()
        assert sessions <= 5
        assert paths <= 5 * 2
    finally:
        demo.close()


def test_callers_do_not_take_the_place_of_a_visitors_text(
    embedded: Recognizer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(server, "VISITORS", CALLS)
    monkeypatch.setattr(session_memory, "REQUESTS_BETWEEN_CLEARINGS", 5)
    demo = build(embedded)
    try:
        _, url, _ = app_launched(demo)
        caller = Caller(url.rstrip("/"))
        space = next(fn for fn in demo.fns.values() if fn.name == "pressed")
        pressed = {"fn_index": space._id, "data": [None], "session_hash": "visitor"}
        assert "process_completed" in ask_the_queue(
            caller.base.removesuffix("/gradio_api"), pressed
        )
        draw(3).save(tmp_path / "hand.png")
        path = caller.upload((tmp_path / "hand.png").read_bytes())
        for _ in range(2 * CALLS):  # each call has its own session
            assert caller.ask(path)[0] == "complete"
        assert "visitor" in demo.state_holder.session_data
        assert len(demo.state_holder.session_data) <= 5
    finally:
        demo.close()
