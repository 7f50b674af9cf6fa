"""The Practice tab: asks for a letter, watches the hand, and keeps the score."""

from collections.abc import Sequence
from random import Random

import gradio as gr
from PIL import Image

from asl_model.demo import texts
from asl_model.demo.game.drawing import svg
from asl_model.demo.game.handshape_poses import POSES
from asl_model.demo.game.handshape_words import HANDSHAPES
from asl_model.demo.game.practice_rounds import STATIC, Practice, skip, start, succeed
from asl_model.demo.tabs.shared_camera import Session, camera, on_each_frame
from asl_model.recognizer import Recognizer


class Lesson(Session):
    """A session of the Practice tab.

    Attributes:
        practice: the round so far.
        last: the last letter that was shown correctly; empty at the start and after a skip.
        begun: whether a letter has been asked for.
    """

    def __init__(self, letters: Sequence[str]) -> None:
        super().__init__()
        self.random = Random()
        self.practice: Practice = start(self.random, letters)
        self.last = ""
        self.begun = False

    def __deepcopy__(self, _: object) -> "Lesson":
        return Lesson(self.practice.letters)

    def judge(self) -> None:
        """Gives a point if the target letter has been held long enough."""
        with self._lock:
            self.begun = True
            if self.spelling.held >= 1 and self.spelling.letter == self.practice.target:
                self.last = self.practice.target
                self.practice = succeed(self.practice, self.random)
                self.forget()

    def give_up(self) -> None:
        """Skips to another letter. The first press only shows the first letter and skips none."""
        with self._lock:
            if self.begun:
                self.practice = skip(self.practice, self.random)
            self.begun = True
            self.last = ""
            self.forget()


def tab(recognizer: Recognizer) -> None:
    """Builds the tab inside a `gr.Blocks`."""

    def look(frame: Image.Image | None, lesson: Lesson) -> str:
        lesson.watch(recognizer, frame)
        lesson.judge()
        return practice_html(lesson)

    def give_up(lesson: Lesson) -> str:
        lesson.give_up()
        return practice_html(lesson)

    letters = [letter for letter in STATIC if letter in recognizer.bundle.label_names]
    if not letters:
        gr.Markdown(texts.PRACTICE_NONE)
        return
    lesson = gr.State(Lesson(letters))
    gr.Markdown(texts.PRACTICE)
    with gr.Row():
        with gr.Column():
            source = camera()
        with gr.Column():
            task = gr.HTML(texts.PRACTICE_BEGIN)
            another = gr.Button(texts.ANOTHER)
    another.click(give_up, lesson, task, api_visibility="private", queue=False)
    on_each_frame(source, look, [lesson], [task])


def practice_html(lesson: Lesson) -> str:
    """Returns HTML: the letter to show, how to form it, what is seen now, and the points."""
    practice, spelling = lesson.practice, lesson.spelling
    seen = texts.SEEN.format(spelling.letter) if spelling.letter else texts.NOT_YET
    if lesson.last and spelling.letter in (None, lesson.last):  # the hand has not changed yet
        seen = texts.RIGHT.format(lesson.last)
    pose = POSES.get(practice.target)
    drawn = svg(pose, texts.DRAWING.format(practice.target)) if pose else ""
    held = spelling.held if spelling.letter == practice.target else 0.0
    return (
        f'<div class="live"><div class="asked"><div class="large" aria-live="polite">'
        f"{practice.target}</div>{drawn}</div><p>{HANDSHAPES[practice.target]}</p>"
        f'<progress max="1" value="{held:.2f}" aria-label="{texts.HELD}"></progress>'
        f'<p aria-live="polite">{seen}</p>'
        f'<p class="points">{texts.POINTS.format(practice.points)}</p></div>'
    )
