"""What the About tab shows for a model that somebody else made."""

from dataclasses import replace

from asl_model.demo.model_facts import about, model_info
from asl_model.demo.tabs.about import confusion, missed, sanitize_markdown
from asl_model.metrics_file import LetterFigures
from tests.helpers.bundles import tiny_bundle


def letter(n: int, **read_as: int) -> LetterFigures:
    return LetterFigures(n=n, recall=0.123, read_as=read_as)  # recall is weighted by source


LETTERS = {
    "A": letter(10, A=9, S=1),
    "S": letter(20, S=10, A=10),
    "![x](http://evil.example/x.png)": letter(1, A=1),
}


def test_where_a_model_lies_on_the_server_is_not_said() -> None:
    for name, said in (("/home/ann/mine", "mine"), ("bundles/mine", "bundles/mine")):
        bundle = replace(tiny_bundle(), name=name)
        assert model_info(bundle)["name"] == said
        assert f"Model: **{said}**" in about(bundle)


def test_the_confusion_matrix_is_a_table_of_shares() -> None:
    table = confusion(LETTERS)
    assert table.count("<tr>") == 3
    assert ">90</td>" in table
    assert table.count(">50</td>") == 2
    assert ">10</td>" in table
    assert "evil" not in table


def test_the_letters_that_are_missed_most() -> None:
    assert "S 50%, A 90%" in missed(LETTERS)
    assert "evil" not in missed(LETTERS)


def test_a_strangers_notes_load_nothing() -> None:
    """Front matter, HTML, pictures in Markdown and diagrams are removed."""
    notes = (
        "---\nlicense: mit\n---\nBy *Ann*. !![x](http://evil.example/x.png) <img src=x>\n```mermaid"
        "\n`````````mermaid"  # nine backticks are three times three
    )
    said = sanitize_markdown(notes)
    assert "license" not in said
    assert "By *Ann*." in said
    for trace in ("![", "<", "```"):
        assert trace not in said
