"""The Live tab: reads a webcam and writes the signs that are held."""

import html
from collections.abc import Callable

import gradio as gr
from PIL import Image

from asl_model.demo import texts
from asl_model.demo.hand_outline import outline_svg
from asl_model.demo.tabs.photo import advice
from asl_model.demo.tabs.shared_camera import Session, camera, on_each_frame
from asl_model.recognizer import Recognizer


def tab(recognizer: Recognizer) -> None:
    """Builds the tab inside a `gr.Blocks`."""

    def look(frame: Image.Image | None, session: Session) -> tuple[str, str]:
        session.watch(recognizer, frame)
        return live_html(session, recognizer.finds_hands), session.spelling.text

    def press(sign: str) -> Callable[[Session], str]:
        def pressed(session: Session) -> str:
            session.press(sign)
            return session.spelling.text

        return pressed

    session = gr.State(Session())
    gr.Markdown(texts.LIVE)
    with gr.Row():
        with gr.Column():
            source = camera()
        with gr.Column():
            letter = gr.HTML(live_html(Session()))
            written = gr.Textbox(
                label=texts.WRITTEN, interactive=False, elem_id="written", buttons=["copy"]
            )
            with gr.Row():
                for sign, words in texts.BUTTONS.items():
                    gr.Button(words, min_width=80).click(
                        press(sign), session, written, api_visibility="private", queue=False
                    )
    on_each_frame(source, look, [session], [letter, written])


def live_html(session: Session, finds_hands: bool = False) -> str:
    """Returns HTML: the current letter, its confidence, how long it has been held, and the hand.

    Args:
        session: what the visitor has shown so far.
        finds_hands: whether the model looks for the hand.
    """
    spelling = session.spelling
    large = html.escape(spelling.letter or texts.NOTHING)
    if sign := texts.SIGNS.get(spelling.letter or ""):  # screen readers say the word
        large = f'<span role="img" aria-label="{spelling.letter}">{sign}</span>'
    nothing = texts.NOTHING_SHOWN if session.frames else texts.LIVE_BEGIN
    words = texts.SURE if spelling.letter else nothing
    hand = session.hand
    sure = words.format(confidence=spelling.confidence, advice=advice(hand, finds_hands))
    drawn = outline_svg(hand, session.size, texts.FOUND) if hand else ""
    rate = texts.RATE.format(len(session.frames)) if session.frames else ""
    return (
        f'<div class="live"><div class="large" aria-live="polite">{large}</div>'
        f'<progress max="1" value="{spelling.held:.2f}" aria-label="{texts.HELD}"></progress>'
        f'<p>{sure}</p>{drawn}<p class="rate">{rate}</p></div>'
    )
