"""The webcam of the Live and Practice tabs, which is read frame by frame."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import gradio as gr
from PIL import Image

from asl_model.demo import texts
from asl_model.demo.game.spelling import Spelling, edit, read
from asl_model.demo.gradio_guards.components import CameraImage
from asl_model.hand import Hand
from asl_model.recognizer import Recognizer

FRAME_INTERVAL_SECONDS = 0.1
"""Time between two frames that the browser sends. While one frame is read, the server keeps only
the newest of those that arrive, so a slow machine never falls behind. A connection slower than
about 200 kB a second does."""

FRAME_WIDTH_PIXELS = 480
"""Width requested from the camera: the model needs less, and small frames are sent faster."""

CONCURRENT_CAMERAS = 16
"""Cameras that are watched at the same time; others wait for a place. Each camera takes one of the
40 places that Gradio has for all requests."""

TURN_SECONDS = 30
"""Time after which a camera gives its place to a waiting one and waits itself. If none waits, it
goes on without a visible gap: the page asks for a place again by itself (Gradio 6.31)."""

FRAME_RATE_SECONDS = 1.0
"""Time over which the frame rate is averaged."""


class Session:
    """What one visitor has shown and written so far.

    Frames and buttons change one object in place, under a lock. So a frame that is being read does
    not undo a button that is pressed meanwhile. (Not a dataclass: Gradio would write its fields
    into the page.)

    Attributes:
        spelling: the state after the last frame or button.
        frames: times at which the frames of the last second were answered.
        hand: the hand in the last frame, which is looked for near its place in the next.
        size: width and height of the last frame, in pixels.
    """

    def __init__(self) -> None:
        self.spelling = Spelling()
        self.frames: list[float] = []
        self.hand: Hand | None = None
        self.size = (0, 0)
        self._lock = threading.RLock()

    def __deepcopy__(self, _: object) -> "Session":
        return Session()  # Gradio copies sessions for visitors; a lock cannot be copied

    def watch(self, recognizer: Recognizer, frame: Image.Image | None) -> None:
        """Reads one frame and updates the session."""
        if frame is None:  # the camera was stopped
            return
        reading = recognizer.read(frame, self.hand)
        probabilities = dict(reading.top(len(reading.label_names)))
        now = time.monotonic()
        with self._lock:
            self.hand, self.size = reading.hand, frame.size
            self.spelling = read(self.spelling, probabilities, reading.threshold, now)
            self.frames = [then for then in self.frames if now - then < FRAME_RATE_SECONDS] + [now]

    def press(self, sign: str) -> None:
        """Applies the button 'space', 'del' or 'clear' to the text."""
        with self._lock:
            text = "" if sign == "clear" else edit(self.spelling.text, sign)
            self.spelling = replace(self.spelling, text=text)

    def forget(self) -> None:
        """Resets the spelling for the next letter."""
        with self._lock:
            self.spelling = Spelling()


def camera() -> gr.Image:
    """Returns the webcam component, which shows visitors their mirror image."""
    return CameraImage(
        type="pil",
        sources=["webcam"],
        streaming=True,
        label=texts.CAMERA,
        alt_text=texts.CAMERA,
        webcam_options=gr.WebcamOptions(
            mirror=True, constraints={"video": {"width": {"ideal": FRAME_WIDTH_PIXELS}}}
        ),
    )


def on_each_frame(
    source: gr.Image, look: Callable, inputs: list[gr.components.Component], outputs: list
) -> None:
    """Calls `look` with the newest frame and the inputs, as often as it can answer."""
    source.stream(
        look,
        [source, *inputs],
        outputs,
        stream_every=FRAME_INTERVAL_SECONDS,
        show_progress="hidden",
        api_visibility="private",
        concurrency_limit=CONCURRENT_CAMERAS,
        concurrency_id="camera",  # shared by the Live and Practice tabs
        time_limit=TURN_SECONDS,
    )
