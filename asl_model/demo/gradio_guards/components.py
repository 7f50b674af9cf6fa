"""Gradio's components (6.31), with visitors' input checked by this project instead of Gradio."""

import base64
from collections.abc import Sequence
from pathlib import Path

import gradio as gr
from gradio.data_classes import ImageData
from gradio.utils import get_upload_folder
from PIL import Image

from asl_model.demo import texts
from asl_model.demo.gradio_guards.fast_import import importing
from asl_model.images import open_image

MAX_FRAME_PIXELS = 10_000_000
"""Maximum pixels of a camera frame. Cameras send fewer, even if they ignore the requested width."""

with importing():  # otherwise Gradio would write a .pyi file next to this one

    class UploadedImage(gr.Image):
        """An image whose function receives the path of the uploaded file, not opened.

        gr.Image opens the file itself and fails on a damaged one without a message to the visitor.
        asl_model reports what is wrong with the file.

        Only uploaded files and the files in `also` are accepted. Gradio checks this only if the
        request marks the path as a file (`meta`); without the mark, a request could name any file
        of this machine.
        """

        also: Sequence[Path] = ()
        """Other files that are accepted. Not an argument of `__init__`: Gradio sends the page only
        the arguments of the class's own `__init__`, and this class has to keep gr.Image's."""

        def get_block_name(self) -> str:
            """Returns the name of gr.Image, so that the page shows a plain image."""
            return "image"

        def preprocess(self, payload: ImageData | None) -> str | None:
            """Returns the path of the uploaded file, or None if there is none."""
            if payload is None or payload.path is None:
                return None
            path = Path(payload.path).resolve()
            uploads = Path(get_upload_folder()).resolve()
            if not path.is_relative_to(uploads) and path not in (
                file.resolve() for file in self.also
            ):
                raise gr.Error(texts.NOT_UPLOADED, print_exception=False)
            if not path.is_file():
                raise gr.Error(texts.SWEPT, print_exception=False)
            return str(path)

    class CameraImage(gr.Image):
        """A webcam whose function receives each frame as an RGB picture, or None.

        Gradio would open formats and sizes that `open_image` refuses. A frame that cannot be read
        is skipped, because the next one follows soon.
        """

        def get_block_name(self) -> str:
            """Returns the name of gr.Image, so that the page shows a plain image."""
            return "image"

        def preprocess(self, payload: ImageData | None) -> Image.Image | None:
            """Returns the frame. It must be sent as data, because a path could name any file."""
            if payload is None or payload.path or not (payload.url or "").startswith("data:"):
                return None
            try:
                data = base64.b64decode(str(payload.url).partition(",")[2])
                return open_image(data, MAX_FRAME_PIXELS)
            except ValueError:  # includes ImageError
                return None

    class WholeNumber(gr.Slider):
        """A slider whose function receives a whole number within its bounds.

        The browser sends what is typed into the slider's box before the number is complete.
        """

        def get_block_name(self) -> str:
            """Returns the name of gr.Slider, so that the page shows a plain slider."""
            return "slider"

        def preprocess(self, payload: float | None) -> int:
            """Returns the number without decimals, moved into the slider's bounds."""
            return int(min(max(int(payload or self.minimum), self.minimum), self.maximum))
