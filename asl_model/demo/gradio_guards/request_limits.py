"""Limits the size of requests: Gradio (6.31) limits only the files of an upload."""

import re
from contextlib import suppress

from gradio.route_utils import API_PREFIX
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MB = 1024 * 1024

MAX_UPLOAD_REQUEST_BYTES = 200 * MB
"""Largest request that uploads files; each file has at most `url_fetching.MAX_PICTURE_BYTES`."""

MAX_MCP_REQUEST_BYTES = 28 * MB
"""Largest request to the MCP server, whose clients may send a picture as text."""

MAX_REQUEST_BYTES = 4 * MB
"""Largest request of any other kind; the largest ones hold a camera frame."""

BLOCKED_PATHS = re.compile(
    r"/(process_recording|component_server|deep_link)/?$|/file[=/]\s*http", re.IGNORECASE
)
"""Gradio's own endpoints that this demo does not need. The first leaves files behind, the second
reads the whole request into memory, the third keeps a visitor's values on disk, and the last
downloads any URL that a request names."""


class TooLargeError(Exception):
    """The request is larger than allowed."""


class RequestLimits:
    """ASGI middleware that refuses too large requests (HTTP 413) before anything reads them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, but no more of its body than allowed."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if BLOCKED_PATHS.search(path):
            await _respond(send, 404, b"Not Found")
            return
        headers = dict(scope["headers"])
        most = _most(path)
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > most:
            await _respond(send, 413, _too_large(most))
            return
        came, started = 0, False

        async def bounded() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > most:
                raise TooLargeError
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            if came <= most or started:  # otherwise the app answers a body that was cut off
                started = True
                await send(message)

        with suppress(TooLargeError):
            await self.app(scope, bounded, noted)
        if came > most and not started:
            await _respond(send, 413, _too_large(most))


def _most(path: str) -> int:
    """Returns the limit for a path, in bytes; headers do not count, because they can lie.

    A proxy may have put a prefix before the path.
    """
    place = path.partition(API_PREFIX)[2]
    if place.rstrip("/") == "/upload":
        return MAX_UPLOAD_REQUEST_BYTES
    return MAX_MCP_REQUEST_BYTES if place.startswith("/mcp") else MAX_REQUEST_BYTES


def _too_large(most: int) -> bytes:
    return f"The request is too large: the limit is {most // MB} MB.".encode()


async def _respond(send: Send, status: int, words: bytes) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(words)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words})
