"""Requests that are too large are refused, and endpoints that the demo does not need are closed."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from asl_model.demo.gradio_guards import request_limits
from tests.helpers.pictures import draw
from tests.helpers.rest import Caller

JSON = {"Content-Type": "application/json"}


def asked(
    address: str,
    place: str,
    body: bytes | Iterator[bytes] | None,
    headers: dict[str, str] = JSON,
) -> int:
    """Returns the status of the answer; a body without a length is sent in chunks."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    try:
        connection.request("POST" if body else "GET", f"/gradio_api/{place}", body, headers)
        return connection.getresponse().status
    except (BrokenPipeError, ConnectionResetError):
        return 413  # the server hung up before all was sent
    finally:
        connection.close()


@pytest.mark.parametrize("place", ["call/predict", "queue/join", "call/nothing"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_request_that_is_too_large_is_refused(address: str, place: str, chunked: bool) -> None:
    body = json.dumps({"data": ["x" * (request_limits.MAX_REQUEST_BYTES + 1), 5]}).encode()
    pieces = (body[i : i + 65536] for i in range(0, len(body), 65536))
    assert asked(address, place, pieces if chunked else body) == 413
    lie = {"Content-Type": "multipart/form-data; boundary=b"}
    assert asked(address, f"{place}?/upload", body, lie) == 413


def test_a_frame_of_a_camera_is_not_too_large(address: str) -> None:
    """The server accepts a request of this size; that it shows no picture is found later."""
    frame = {"url": "data:image/png;base64," + "A" * 2_000_000}
    assert asked(address, "call/predict", json.dumps({"data": [frame, 5]}).encode()) == 200


@pytest.mark.parametrize(
    "place",
    [
        "process_recording",
        "component_server/",
        "deep_link?session_hash=any",
        "file=http://127.0.0.1:9/hand.png",
        "file/http://127.0.0.1:9/hand.png",
    ],
)
def test_what_nothing_here_needs_is_closed(address: str, place: str) -> None:
    assert asked(address, place, None if place.startswith("file") else b"{}") == 404


def test_uploads_are_bounded_together(address: str, tmp_path: Path) -> None:
    """Tests the limit of one request with many files; `test_mutated.py` tests that of one file."""
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    request = urllib.request.Request(
        f"{address}/gradio_api/upload",
        b"--b--",
        {**kind, "Content-Length": str(request_limits.MAX_UPLOAD_REQUEST_BYTES + 1)},
    )
    with pytest.raises(urllib.error.HTTPError, match="413"):
        urllib.request.urlopen(request, timeout=30)
    draw(3).save(tmp_path / "hand.png")
    caller = Caller(address)
    event, _ = caller.ask(caller.upload((tmp_path / "hand.png").read_bytes()))
    assert event == "complete"
