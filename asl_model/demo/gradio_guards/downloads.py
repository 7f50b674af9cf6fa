"""Pictures that a request names by their address on the web, instead of sending them.

The examples of Gradio's own page about the API do so, and so do MCP clients. Gradio fetches them
from public addresses only, but whole into memory, however large they are, and waits for as long as
a byte comes now and then (6.31). httpx and safehttpx, which connects to an address that was looked
up before, come with Gradio.
"""

import asyncio
import ipaddress
import socket
import tempfile
import time
from contextvars import ContextVar
from pathlib import Path
from urllib.parse import urlparse

import gradio as gr
import httpx
from gradio import processing_utils
from gradio_client.utils import strip_invalid_filename_characters
from safehttpx import AsyncSecureTransport

from asl_model.demo import texts

MAX_UPLOAD_BYTES = 20 * 1024 * 1024
"""Bytes of a picture that is taken, sent or fetched."""

FETCH_TIMEOUT_SECONDS = 15.0
"""Seconds until fetching is given up: for all the pictures of one request together, or a list of
addresses could hold a place in the queue for hours."""

MAX_REDIRECTS = 5
"""How often a site may send on to another address: one for https, one to where its files are."""

_end: ContextVar[float] = ContextVar("end")
"""When the patience with the request in hand ends. Gradio handles each in a task of its own."""


def limit_downloads() -> None:
    """Makes Gradio fetch by `fetch`, for all of its components."""
    processing_utils.async_ssrf_protected_download = fetch


async def fetch(url: str, cache_dir: str) -> str:
    """Fetches a file into a folder of its own, which no other request shares; returns its path.

    Raises:
        gr.Error: it is too large, not to be had, takes too long, or is at no public address.
    """
    name = strip_invalid_filename_characters(Path(urlparse(url).path).name).strip(".") or "file"
    if _end.get(None) is None:
        _end.set(time.monotonic() + FETCH_TIMEOUT_SECONDS)
    try:
        async with asyncio.timeout(_end.get() - time.monotonic()):
            content = await _followed(url)
    except TimeoutError:
        reason = f"it took longer than {FETCH_TIMEOUT_SECONDS:.0f} seconds"
        raise gr.Error(texts.NOT_FETCHED.format(reason), print_exception=False) from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        raise gr.Error(texts.NOT_FETCHED.format(error), print_exception=False) from None
    Path(cache_dir).mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=cache_dir))
    (folder / name).write_bytes(content)
    return str(folder / name)


async def public_address(host: str) -> str:
    """The number of a host in the public network: a stranger is not to look into a private one.

    Raises:
        ValueError: it has none.
        OSError: its name is not known.
    """
    for *_, address in await asyncio.get_running_loop().getaddrinfo(
        host, None, type=socket.SOCK_STREAM
    ):
        number = ipaddress.ip_address(address[0])
        if number.is_global and not number.is_multicast:
            return str(number)
    raise ValueError(f"'{host}' is not in the public network")


async def _followed(url: str) -> bytes:
    """What is there, or where the site sends on to; each address is looked up and checked anew."""
    for _ in range(MAX_REDIRECTS + 1):
        found = await _content(url)
        if isinstance(found, bytes):
            return found
        url = found
    raise ValueError(f"the site sends on to another address more than {MAX_REDIRECTS} times")


async def _content(url: str) -> bytes | str:
    """The bytes, or the address to go on to.

    Uncompressed only: 200 MB of zeros are 300 bytes, which httpx would unpack at once.
    """
    transport = AsyncSecureTransport(await public_address(httpx.URL(url).host))
    plain = {"Accept-Encoding": "identity"}
    async with (
        httpx.AsyncClient(
            transport=transport, timeout=FETCH_TIMEOUT_SECONDS, headers=plain
        ) as client,
        client.stream("GET", url) as answer,
    ):
        if answer.has_redirect_location:
            # Not `next_request`: safehttpx puts the number in the name's place, and a relative
            # address would be asked of that.
            return str(httpx.URL(url).join(answer.headers["Location"]))
        if answer.status_code != 200:
            raise ValueError(f"the site answers {answer.status_code}")
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise ValueError("the site sends it compressed")
        content = bytearray()
        async for chunk in answer.aiter_raw():
            content += chunk
            if len(content) > MAX_UPLOAD_BYTES:
                raise ValueError(f"it has more than {MAX_UPLOAD_BYTES // 1024**2} MB")
        return bytes(content)
