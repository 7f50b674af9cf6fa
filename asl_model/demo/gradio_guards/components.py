"""Gradio's components (6.31), with visitors' input checked by this project instead of Gradio."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData
from gradio.utils import get_upload_folder
from PIL import Image

from asl_model.demo import texts
from asl_model.demo.gradio_guards.fast_import import importing
from asl_model.images import open_image

MAX_FRAME_PIXELS = 10_000_000
"""Pixels of a camera's frame. Cameras send fewer, also those that ignore the requested width."""

with importing():  # or Gradio would write a .pyi file beside this one

    class UploadedImage(gr.Image):
        """An image whose function receives the path of the uploaded file, not opened.

        gr.Image opens the file itself, and fails on a damaged one without a word to the visitor.
        asl_model says what is wrong with it.

        Only files among the uploads are accepted, and those in `also`. Gradio checks this only if
        the request marks the path as a file (`meta`); without the mark, a request could name any
        file of this machine.
        """

        def __init__(self, *args: Any, also: Sequence[Path] = (), **options: Any) -> None:
            super().__init__(*args, type="filepath", **options)
            self.also = [file.resolve() for file in also]

        def get_block_name(self) -> str:
            """The page shows it as a plain image."""
            return "image"

        def preprocess(self, payload: ImageData | None) -> str | None:
            """The path of the uploaded file; None if there is none."""
            if payload is None or payload.path is None:
                return None
            path = Path(payload.path).resolve()
            uploads = Path(get_upload_folder()).resolve()
            if not path.is_relative_to(uploads) and path not in self.also:
                raise gr.Error(texts.NOT_UPLOADED, print_exception=False)
            if not path.is_file():
                raise gr.Error(texts.SWEPT, print_exception=False)
            return str(path)

    class CameraImage(gr.Image):
        """A webcam whose function receives each frame as an RGB picture, or None.

        Gradio would open formats and sizes that `open_image` refuses. A frame that cannot be read
        is skipped, because the next one follows soon.
        """

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, type="pil", sources=["webcam"], streaming=True, **options)

        def get_block_name(self) -> str:
            """The page shows it as a plain image."""
            return "image"

        def preprocess(self, payload: ImageData | None) -> Image.Image | None:
            """The frame. Frames come as data; a path could name any file."""
            if payload is None or payload.path or not (payload.url or "").startswith("data:"):
                return None
            try:
                data = base64.b64decode(str(payload.url).partition(",")[2])
                return open_image(data, MAX_FRAME_PIXELS)
            except ValueError:  # an ImageError, too
                return None

    class WholeNumber(gr.Slider):
        """A slider whose function receives a whole number within its bounds.

        What is typed into the slider's box is sent before it is a complete number.
        """

        def get_block_name(self) -> str:
            """The page shows it as a plain slider."""
            return "slider"

        def preprocess(self, payload: float | None) -> int:
            """The nearest possible number."""
            return int(min(max(int(payload or self.minimum), self.minimum), self.maximum))
