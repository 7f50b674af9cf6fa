"""The demo: a page and an API that read letters of the American manual alphabet from pictures.

`ASL_MODEL` names another model: a folder or a Hub id 'owner/name@revision'. Without it, a Space
serves its owner's model of the same name as the Space, if there is one.
"""

import os
import signal
import sys
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read at import; nothing calls home

import gradio as gr
from gradio.data_classes import ImageData

from asl_model import CLASSES, BundleError, ImageError, Recognizer
from asl_model.about import about, model_info
from asl_model.alphabet import MOVING, NO_SIGN
from asl_model.errors import ModelNotFoundError

try:
    import spaces  # on Spaces with ZeroGPU only
except ImportError:
    spaces = None

TITLE = "Letters of the American manual alphabet"
INTRO = """
Show one hand, fill the frame with it, and get the letter. It reads **static handshapes** of the
manual alphabet; it does not translate American Sign Language. J and Z are motions: a still picture
shows one moment of them at best. Pictures are not kept.
"""
ADVICE = "Try more light, a plain background, and a hand that fills the frame."
MAX_UPLOAD = "20mb"
DELETE_UPLOADS = (60, 300)
"""Every minute, uploads older than five minutes are deleted from the server's disk."""


def build(recognizer: Recognizer) -> gr.Blocks:
    """The page around one loaded model. Nothing is launched."""

    def predict(image: str | None, top_k: int = 5) -> dict[str, float]:
        """Reads the letter that a hand shows.

        Args:
            image: a picture of one hand.
            top_k: how many letters to return, 1 to 29.
        """
        if image is None:
            raise gr.Error("No picture was given. Upload one or take one.", print_exception=False)
        try:
            return dict(recognizer(image).top(int(top_k)))
        except ImageError as error:
            raise gr.Error(str(error), print_exception=False) from None

    def model() -> dict[str, Any]:
        """Says which model answers: its name, commit, classes, threshold and figures."""
        return model_info(recognizer.bundle)

    def in_words(confidences: dict[str, float] | None) -> str:
        return describe(confidences, recognizer.bundle.threshold)

    with gr.Blocks(title=TITLE, delete_cache=DELETE_UPLOADS) as demo:
        gr.Markdown(f"# {TITLE}\n{INTRO}")
        with gr.Row():
            with gr.Column():
                image = gr.Image(
                    label="Your picture",
                    type="filepath",
                    sources=["upload", "webcam", "clipboard"],
                    webcam_options=gr.WebcamOptions(mirror=False),  # the model sees what is there
                )
                # gr.Image opens the file first and fails in there without a word to the user; taken
                # unopened, asl_model says what is wrong. (A subclass makes Gradio write app.pyi.)
                image.preprocess = upload_path  # type: ignore[assignment, method-assign]
                top_k = gr.Slider(
                    1, len(CLASSES), value=5, step=1, label="How many letters to show"
                )
            with gr.Column():
                words = gr.Markdown("Give a picture of a hand.", elem_id="words")
                label = gr.Label(label="Letters, most probable first")
        with gr.Accordion("Which model answers, and how good it is", open=False):
            gr.Markdown(about(recognizer.bundle))
        # A picture given while another is being read is the one that counts.
        reading = gr.on(
            [image.upload, top_k.release],
            predict,
            [image, top_k],
            label,
            api_name="predict",
            trigger_mode="always_last",
        )
        for emptied in (reading.failure, image.clear):  # no old letter beside another picture
            emptied(lambda: None, None, label, api_visibility="private", show_progress="hidden")
        label.change(in_words, label, words, api_visibility="private", show_progress="hidden")
        gr.api(model, api_name="model")
    return demo


def upload_path(upload: ImageData | None) -> str | None:
    """Where the uploaded file lies; None if there is none."""
    return upload.path if upload else None


def describe(confidences: dict[str, float] | None, threshold: float) -> str:
    """What the answer means, as a sentence for the page."""
    if not confidences:
        return "Give a picture of a hand."
    letter, confidence = max(confidences.items(), key=lambda pair: pair[1])
    if confidence < threshold:
        return f"## Not sure\nIt may be **{letter}** ({confidence:.0%}). {ADVICE}"
    if letter == NO_SIGN:
        return f"## No sign seen\n{ADVICE}"
    return f"## {letter}\n{confidence:.0%} sure. {MOVING.get(letter, '')}"


def load_model() -> Recognizer:
    """The model that ASL_MODEL names; else, on a Space, its owner's; else the embedded one.

    Raises:
        BundleError: a model that was named cannot be had, or the owner's is there and broken.
    """
    named, space = os.environ.get("ASL_MODEL"), os.environ.get("SPACE_ID")
    if space and not named:
        try:
            return Recognizer.load(space)
        except ModelNotFoundError:
            print(f"No model '{space}' to be seen, so the embedded one answers.", flush=True)
    return Recognizer.load(named or None)


def main() -> None:
    """Loads the model and serves the page, on localhost or where GRADIO_SERVER_NAME says."""
    try:
        recognizer = load_model()
    except BundleError as error:
        sys.exit(f"Error: {error}")
    # Gradio deletes the uploads when it is interrupted, and is to do so when it is terminated.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    build(recognizer).launch(max_file_size=MAX_UPLOAD, run_history=False)


if spaces:

    @spaces.GPU
    def on_a_gpu() -> None:
        """Nothing. ZeroGPU starts no Space without such a function, and letters need none.

        To wait for a GPU takes longer than to read a letter on the processor, and it is taken off
        the visitor's daily share.
        """


if __name__ == "__main__":
    main()
