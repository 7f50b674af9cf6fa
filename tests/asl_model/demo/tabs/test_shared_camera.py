"""What happens with more cameras than can be watched at the same time."""

import threading
from collections.abc import Iterator

import pytest

from asl_model import Recognizer
from asl_model.demo.page import build
from asl_model.demo.tabs import shared_camera
from tests.helpers.in_process import app_launched
from tests.helpers.pictures import draw, encoded
from tests.helpers.rest import Caller, Camera


@pytest.fixture
def few_places(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """Runs a demo that watches one camera, for three seconds; yields its URL and the id of Live."""
    monkeypatch.setattr(shared_camera, "CONCURRENT_CAMERAS", 1)
    monkeypatch.setattr(shared_camera, "TURN_SECONDS", 3)
    demo = build(Recognizer.load())
    _, url, _ = app_launched(demo)
    try:
        yield url, next(fn._id for fn in demo.fns.values() if fn.concurrency_id == "camera")
    finally:
        demo.close()


@pytest.mark.slow
def test_a_camera_that_goes_on_gives_its_place_to_one_that_waits(
    few_places: tuple[str, int],
) -> None:
    first, ended = Camera(*few_places, "ann"), threading.Event()

    def go_on() -> None:
        while first.send() and not ended.wait(0.1):
            pass

    sending = threading.Thread(target=go_on)
    sending.start()
    try:
        said = first.messages()
        assert "process_streaming" in said
        second = Camera(*few_places, "bob")
        assert "process_streaming" in second.messages()
        assert "process_completed" in said  # the page then asks for a place again
        assert not first.send()
    finally:
        ended.set()
        sending.join()


def test_cameras_leave_places_for_pictures() -> None:
    """Gradio has 40 places for all requests, and a camera holds one for its turn."""
    demo = build(Recognizer.load())
    _, url, _ = app_launched(demo)
    try:
        live = next(fn._id for fn in demo.fns.values() if fn.concurrency_id == "camera")
        for number in range(40):
            Camera(url, live, f"visitor{number}")
        caller, outcomes = Caller(url.rstrip("/")), []
        path = caller.upload(encoded(draw(3)))
        asking = threading.Thread(target=lambda: outcomes.append(caller.ask(path)[0]))
        asking.start()
        asking.join(shared_camera.TURN_SECONDS / 2)
        assert outcomes == ["complete"]
    finally:
        demo.close()
