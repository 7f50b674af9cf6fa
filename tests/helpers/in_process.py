"""The demo within the process of the test, so that the test can look into it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

import app
from asl_model import Prediction, Recognizer
from asl_model.bundle import read_bundle


class Slow(Recognizer):
    """Waits before it answers, or fails, as the test says."""

    def __init__(self, before: Callable[[], object]) -> None:
        super().__init__(read_bundle())
        self.before = before

    def __call__(self, image: Any) -> Prediction:
        self.before()
        return super().__call__(image)


@contextmanager
def serving(recognizer: Recognizer) -> Iterator[str]:
    demo = app.build(recognizer)
    _, url, _ = app_launched(demo)
    try:
        yield url.rstrip("/")
    finally:
        demo.close()


def app_launched(demo: gr.Blocks) -> tuple[Any, str, str]:
    launched: dict[str, tuple[Any, str, str]] = {}
    original = demo.launch
    demo.launch = lambda **options: launched.setdefault("it", original(**options))  # type: ignore
    app.launch(demo, prevent_thread_lock=True, quiet=True)
    return launched["it"]
