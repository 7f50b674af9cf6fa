"""Runs the demo in the process of the test, so that the test can inspect it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder
from PIL import Image

from asl_model import Prediction, Recognizer
from asl_model.bundle import read_bundle
from asl_model.demo.page import build
from asl_model.demo.server import launch
from asl_model.hand import Hand


class Slow(Recognizer):
    """Calls a function of the test before each answer, to wait or to fail."""

    def __init__(self, before: Callable[[], object]) -> None:
        super().__init__(read_bundle())
        self.before = before

    def read(self, picture: Image.Image, last: Hand | None = None) -> Prediction:
        self.before()
        return super().read(picture, last)


@contextmanager
def serving(recognizer: Recognizer) -> Iterator[str]:
    demo = build(recognizer)
    _, url, _ = app_launched(demo)
    try:
        yield url.rstrip("/")
    finally:
        demo.close()


def app_launched(demo: gr.Blocks, **options: Any) -> tuple[Any, str, str]:
    """Launches a demo; returns the server, its URL and its share URL, as Gradio's launch does."""
    launched: dict[str, tuple[Any, str, str]] = {}
    original = demo.launch
    demo.launch = lambda **given: launched.setdefault("it", original(**given))  # type: ignore
    launch(demo, Path(get_upload_folder()), prevent_thread_lock=True, quiet=True, **options)
    return launched["it"]
