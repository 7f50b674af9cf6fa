"""Serves the page, with limits on what visitors can send and on what is remembered of them."""

import importlib.util
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from asl_model.demo import theme
from asl_model.demo.gradio_guards import downloads, private_names, uploads
from asl_model.demo.gradio_guards.memory import Forgetting
from asl_model.demo.gradio_guards.request_limits import RequestLimits

VISITORS = 200
"""Visitors whose text is kept in memory, 80 kB each; later ones replace them."""


def launch(demo: gr.Blocks, folder: Path, **options: Any) -> None:
    """Serves the page on localhost, or where GRADIO_SERVER_NAME says, until the program ends.

    Args:
        demo: as `asl_model.demo.page.build` makes it.
        folder: where Gradio keeps uploads; old ones are deleted.
        options: more of Gradio's options, for tests.
    """
    private_names.check()
    uploads.keep_swept(folder)
    downloads.limit_downloads()
    with_tools = importlib.util.find_spec("mcp") is not None  # `pip install "gradio[mcp]"`
    demo.launch(
        max_file_size=downloads.MAX_UPLOAD_BYTES,
        run_history=False,
        enable_monitoring=False,  # a page that shows everybody what is asked, and by how many
        state_session_capacity=VISITORS,
        footer_links=["api"],
        mcp_server=with_tools,
        app_kwargs={"middleware": [Middleware(RequestLimits), Middleware(Forgetting, demo)]},
        theme=theme.THEME,
        css=theme.CSS,
        **options,
    )
