"""Pictures that a request names by their address on the web, instead of sending them.

The examples of Gradio's own page about the API do so, and so do MCP clients. Gradio fetches them
from public addresses only, but whole into memory, however large they are (6.31).
httpx and safehttpx, which knows public addresses from private ones, come with Gradio.
"""

from pathlib import Path
from urllib.parse import urlparse

import gradio as gr
import httpx
from gradio import processing_utils
from gradio_client.utils import strip_invalid_filename_characters
from safehttpx import AsyncSecureTransport, async_validate_url

from asl_model.page import texts

LARGEST = 20 * 1024 * 1024
"""Bytes of a picture that is taken, sent or fetched."""

PATIENCE = 10.0
"""Seconds without a byte until it is given up."""


def bound_downloads() -> None:
    """Makes Gradio fetch by `fetch`, for all of its components."""
    processing_utils.async_ssrf_protected_download = fetch


async def fetch(url: str, cache_dir: str) -> str:
    """Fetches a file into a folder of its own and returns its path.

    Raises:
        gr.Error: it is too large, not to be had, or not at a public address.
    """
    folder = Path(cache_dir) / processing_utils.hash_url(url)
    name = strip_invalid_filename_characters(Path(urlparse(url).path).name) or "file"
    try:
        content = await _content(url)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise gr.Error(texts.NOT_FETCHED.format(error), print_exception=False) from None
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return str(folder / name)


async def _content(url: str) -> bytes:
    """Raises ValueError for an address in a private network: a stranger is not to look there."""
    transport = AsyncSecureTransport(await async_validate_url(httpx.URL(url).host))
    async with (
        httpx.AsyncClient(transport=transport, timeout=PATIENCE) as client,
        client.stream("GET", url) as answer,
    ):
        if answer.status_code != 200:
            raise ValueError(f"the site answers {answer.status_code}")
        content = b""
        async for chunk in answer.aiter_bytes():
            content += chunk
            if len(content) > LARGEST:
                raise ValueError(f"it has more than {LARGEST // 1024**2} MB")
        return content
