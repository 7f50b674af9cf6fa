"""A webcam that is read frame by frame, for the tabs that watch a hand."""

import base64
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import gradio as gr
import numpy as np
from gradio.data_classes import ImageData

from asl_model.demo import texts
from asl_model.demo.game.spelling import Spelling, edit, read
from asl_model.images import open_image
from asl_model.recognizer import Recognizer

EVERY = 0.1
"""Seconds between two frames that the browser sends. Of those that come while another is read, the
server keeps only the newest, so that a slow machine never falls behind; a network slower than some
200 kB a second does."""

WIDEST = 480
"""Pixels asked of the camera: the network sees fewer, and small frames travel fast."""

LARGEST = 10_000_000
"""Pixels of a frame that is read: more than cameras have that do not follow the wish."""

AT_ONCE = 16
"""Cameras that are watched at the same time; who comes then waits for a place. Each holds one of
the 40 places that Gradio has for all requests, for its turn."""

TURN = 30
"""Seconds after which a camera gives its place to one that waits, and waits itself. If none does,
it goes on with no gap to be seen: the page asks for a place again by itself (Gradio 6.31)."""

RATE_OVER = 1.0
"""Seconds over which the frame rate is averaged."""


class Session:
    """What one visitor has shown and written so far.

    One object for frames and buttons, changed in place under a lock: a button that is pressed
    while a frame is being read is not undone by that frame. (Not a dataclass: Gradio would write
    its fields into the page.)

    Attributes:
        spelling: the state after the last frame or button.
        frames: when the frames of the last second were answered.
    """

    def __init__(self) -> None:
        self.spelling = Spelling()
        self.frames: list[float] = []
        self._lock = threading.RLock()

    def __deepcopy__(self, _: object) -> "Session":
        return Session()  # Gradio copies it for each visitor; a lock cannot be copied

    def watch(self, recognizer: Recognizer, frame: np.ndarray | None) -> None:
        """Reads one frame."""
        if frame is None:  # the camera was stopped
            return
        reading = recognizer(frame)
        probabilities = dict(reading.top(len(reading.label_names)))
        now = time.monotonic()
        with self._lock:
            self.spelling = read(self.spelling, probabilities, reading.threshold, now)
            self.frames = [then for then in self.frames if now - then < RATE_OVER] + [now]

    def press(self, sign: str) -> None:
        """Takes 'space', 'del' or 'clear' from a button."""
        with self._lock:
            text = "" if sign == "clear" else edit(self.spelling.text, sign)
            self.spelling = replace(self.spelling, text=text)

    def forget(self) -> None:
        """Begins anew, for the next letter."""
        with self._lock:
            self.spelling = Spelling()


def camera() -> gr.Image:
    """The component; it shows the visitor their mirror image."""
    image = gr.Image(
        label=texts.CAMERA,
        sources=["webcam"],
        streaming=True,
        type="numpy",
        alt_text=texts.CAMERA,
        webcam_options=gr.WebcamOptions(
            mirror=True, constraints={"video": {"width": {"ideal": WIDEST}}}
        ),
    )

    def frame_of(payload: ImageData | None) -> np.ndarray | None:
        """Frames come as data; a path would name any file of this machine, see `as_given`.

        Gradio's own way would open formats and sizes that `open_image` refuses. What is none is
        passed over; the next one comes soon.
        """
        if payload is None or payload.path or not (payload.url or "").startswith("data:"):
            return None
        try:
            data = base64.b64decode(str(payload.url).partition(",")[2])
            return np.asarray(open_image(data, LARGEST))
        except ValueError:  # an ImageError, too
            return None

    image.preprocess = frame_of  # type: ignore[method-assign]
    return image


def on_each_frame(
    source: gr.Image, look: Callable, inputs: list[gr.components.Component], outputs: list
) -> None:
    """Calls `look` with the frame and the inputs, as often as it can answer."""
    source.stream(
        look,
        [source, *inputs],
        outputs,
        stream_every=EVERY,
        show_progress="hidden",
        api_visibility="private",
        concurrency_limit=AT_ONCE,
        concurrency_id="camera",  # of both tabs together
        time_limit=TURN,
    )
