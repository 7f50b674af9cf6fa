"""Pictures that are not uploads: given by URL, or frames of a camera."""

import asyncio
import base64
import gzip
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import gradio as gr
import numpy as np
import pytest
from gradio.data_classes import ImageData
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from asl_model import Recognizer
from asl_model.demo.gradio_guards import url_fetching
from asl_model.demo.page import build
from asl_model.demo.tabs import shared_camera
from tests.helpers.demo import probabilities
from tests.helpers.in_process import app_launched
from tests.helpers.pictures import draw, encoded


class Pages(BaseHTTPRequestHandler):
    """A site with a picture, and pictures that never end, arrive slowly or are compressed."""

    sent = 0
    asked: ClassVar[list[str]] = []
    """Host name and path of each request."""

    def do_GET(self) -> None:
        Pages.asked.append(self.headers["Host"] + self.path)
        path = self.path.partition("?")[0]
        names = ("/hand.png", "/endless.png", "/drip.png", "/small.png")
        moved = {"/moved.png": "/hand.png", "/round.png": "/round.png"}
        host = "localhost" if "private" in self.path else "127.0.0.1"
        self.send_response(302 if path in moved else 200 if path in names else 404)
        if path in moved:
            port = self.connection.getsockname()[1]
            base = "" if "near" in self.path else f"http://{host}:{port}"
            self.send_header("Location", base + moved[path])
        if path == "/small.png":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if path == "/hand.png":
            self.wfile.write(encoded(draw(3)))
        if path == "/small.png":
            self.wfile.write(gzip.compress(bytes(100_000_000)))  # 100 kB
        while path == "/drip.png":
            try:
                self.wfile.write(b".")
                time.sleep(0.1)
            except OSError:
                break
        while path == "/endless.png":
            try:
                self.wfile.write(bytes(1_000_000))
            except OSError:  # the reader has gone
                break
            Pages.sent += 1_000_000

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def client(embedded: Recognizer) -> Iterator[Client]:
    demo = build(embedded)
    _, url, _ = app_launched(demo)
    try:
        yield Client(url, verbose=False)
    finally:
        demo.close()


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treats this machine's IP address as public, because downloads from it would be refused."""
    asked = url_fetching.public_address

    async def anyone(host: str) -> str:
        return "127.0.0.1" if host in ("127.0.0.1", "photos.example") else await asked(host)

    monkeypatch.setattr(url_fetching, "public_address", anyone)


@pytest.mark.usefixtures("trusted")
def test_a_picture_by_its_address(
    client: Client, site: str, embedded: Recognizer, tmp_path: Path
) -> None:
    draw(3).save(tmp_path / "hand.png")
    answer = client.predict(handle_file(f"{site}/hand.png"), 3, api_name="/predict")
    expected = dict(embedded(tmp_path / "hand.png").top(3))
    assert probabilities(answer) == pytest.approx(expected, abs=1e-3)
    with pytest.raises(AppError, match="could not be fetched: the site returned status 404"):
        client.predict(given(f"{site}/none.png"), 3, api_name="/predict")


@pytest.mark.usefixtures("trusted")
def test_requests_share_no_file(site: str, tmp_path: Path) -> None:
    """A shared file could be read while it is written, and a site may answer each differently."""
    with ThreadPoolExecutor(1) as thread:  # Playwright's loop may run in this one
        first, second = (
            thread.submit(
                lambda: asyncio.run(url_fetching.fetch(f"{site}/hand.png", str(tmp_path)))
            ).result()
            for _ in range(2)
        )
    assert first != second
    assert Path(first).read_bytes() == Path(second).read_bytes() == encoded(draw(3))


@pytest.mark.usefixtures("trusted")
def test_a_site_may_send_on_but_not_into_a_private_network(client: Client, site: str) -> None:
    there = client.predict(given(f"{site}/hand.png"), 3, api_name="/predict")
    assert client.predict(given(f"{site}/moved.png"), 3, api_name="/predict") == there
    with pytest.raises(AppError, match="the site redirects more than 5 times"):
        client.predict(given(f"{site}/round.png"), 3, api_name="/predict")
    with pytest.raises(AppError, match="'localhost' is not a public address"):
        client.predict(given(f"{site}/moved.png?private"), 3, api_name="/predict")


@pytest.mark.usefixtures("trusted")
def test_a_site_may_send_on_within_itself(client: Client, site: str) -> None:
    """A relative redirect keeps the site's name, because a server may have several sites."""
    there = client.predict(given(f"{site}/hand.png"), 3, api_name="/predict")
    named = site.replace("127.0.0.1", "photos.example")
    Pages.asked.clear()
    assert client.predict(given(f"{named}/moved.png?near"), 3, api_name="/predict") == there
    assert Pages.asked == ["photos.example/moved.png?near", "photos.example/hand.png"]


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("endpoint", ["/predict", "/predict_many"])
def test_what_is_too_large_is_not_fetched_whole(client: Client, site: str, endpoint: str) -> None:
    Pages.sent = 0
    picture: Any = given(f"{site}/endless.png")
    with pytest.raises(AppError, match="it is larger than 20 MB"):
        client.predict([picture] if "many" in endpoint else picture, 3, api_name=endpoint)
    assert Pages.sent < 40_000_000  # some of it is still in buffers


@pytest.mark.usefixtures("trusted")
def test_what_is_compressed_is_not_unpacked(client: Client, site: str) -> None:
    with pytest.raises(AppError, match="could not be fetched: the site sent compressed data"):
        client.predict(given(f"{site}/small.png"), 3, api_name="/predict")


@pytest.mark.usefixtures("trusted")
def test_sites_that_drip_hold_nothing_up(
    client: Client, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All pictures of a request share one time limit; else 100 pictures could take 100 times it."""
    monkeypatch.setattr(url_fetching, "FETCH_TIMEOUT_SECONDS", 1.0)
    pictures: Any = [given(f"{site}/drip.png?{number}") for number in range(20)]
    started = time.monotonic()
    with pytest.raises(AppError, match="could not be fetched: it took longer than 1 seconds"):
        client.predict(pictures, 3, api_name="/predict_many")
    assert time.monotonic() - started < 10
    with pytest.raises(AppError, match="could not be fetched: it took longer"):  # a new limit
        client.predict(pictures[0], 3, api_name="/predict")


def public_address(host: str) -> str:
    """Runs in its own thread, because Playwright, in other tests, leaves a loop in this one."""
    with ThreadPoolExecutor() as threads:
        return threads.submit(lambda: asyncio.run(url_fetching.public_address(host))).result()


PRIVATE = ["127.0.0.1", "10.0.0.1", "100.64.0.1", "169.254.169.254", "::1", "224.0.0.1"]


@pytest.mark.parametrize("host", [*PRIVATE, "::ffff:127.0.0.1"])
def test_private_numbers_are_no_public_addresses(host: str) -> None:
    with pytest.raises(ValueError, match="is not a public address"):
        public_address(host)


def test_nobody_looks_into_private_networks(client: Client, site: str) -> None:
    with pytest.raises(AppError, match=r"could not be fetched: .* is not a public address"):
        client.predict(given(f"{site}/hand.png"), 3, api_name="/predict")
    assert public_address("8.8.8.8") == "8.8.8.8"


def given(address: str) -> dict[str, Any]:
    """Returns what `handle_file` returns, but without its request to the URL."""
    return {"path": address, "meta": {"_type": "gradio.FileData"}, "orig_name": "hand.png"}


def frame(data: bytes) -> Any:
    with gr.Blocks():
        image = shared_camera.camera()
    url = "data:image/png;base64," + base64.b64encode(data).decode()
    return image.preprocess(ImageData(url=url))


def test_a_frame_is_read_by_the_same_rules_as_a_file() -> None:
    seen = frame(encoded(draw(3)))
    assert np.array_equal(seen, np.asarray(draw(3)))
    assert frame(encoded(Image.new("1", (4000, 4000)))) is None  # 16 million pixels, 2 kB
    assert frame(encoded(draw(3), "EPS")) is None  # EPS would start Ghostscript
    assert frame(b"no picture") is None
