"""The API as MCP tools, called by the Model Context Protocol's own client."""

import ast
import asyncio
import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import TextContent

from asl_model import Recognizer
from tests.helpers.demo import files_in, running
from tests.helpers.pictures import draw


async def ask(address: str, picture: str) -> tuple[dict[str, str | None], list[Any]]:
    """Returns the tools with their descriptions, and the answers of `predict` and `model`."""
    async with (
        streamable_http_client(f"{address}/gradio_api/mcp/") as (receive, send, _),
        ClientSession(receive, send) as session,
    ):
        await session.initialize()
        tools = {tool.name: tool.description for tool in (await session.list_tools()).tools}
        answers = []
        for name, arguments in (
            ("predict", {"image": picture, "top_k": 2}),
            ("model", {}),
        ):
            result = await session.call_tool(name, arguments)
            assert not result.isError, result.content
            assert isinstance(result.content[0], TextContent)
            answers.append(ast.literal_eval(result.content[0].text))  # a Python literal
        return tools, answers


def in_a_thread(address: str, picture: str) -> tuple[dict[str, str | None], list[Any]]:
    """Runs `ask` in its own thread, because Playwright keeps a loop in the thread of the tests."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, ask(address, picture)).result()


@pytest.mark.slow
def test_the_tools_answer_as_the_package_does(embedded: Recognizer, tmp_path: Path) -> None:
    draw(3).save(tmp_path / "hand.png")
    expected = embedded(tmp_path / "hand.png").top(2)
    encoded = base64.b64encode((tmp_path / "hand.png").read_bytes()).decode()
    with running(tmp_path / "uploads") as url:
        tools, answers = in_a_thread(url, f"data:image/png;base64,{encoded}")
    assert files_in(tmp_path / "uploads") == []  # the pictures are not kept
    assert tools.keys() == {"predict", "model"}
    assert "Reads the letter" in (tools["predict"] or "")
    read, model = answers
    found = {row["label"]: row["confidence"] for row in read["confidences"]}
    assert found == pytest.approx(dict(expected), abs=1e-3)
    assert model["name"] == "embedded"
