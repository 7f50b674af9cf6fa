"""Limits the download of pictures that a request gives by URL.

The examples on Gradio's own API page give URLs, and so do MCP clients. Gradio (6.31) downloads from
public addresses only. But it reads a whole file into memory, however large, and waits for as long
as a byte arrives now and then. httpx and safehttpx come with Gradio; safehttpx connects to an IP
address that was looked up before.
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

MAX_PICTURE_BYTES = 20 * 1024 * 1024
"""Largest picture that is accepted, uploaded or downloaded, in bytes."""

FETCH_TIMEOUT_SECONDS = 15.0
"""Time limit for all downloads of one request together, in seconds. With a limit for each, a list
of URLs could hold a place in the queue for hours."""

MAX_REDIRECTS = 5
"""Maximum number of redirects per URL. Sites need one to https and one to where their files are."""

_end: ContextVar[float] = ContextVar("end")
"""When the time for this request's downloads ends. Gradio runs each request in its own task."""


def limit_downloads() -> None:
    """Makes all components of Gradio download files with `fetch`."""
    processing_utils.async_ssrf_protected_download = fetch


async def fetch(url: str, cache_dir: str) -> str:
    """Downloads a file into a new folder, which no other request shares, and returns its path.

    Raises:
        gr.Error: the file is too large, cannot be downloaded, takes too long, or is not at a public
            address.
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
    """Returns a public IP address of a host, so that nobody can reach into a private network.

    Raises:
        ValueError: the host has no public address.
        OSError: the host name is unknown.
    """
    for *_, address in await asyncio.get_running_loop().getaddrinfo(
        host, None, type=socket.SOCK_STREAM
    ):
        number = ipaddress.ip_address(address[0])
        if number.is_global and not number.is_multicast:
            return str(number)
    raise ValueError(f"'{host}' is not a public address")


async def _followed(url: str) -> bytes:
    """Downloads a URL and follows its redirects; each new address is looked up and checked."""
    for _ in range(MAX_REDIRECTS + 1):
        found = await _content(url)
        if isinstance(found, bytes):
            return found
        url = found
    raise ValueError(f"the site redirects more than {MAX_REDIRECTS} times")


async def _content(url: str) -> bytes | str:
    """Returns the content of a URL, or the URL that it redirects to.

    Compressed content is refused: 300 bytes can hold 200 MB of zeros, which httpx would unpack at
    once.
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
            # Not `next_request`: safehttpx replaces the host name by its IP address, and a relative
            # redirect would be requested from that IP address.
            return str(httpx.URL(url).join(answer.headers["Location"]))
        if answer.status_code != 200:
            raise ValueError(f"the site returned status {answer.status_code}")
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise ValueError("the site sent compressed data")
        content = bytearray()
        async for chunk in answer.aiter_raw():
            content += chunk
            if len(content) > MAX_PICTURE_BYTES:
                raise ValueError(f"it is larger than {MAX_PICTURE_BYTES // 1024**2} MB")
        return bytes(content)
