"""Calls a running demo over HTTP, as curl or the page does."""

import base64
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

from tests.helpers.pictures import draw, encoded


class Caller:
    """Calls the API as curl would: upload a picture, ask, fetch the answer."""

    def __init__(self, address: str) -> None:
        self.base = f"{address}/gradio_api"

    def upload(self, content: bytes, name: str = "hand.png") -> str:
        """Uploads a picture and returns its path on the server."""
        mark = "a-line-that-is-in-no-picture"
        head = f'Content-Disposition: form-data; name="files"; filename="{name}"'
        body = (
            f"--{mark}\r\n{head}\r\n\r\n".encode("latin-1")
            + content
            + f"\r\n--{mark}--\r\n".encode()
        )
        kind = {"Content-Type": f"multipart/form-data; boundary={mark}"}
        (path,) = json.loads(self._post("upload", body, kind))
        return str(path)

    def ask(self, path: str, top_k: int = 29, endpoint: str = "predict") -> tuple[str, Any]:
        """Asks about an upload; returns the event ('complete' or 'error') and its data."""
        data = [{"path": path, "meta": {"_type": "gradio.FileData"}}, top_k]
        kind = {"Content-Type": "application/json"}
        asked = json.loads(
            self._post(f"call/{endpoint}", json.dumps({"data": data}).encode(), kind)
        )
        address = f"{self.base}/call/{endpoint}/{asked['event_id']}"
        with urllib.request.urlopen(address, timeout=60) as answer:
            event, said = answer.read().decode().strip().splitlines()[-2:]
        return event.removeprefix("event: "), json.loads(said.removeprefix("data: "))

    def _post(self, place: str, body: bytes, headers: dict[str, str]) -> bytes:
        request = urllib.request.Request(f"{self.base}/{place}", body, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            content: bytes = answer.read()
        return content


def ask_the_queue(address: str, body: dict[str, Any]) -> str:
    """Makes one call as the page does, and returns all that the server sends about it."""
    headers = {"Content-Type": "application/json"}
    join = urllib.request.Request(
        f"{address}/gradio_api/queue/join", json.dumps(body).encode(), headers
    )
    urllib.request.urlopen(join, timeout=20).close()
    url = f"{address}/gradio_api/queue/data?session_hash={body['session_hash']}"
    with urllib.request.urlopen(url, timeout=60) as events:
        return str(events.read(), "utf-8").replace('": ', '":')


FRAME = {"url": "data:image/png;base64," + base64.b64encode(encoded(draw(3))).decode()}


class Camera:
    """The camera of a visitor's page: asks for a place in the queue, then sends frames."""

    def __init__(self, address: str, live: int, name: str) -> None:
        self.base, self.session = f"{address.rstrip('/')}/gradio_api", name
        self.body = {"data": [FRAME, None], "fn_index": live, "session_hash": name}
        self.event = self._post("queue/join")["event_id"]

    def send(self) -> bool:
        """Sends one more frame; returns False if the camera's turn is over."""
        try:
            return bool(self._post(f"stream/{self.event}"))
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return False
            raise

    def messages(self) -> Iterator[str]:
        """Yields the server's messages until the turn is over; fails after half a minute."""
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
