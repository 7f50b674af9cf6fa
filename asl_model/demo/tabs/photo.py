"""The Photo tab: reads one picture."""

import html
from typing import Any

import gradio as gr
from PIL import Image

from asl_model.alphabet import CLASSES, MOTION_LETTERS
from asl_model.demo import texts
from asl_model.demo.gradio_guards.components import UploadedImage, WholeNumber
from asl_model.demo.hand_outline import draw_box, is_small
from asl_model.errors import BundleError
from asl_model.hand import Hand
from asl_model.hand.hand_crop import crop_hand
from asl_model.images import ImageError, open_image
from asl_model.recognizer import Prediction, Recognizer

Answer = tuple[str, dict[str, float] | None, gr.Image, gr.Image]
"""The answer in HTML, the letters with their probabilities, the picture with a box around the hand,
and where the model looked."""


def tab(recognizer: Recognizer) -> None:
    """Builds the tab inside a `gr.Blocks`."""

    def show(path: str | None, top_k: int, explained: bool) -> Answer:
        return answer(recognizer, path, top_k, explained)

    with gr.Row():
        with gr.Column():
            image = UploadedImage(
                label=texts.PICTURE,
                sources=["upload", "webcam", "clipboard"],
                webcam_options=gr.WebcamOptions(mirror=True),
                height="20rem",
                alt_text=texts.PICTURE,
                type="filepath",
            )
            image.also = recognizer.bundle.examples
            examples = _examples(recognizer, image)
        with gr.Column():
            words = gr.HTML(_live_region(texts.NO_PICTURE_YET), elem_id="words")
            label = gr.Label(label=texts.LETTERS, show_heading=False)
            top_k = WholeNumber(1, len(CLASSES), value=5, step=1, label=texts.HOW_MANY)
            found = gr.Image(
                label=texts.FOUND,
                visible=False,
                interactive=False,
                buttons=[],
                height="16rem",
                alt_text=texts.FOUND,
                elem_id="found",
            )
            where = gr.Checkbox(label=texts.SHOW_WHERE)
            lit = gr.Image(
                label=texts.WHERE,
                visible=False,
                interactive=False,
                buttons=[],
                alt_text=texts.WHERE,
                elem_id="lit",
            )
    event: dict[str, Any] = {
        "fn": show,
        "inputs": [image, top_k, where],
        "outputs": [words, label, found, lit],
        "api_visibility": "private",
        "trigger_mode": "always_last",  # a picture given during another one is read too
        "show_progress": "hidden",
    }
    gr.on([image.input, top_k.change, where.input], **event)
    if examples:
        examples.then(**event)


def _examples(recognizer: Recognizer, image: gr.Image) -> Any:
    """Adds a gallery of the model's example pictures, if it has any; a click puts one into `image`.

    Not gr.Examples, because its buttons have no name for screen readers.
    """
    files = [str(file) for file in recognizer.bundle.examples]
    if not files:
        return None
    gr.set_static_paths(files)  # serves them in place, without a copy among the uploads
    gallery = gr.Gallery(
        files,
        label=texts.EXAMPLES,
        columns=len(files),
        height="8rem",
        allow_preview=False,
        interactive=False,
        buttons=[],
    )

    def choose(event: gr.SelectData) -> str:
        return files[int(event.index)]

    return gallery.select(choose, None, image, api_visibility="private", show_progress="hidden")


def answer(recognizer: Recognizer, path: str | None, top_k: int, explained: bool) -> Answer:
    """Returns everything that the page shows for a picture; all old values are replaced."""
    words = texts.NO_PICTURE_YET
    if path is not None:
        try:
            picture = open_image(path)
            prediction = recognizer.read(picture)
            words = describe(prediction, recognizer.finds_hands)
            found = _found_image(picture, prediction.hand)
            lit = _spotlight_image(recognizer, picture, prediction) if explained else _hidden()
            return _live_region(words), dict(prediction.top(top_k)), found, lit
        except ImageError as error:
            words = texts.NOT_READ.format(error=html.escape(str(error)))
    return _live_region(words), None, _hidden(), _hidden()


def _live_region(words: str) -> str:
    """Returns HTML that screen readers announce whenever it changes."""
    return f'<div aria-live="polite">{words}</div>'


def describe(prediction: Prediction, finds_hands: bool = False) -> str:
    """Returns the answer in words, as HTML for the page.

    Args:
        prediction: the answer.
        finds_hands: whether the model looks for the hand.
    """
    letter = prediction.label
    words = texts.READ
    if prediction.confidence < prediction.threshold:
        words = texts.NOT_SURE
    elif prediction.letter is None:
        words = texts.NO_SIGN_SEEN
    return words.format(
        letter=letter,
        confidence=prediction.confidence,
        moving=MOTION_LETTERS.get(letter, ""),
        advice=advice(prediction.hand, finds_hands),
    )


def advice(hand: Hand | None, finds_hands: bool) -> str:
    """Returns what a visitor can do so that the hand is read better."""
    if finds_hands and hand is None:
        return texts.NO_HAND
    return texts.COME_CLOSER if hand and is_small(hand) else texts.ADVICE


def _hidden() -> gr.Image:
    return gr.Image(None, visible=False)


def _found_image(picture: Image.Image, hand: Hand | None) -> gr.Image:
    """Returns the picture with a box around the hand; hidden if there is no hand."""
    return gr.Image(draw_box(picture, hand), visible=True) if hand else _hidden()


def _spotlight_image(
    recognizer: Recognizer, picture: Image.Image, prediction: Prediction
) -> gr.Image:
    """Returns what was read of a picture, bright where it supports the letter."""
    # Only this needs torch; answers are computed without it (`asl_model.inference`).
    from asl_model.explain import NotExplainedError, spotlight

    hand = prediction.hand
    seen = crop_hand(picture, hand.box) if hand else picture
    try:
        return gr.Image(spotlight(recognizer.bundle, seen, prediction.label), visible=True)
    except NotExplainedError as error:
        gr.Warning(str(error))
    except BundleError as error:  # holds a path: for the log, not for visitors
        print(f"Error: {error}", flush=True)
        gr.Warning(texts.MODEL_GONE)
    return _hidden()
