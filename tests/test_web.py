"""What does not come as an upload: a picture by its address, and frames of a camera."""

import base64
import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from gradio.data_classes import ImageData
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

import app
from asl_model import Recognizer
from asl_model.page import camera, web
from tests.conftest import draw
from tests.test_app import probabilities


def encoded(image: Image.Image, name: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, name)
    return file.getvalue()


class Pages(BaseHTTPRequestHandler):
    """A site with a picture, and with one that never ends."""

    sent = 0

    def do_GET(self) -> None:
        self.send_response(200 if self.path in ("/hand.png", "/endless.png") else 404)
        self.end_headers()
        if self.path == "/hand.png":
            self.wfile.write(encoded(draw(3)))
        while self.path == "/endless.png":
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


@pytest.fixture
def client(embedded: Recognizer) -> Iterator[Client]:
    demo = app.build(embedded)
    original = demo.launch
    demo.launch = lambda **options: urls.append(original(**options)[1])  # type: ignore
    urls: list[str] = []
    app.launch(demo, prevent_thread_lock=True, quiet=True)
    try:
        yield Client(urls[0], verbose=False)
    finally:
        demo.close()


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes this machine for a public one, or nothing could be fetched here."""

    async def anyone(_: str) -> str:
        return "127.0.0.1"

    monkeypatch.setattr(web, "async_validate_url", anyone)


@pytest.mark.usefixtures("trusted")
def test_a_picture_by_its_address(
    client: Client, site: str, embedded: Recognizer, tmp_path: Path
) -> None:
    draw(3).save(tmp_path / "hand.png")
    answer = client.predict(handle_file(f"{site}/hand.png"), 3, api_name="/predict")
    expected = dict(embedded(tmp_path / "hand.png").top(3))
    assert probabilities(answer) == pytest.approx(expected, abs=1e-3)
    with pytest.raises(AppError, match="could not be fetched: the site answers 404"):
        client.predict(given(f"{site}/none.png"), 3, api_name="/predict")


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("endpoint", ["/predict", "/predict_many"])
def test_what_is_too_large_is_not_fetched_whole(client: Client, site: str, endpoint: str) -> None:
    Pages.sent = 0
    picture: Any = given(f"{site}/endless.png")
    with pytest.raises(AppError, match="it has more than 20 MB"):
        client.predict([picture] if "many" in endpoint else picture, 3, api_name=endpoint)
    assert Pages.sent < 40_000_000  # some of it waits between the two


def test_nobody_looks_into_private_networks(client: Client, site: str) -> None:
    with pytest.raises(AppError, match="could not be fetched"):
        client.predict(given(f"{site}/hand.png"), 3, api_name="/predict")


def given(address: str) -> dict[str, Any]:
    """As `handle_file` has it, which asks for the address itself first."""
    return {"path": address, "meta": {"_type": "gradio.FileData"}, "orig_name": "hand.png"}


def frame(data: bytes) -> Any:
    with gr.Blocks():
        image = camera.camera()
    url = "data:image/png;base64," + base64.b64encode(data).decode()
    return image.preprocess(ImageData(url=url))


def test_a_frame_is_read_by_the_same_rules_as_a_file() -> None:
    seen = frame(encoded(draw(3)))
    assert np.array_equal(seen, np.asarray(draw(3)))
    assert frame(encoded(Image.new("1", (4000, 4000)))) is None  # 16 million pixels, 2 kB
    assert frame(encoded(draw(3), "EPS")) is None  # which would start Ghostscript
    assert frame(b"no picture") is None
