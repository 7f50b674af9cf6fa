"""Serves the page and limits what visitors can send and what is kept of them."""

import importlib.util
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from asl_model.demo import theme
from asl_model.demo.gradio_guards import private_names, uploads, url_fetching
from asl_model.demo.gradio_guards.request_limits import RequestLimits
from asl_model.demo.gradio_guards.session_memory import ClearRecords

VISITORS = 200
"""Visitors whose text is kept in memory, 80 kB each; later visitors replace earlier ones."""


def launch(demo: gr.Blocks, folder: Path, **options: Any) -> None:
    """Serves the page until the program ends, on localhost or on the address in GRADIO_SERVER_NAME.

    Args:
        demo: the page from `asl_model.demo.page.build`.
        folder: where Gradio keeps uploads; old uploads are deleted.
        options: further options of Gradio's `launch`, for tests.
    """
    private_names.check()
    uploads.keep_swept(folder)
    url_fetching.limit_downloads()
    with_tools = importlib.util.find_spec("mcp") is not None  # `pip install "gradio[mcp]"`
    demo.launch(
        max_file_size=url_fetching.MAX_PICTURE_BYTES,
        run_history=False,
        enable_monitoring=False,  # its page shows everybody what is asked, and by how many
        state_session_capacity=VISITORS,
        footer_links=["api"],
        mcp_server=with_tools,
        app_kwargs={"middleware": [Middleware(RequestLimits), Middleware(ClearRecords, demo)]},
        theme=theme.THEME,
        css=theme.CSS,
        **options,
    )
