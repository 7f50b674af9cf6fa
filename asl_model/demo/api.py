"""The API for scripts: `/predict`, `/predict_many`, `/model`. Names and parameters must not change.

`predict` and `model` are also tools of an MCP server if `gradio[mcp]` is installed.
"""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from asl_model.alphabet import CLASSES
from asl_model.demo import texts
from asl_model.demo.gradio_guards.components import UploadedImage
from asl_model.demo.gradio_guards.private_names import hide_from_mcp
from asl_model.demo.model_facts import model_info
from asl_model.images import ImageError, open_image
from asl_model.recognizer import Prediction, Recognizer

MAX_PICTURES = 100
"""Maximum number of pictures in one call of `/predict_many`: some seconds of work on two cores."""

CONCURRENT_LISTS = 4
"""Calls of `/predict_many` that run at the same time; one more is refused. If it waited in the
queue instead, it could keep all other requests waiting for minutes."""

MAX_SECONDS = 30.0
"""Time limit of one call of `/predict_many`: 100 pictures of 50 million pixels would take minutes.
Pictures that have not been read by then get an error."""


class Calls:
    """The functions behind the endpoints. `view_api` shows their docstrings."""

    def __init__(self, recognizer: Recognizer) -> None:
        self.recognizer = recognizer
        self.list_slots = threading.Semaphore(CONCURRENT_LISTS)

    def predict(self, image: str | None, top_k: int = 5) -> dict[str, Any]:
        """Reads the letter of the American manual alphabet that a hand shows.

        Args:
            image: a picture of one hand, or of a person who shows it.
            top_k: how many letters to return, 1 to 29.

        Returns:
            "label", the most probable letter; "confidences", the `top_k` most probable ones with
            their probabilities; and "box", where the hand was found: x0, y0, x1, y1 in pixels of
            the picture, or null.
        """
        if image is None:
            raise gr.Error(texts.NO_PICTURE, print_exception=False)
        try:
            prediction = self.recognizer(image)
        except ImageError as error:
            raise gr.Error(str(error), print_exception=False) from None
        return {"label": prediction.label, **_confidences_and_box(prediction, int(top_k))}

    def predict_many(self, images: list[str] | None, top_k: int = 5) -> list[dict[str, Any]]:
        """Reads up to 100 pictures, each of one hand or of a person who shows it.

        Args:
            images: the pictures.
            top_k: how many letters to return for each picture, 1 to 29.

        Returns:
            For each picture, in order: "letter", which is null if the model is not sure or sees no
            sign; "confidences", most probable first; "box", where the hand was found (x0, y0, x1,
            y1 in pixels) or null; and "error", which is null if the picture could be read.
        """
        if not images:
            raise gr.Error(texts.NO_PICTURE, print_exception=False)
        if len(images) > MAX_PICTURES:
            message = texts.TOO_MANY.format(given=len(images), most=MAX_PICTURES)
            raise gr.Error(message, print_exception=False)
        if not self.list_slots.acquire(blocking=False):
            raise gr.Error(texts.BUSY.format(CONCURRENT_LISTS), print_exception=False)
        try:
            return _answers(self.recognizer, images, int(top_k))
        finally:
            self.list_slots.release()

    def model(self) -> dict[str, Any]:
        """Describes the model that answers: its name, commit, classes, threshold and figures."""
        return model_info(self.recognizer.bundle)


def endpoints(recognizer: Recognizer) -> None:
    """Adds the API endpoints to a `gr.Blocks`. Their components are invisible on the page."""
    calls = Calls(recognizer)
    # Gradio 6.31 cannot pass a list of files to an MCP tool. Agents call `predict` per picture.
    hide_from_mcp(Calls.predict_many)
    image = UploadedImage(type="filepath", visible=False, label="image")
    images = gr.File(file_count="multiple", type="filepath", visible=False, label="images")
    top_k = gr.Slider(1, len(CLASSES), value=5, step=1, visible=False, label="top_k")
    answer, results = gr.JSON(visible=False), gr.JSON(visible=False)
    gr.Button(visible=False).click(calls.predict, [image, top_k], answer, api_name="predict")
    gr.Button(visible=False).click(
        calls.predict_many,
        [images, top_k],
        results,
        api_name="predict_many",
        concurrency_limit=None,
    )
    gr.api(calls.model, api_name="model")


def _answers(
    recognizer: Recognizer,
    files: list[str],
    top_k: int,
    clock: Callable[[], float] = time.monotonic,
) -> list[dict[str, Any]]:
    """Returns the answers of `predict_many`.

    Pictures are decoded one at a time and read in the recognizer's batches.
    """
    errors: dict[int, str] = {}
    end = clock() + MAX_SECONDS

    def readable() -> Iterator[Image.Image]:
        for number, file in enumerate(files):
            if clock() > end:
                errors[number] = texts.TOO_LONG.format(MAX_SECONDS)
                continue
            if not Path(file).is_file():
                errors[number] = texts.SWEPT
                continue
            try:
                yield open_image(file)
            except ImageError as error:  # the other pictures are still answered
                errors[number] = str(error)

    predictions = iter(list(recognizer.read_many(readable())))  # only now all errors are known
    answers: list[dict[str, Any]] = []
    for number in range(len(files)):
        if number in errors:
            answers.append(
                {"letter": None, "confidences": [], "box": None, "error": errors[number]}
            )
            continue
        prediction = next(predictions)
        read = _confidences_and_box(prediction, top_k)
        answers.append({"letter": prediction.letter, **read, "error": None})
    return answers


def _confidences_and_box(prediction: Prediction, top_k: int) -> dict[str, Any]:
    box = prediction.box
    return {
        "confidences": [{"label": name, "confidence": p} for name, p in prediction.top(top_k)],
        "box": [round(side, 1) for side in box] if box else None,
    }
