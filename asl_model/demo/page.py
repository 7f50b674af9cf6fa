"""Builds the page for one loaded model: the tabs and the API."""

import gradio as gr

from asl_model.demo import api, texts
from asl_model.demo.gradio_guards.input_errors import Page
from asl_model.demo.tabs import about, live, photo, practice
from asl_model.recognizer import Recognizer

MAX_WAITING = 64
"""Requests of all visitors that may wait in the queue; one more is refused at once (HTTP 503). At
29 pictures a second (`tests/benchmarks/load.py`) the last of 64 waits about two seconds."""

CONCURRENT_REQUESTS = 2
"""Requests of one kind that run at the same time: one is decoded while another is computed."""


def build(recognizer: Recognizer) -> gr.Blocks:
    """Builds the page without launching it."""
    with Page(title=texts.TITLE) as demo:
        gr.Markdown(f"# {texts.TITLE}\n{texts.INTRO}")
        with gr.Tab(texts.PHOTO_TAB):
            photo.tab(recognizer)
        with gr.Tab(texts.LIVE_TAB):
            live.tab(recognizer)
        with gr.Tab(texts.PRACTICE_TAB):
            practice.tab(recognizer)
        with gr.Tab(texts.ABOUT_TAB):
            about.tab(recognizer.bundle)
        api.endpoints(recognizer)
    # Gradio would let anyone skip the queue by posting to /run (api_open).
    return demo.queue(
        api_open=False, max_size=MAX_WAITING, default_concurrency_limit=CONCURRENT_REQUESTS
    )
