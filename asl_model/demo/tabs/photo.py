"""The tab that reads one picture."""

import html
from typing import Any

import gradio as gr
from PIL import Image

from asl_model.alphabet import CLASSES, MOVING
from asl_model.demo import texts
from asl_model.demo.gradio_guards.components import UploadedImage, WholeNumber
from asl_model.errors import BundleError
from asl_model.images import ImageError, open_image
from asl_model.recognizer import Prediction, Recognizer

Answer = tuple[str, dict[str, float] | None, gr.Image]
"""Words, the letters with their probabilities, and where the model looked."""


def tab(recognizer: Recognizer) -> None:
    """Lays the tab out, within a `gr.Blocks`."""

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
                also=recognizer.bundle.examples,
            )
            examples = _examples(recognizer, image)
        with gr.Column():
            words = gr.HTML(_aloud(texts.NO_PICTURE_YET), elem_id="words")
            label = gr.Label(label=texts.LETTERS, show_heading=False)
            top_k = WholeNumber(1, len(CLASSES), value=5, step=1, label=texts.HOW_MANY)
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
        "outputs": [words, label, lit],
        "api_visibility": "private",
        "trigger_mode": "always_last",  # a picture given while another is being read counts
        "show_progress": "hidden",
    }
    gr.on([image.input, top_k.change, where.input], **event)
    if examples:
        examples.then(**event)


def _examples(recognizer: Recognizer, image: gr.Image) -> Any:
    """Pictures to try, if the model brings some; choosing one puts it in the place of `image`.

    A gallery, and not gr.Examples, whose buttons have no name for a screen reader.
    """
    files = [str(file) for file in recognizer.bundle.examples]
    if not files:
        return None
    gr.set_static_paths(files)  # served from where they are, and not from among the uploads
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
    """Everything that the page says of a picture; no old letter stays beside another picture."""
    words = texts.NO_PICTURE_YET
    if path is not None:
        try:
            picture = open_image(path)
            prediction = recognizer.read(picture)
            lit = _lit(recognizer, picture if explained else None, prediction.label)
            return _aloud(describe(prediction)), dict(prediction.top(top_k)), lit
        except ImageError as error:
            words = texts.NOT_READ.format(error=html.escape(str(error)))
    return _aloud(words), None, _lit(recognizer, None, "")


def _aloud(words: str) -> str:
    """HTML that a screen reader says whenever it changes."""
    return f'<div aria-live="polite">{words}</div>'


def describe(prediction: Prediction) -> str:
    """What the answer means, as a sentence for the page, in HTML."""
    letter = prediction.label
    words = texts.READ
    if prediction.confidence < prediction.threshold:
        words = texts.NOT_SURE
    elif prediction.letter is None:
        words = texts.NO_SIGN_SEEN
    return words.format(
        letter=letter,
        confidence=prediction.confidence,
        moving=MOVING.get(letter, ""),
        advice=texts.ADVICE,
    )


def _lit(recognizer: Recognizer, picture: Image.Image | None, class_name: str) -> gr.Image:
    """The picture, bright where it speaks for the class; hidden if there is none."""
    if picture is None:
        return gr.Image(None, visible=False)
    # Torch is imported when this is asked for, and not to answer (`asl_model.graph`).
    from asl_model.explain import NotExplainedError, spotlight

    try:
        return gr.Image(spotlight(recognizer.bundle, picture, class_name), visible=True)
    except NotExplainedError as error:
        gr.Warning(str(error))
    except BundleError as error:  # says where the model lies, which is for whoever serves it
        print(f"Error: {error}", flush=True)
        gr.Warning(texts.MODEL_GONE)
    return gr.Image(None, visible=False)
