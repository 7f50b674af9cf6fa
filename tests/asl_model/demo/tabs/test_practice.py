"""The Practice tab: points for letters that were shown, and skipped letters come back sooner."""

from collections import Counter
from copy import deepcopy
from dataclasses import replace
from random import Random

from asl_model.alphabet import LETTERS
from asl_model.demo.game.handshape_words import HANDSHAPES
from asl_model.demo.game.practice_rounds import STATIC, Practice, skip, start, succeed, weight
from asl_model.demo.tabs.practice import Lesson, practice_html


def test_every_letter_is_described_and_j_and_z_are_not_asked_for() -> None:
    assert tuple(HANDSHAPES) == tuple(LETTERS)
    assert len(set(HANDSHAPES.values())) == 26
    assert set(LETTERS) - set(STATIC) == {"J", "Z"}


def test_a_point_for_each_letter_and_never_the_same_twice_running() -> None:
    random = Random(0)
    practice = start(random)
    for points in range(1, 60):
        after = succeed(practice, random)
        assert after.points == points
        assert after.target != practice.target
        assert after.shown[practice.target] == practice.shown.get(practice.target, 0) + 1
        practice = after
    assert sum(practice.shown.values()) == 59
    assert practice.skipped == {}


def test_what_was_skipped_comes_back_sooner() -> None:
    practice = skip(Practice("M"), Random(0))
    assert (practice.points, practice.skipped) == (0, {"M": 1})
    assert weight(practice, "M") == 3 * weight(practice, "A")
    practice = succeed(Practice("A"), Random(0))
    assert weight(practice, "A") == weight(practice, "M") / 2
    hard = Practice("B", skipped={"M": 2}, shown={"C": 3})
    drawn = Counter(succeed(hard, Random(seed)).target for seed in range(3000))
    assert drawn["M"] > 3 * drawn["D"]
    assert drawn["C"] < drawn["D"] / 2
    assert drawn["B"] == 0


def test_a_letter_that_is_held_gives_the_point_and_is_said_while_the_hand_is_still_there() -> None:
    lesson = Lesson(("A", "B"))
    first = lesson.practice.target
    other = "AB".replace(first, "")

    def shown(letter: str | None, held: float) -> str:
        lesson.spelling = replace(lesson.spelling, letter=letter, held=held)
        lesson.judge()
        return practice_html(lesson)

    assert f"I see {other}" in shown(other, 1.0)
    assert f"I see {first}" in shown(first, 0.9)
    assert (lesson.practice.points, lesson.practice.target) == (0, first)
    assert f"{first} was right" in shown(first, 1.0)
    assert (lesson.practice.points, lesson.practice.target) == (1, other)
    assert f"{first} was right" in shown(first, 0.1)  # the hand takes a moment to change
    assert f"I see {other}" in shown(other, 0.1)
    lesson.give_up()
    assert "no sign that I am sure of" in practice_html(lesson)
    assert (lesson.practice.points, lesson.practice.skipped) == (1, {other: 1})


def test_each_visitor_has_a_round_of_their_own() -> None:
    """Gradio copies the session; with a shared round, visitors would take each other's points."""
    lesson = Lesson(("A", "B"))
    copied = deepcopy(lesson)
    copied.give_up()  # "press the button to get a letter": nothing was asked yet
    assert copied.practice.skipped == {}
    copied.give_up()
    assert copied.practice.skipped == {"A": 1} or copied.practice.skipped == {"B": 1}
    assert (lesson.practice.skipped, copied.practice.letters) == ({}, ("A", "B"))
