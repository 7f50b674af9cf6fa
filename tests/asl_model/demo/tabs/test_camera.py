"""More cameras than are watched at the same time."""

import base64
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

import app
from asl_model import Recognizer
from asl_model.demo.tabs import camera
from tests.asl_model.demo.gradio_guards.test_downloads import encoded
from tests.asl_model.demo.test_limits import app_launched
from tests.benchmarks.load import Caller
from tests.conftest import draw

FRAME = {"url": "data:image/png;base64," + base64.b64encode(encoded(draw(3))).decode()}


class Camera:
    """A visitor's page: asks for a place, then sends frames."""

    def __init__(self, address: str, live: int, name: str) -> None:
        self.base, self.session = f"{address.rstrip('/')}/gradio_api", name
        self.body = {"data": [FRAME, None], "fn_index": live, "session_hash": name}
        self.event = self._post("queue/join")["event_id"]

    def send(self) -> bool:
        """One more frame; False if the turn is over."""
        try:
            return bool(self._post(f"stream/{self.event}"))
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return False
            raise

    def messages(self) -> Iterator[str]:
        """What the server says to it, until its turn is over or half a minute is."""
        end = time.monotonic() + 30
        address = f"{self.base}/queue/data?session_hash={self.session}"
        with urllib.request.urlopen(address, timeout=60) as answer:
            for line in answer:  # a heartbeat every 15 seconds
                assert time.monotonic() < end
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))["msg"]

    def _post(self, place: str) -> Any:
        kind = {"Content-Type": "application/json"}
        request = urllib.request.Request(
            f"{self.base}/{place}", json.dumps(self.body).encode(), kind
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)


@pytest.fixture
def few_places(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """A demo that watches one camera for three seconds; its address, and the number of Live."""
    monkeypatch.setattr(camera, "AT_ONCE", 1)
    monkeypatch.setattr(camera, "TURN", 3)
    demo = app.build(Recognizer.load())
    _, url, _ = app_launched(demo)
    try:
        yield url, next(fn._id for fn in demo.fns.values() if fn.concurrency_id == "camera")
    finally:
        demo.close()


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
        assert "process_completed" in said  # which makes the page ask for a place again
        assert not first.send()
    finally:
        ended.set()
        sending.join()


def test_cameras_leave_places_for_pictures() -> None:
    """Gradio has 40 places for all requests, and a camera holds one for its turn."""
    demo = app.build(Recognizer.load())
    _, url, _ = app_launched(demo)
    try:
        live = next(fn._id for fn in demo.fns.values() if fn.concurrency_id == "camera")
        for number in range(40):
            Camera(url, live, f"visitor{number}")
        caller, outcomes = Caller(url.rstrip("/")), []
        path = caller.upload(encoded(draw(3)))
        asking = threading.Thread(target=lambda: outcomes.append(caller.ask(path)[0]))
        asking.start()
        asking.join(camera.TURN / 2)
        assert outcomes == ["complete"]
    finally:
        demo.close()
