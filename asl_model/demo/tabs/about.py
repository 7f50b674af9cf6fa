"""The About tab: which model answers, how accurate it is, and what it cannot do."""

import html
import re

import gradio as gr

from asl_model.alphabet import LETTERS
from asl_model.bundle import Bundle
from asl_model.demo import texts
from asl_model.demo.model_facts import about
from asl_model.metrics_file import UNSEEN, LetterFigures

MISSED = 6
"""How many of the letters that are misread most often are named."""


def tab(bundle: Bundle) -> None:
    """Builds the tab inside a `gr.Blocks`."""
    gr.Markdown(about(bundle))
    split = bundle.metrics.splits.get(UNSEEN)
    if split and split.letters:
        gr.Markdown(f"{texts.CONFUSED}\n{texts.CONFUSED_WORDS}\n{missed(split.letters)}")
        gr.HTML(confusion(split.letters))
    gr.Markdown(texts.ABOUT)
    notes = bundle.metrics.training.notes
    if notes:
        gr.Markdown(f"{texts.TRAINED_ON}\n{sanitize_markdown(notes)}")


def confusion(letters: dict[str, LetterFigures]) -> str:
    """Returns the confusion matrix of the letters A to Z as an HTML table.

    Args:
        letters: the figures of each letter on one split.
    """
    shown = [name for name in LETTERS if name in letters]
    head = "".join(f'<th scope="col">{name}</th>' for name in shown)
    rows = [f"<tr><td></td>{head}</tr>"]
    for name in shown:
        counts = letters[name].read_as
        shares = [counts.get(other, 0) / letters[name].n for other in shown]
        cells = "".join(map(_cell, shares))
        rows.append(f'<tr><th scope="row">{name}</th>{cells}</tr>')
    label = html.escape(texts.CONFUSED_LABEL)
    return (  # tabindex: a region that scrolls must be reachable by keyboard
        f'<div class="confusion" tabindex="0" role="region" aria-label="{label}">'
        f"<table>{''.join(rows)}</table></div>"
    )


def missed(letters: dict[str, LetterFigures]) -> str:
    """Returns the letters that are misread most often, in words: the diagonal of `confusion`."""
    right = {
        name: letters[name].read_as.get(name, 0) / letters[name].n
        for name in LETTERS
        if name in letters
    }
    lowest = sorted(right, key=right.__getitem__)[:MISSED]
    return texts.MISSED.format(", ".join(f"{name} {right[name]:.0%}" for name in lowest))


def _cell(share: float) -> str:
    """Returns a table cell: the number in white on dark blue, or in black on light blue."""
    if share <= 0.005:  # would be shown as 0
        return "<td></td>"
    light = 93 - 60 * share
    colour = "#fff" if light < 60 else "#000"
    return f'<td style="background:hsl(235 60% {light:.0f}%);color:{colour}">{100 * share:.0f}</td>'


def sanitize_markdown(notes: str) -> str:
    """Removes front matter, HTML and pictures from untrusted Markdown, so that it loads nothing."""
    text = notes.strip()
    if text.startswith("---"):
        text = text.split("---", 2)[-1]
    text = re.sub("`{3,}", "`", text)  # a code block can be a diagram with pictures
    return text.replace("<", "&lt;").replace("!", "&#33;").replace("$", "&#36;")
