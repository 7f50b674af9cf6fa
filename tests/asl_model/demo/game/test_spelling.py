"""Noisy streams of frames become the word that was signed."""

from collections.abc import Iterator

import numpy as np
import pytest

from asl_model.alphabet import CLASSES, NO_SIGN
from asl_model.demo.game.spelling import HOLD_SECONDS, PAUSE_SECONDS, Spelling, edit, read

THRESHOLD = 0.8


def sees(name: str, confidence: float = 0.97) -> dict[str, float]:
    rest = (1 - confidence) / (len(CLASSES) - 1)
    return {other: confidence if other == name else rest for other in CLASSES}


def shown(plan: list[tuple[str, float]], fps: float, misread: float, seed: int) -> Iterator:
    """Yields frames (time, probabilities) of signs that are held for some seconds each.

    Some frames are misread with confidence, some are not sure, and the intervals vary.
    """
    random = np.random.default_rng(seed)
    time, start = 100.0, 100.0
    for name, seconds in plan:
        while time < start + seconds:
            seen, sure = name, random.uniform(0.85, 1.0)
            if random.random() < misread:
                seen = str(random.choice(CLASSES))
            elif random.random() < 0.1:
                sure = random.uniform(0.3, 0.8)
            yield time, sees(seen, sure)
            time += random.uniform(0.5, 1.5) / fps
        start += seconds


def spell(frames: Iterator) -> Spelling:
    state = Spelling()
    for time, probabilities in frames:
        state = read(state, probabilities, THRESHOLD, time)
    return state


def as_signed(word: str, seconds: float, between: float) -> list[tuple[str, float]]:
    """Returns a plan for `shown`: each letter is held, then the hand is away for a moment."""
    names = ["space" if letter == " " else letter for letter in word]
    return [step for name in names for step in ((name, seconds), (NO_SIGN, between))]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("fps", "misread"), [(5, 0.0), (5, 0.02), (10, 0.15), (25, 0.2)])
def test_half_a_minute_of_frames_with_misreads_spells_the_word(
    fps: float, misread: float, seed: int
) -> None:
    plan = as_signed("HELLO YOU", 2.4, 0.9)
    assert 29 < sum(seconds for _, seconds in plan) < 31
    assert spell(shown(plan, fps, misread, seed)).text == "HELLO YOU"


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        ([("A", 5.0)], "A"),  # a letter that is held on is written once
        ([("A", 1.5), ("B", 1.5)], "AB"),  # from one to the next without a pause
        ([("L", 1.5), (NO_SIGN, 0.8), ("L", 1.5)], "LL"),  # twice, with the hand away between
        ([("L", 1.5), (NO_SIGN, 0.15), ("L", 1.5)], "L"),  # the hand only shook
        ([("A", HOLD_SECONDS / 2), ("B", HOLD_SECONDS / 2), (NO_SIGN, 1.0)], ""),  # too short
        ([("A", 1.5), ("B", 1.5), ("del", 1.5)], "A"),
        ([("A", 1.5), ("space", 1.5), ("B", 1.5)], "A B"),
        ([("del", 1.5)], ""),  # there is nothing to delete
        ([(NO_SIGN, 5.0)], ""),
    ],
)
def test_what_is_held_is_written_once(plan: list[tuple[str, float]], text: str) -> None:
    assert spell(shown(plan, 10, 0.0, 0)).text == text


def test_what_is_shown_does_not_flicker() -> None:
    """Every third frame of a held A is misread or not sure; the letter shown stays the same."""
    state, letters = Spelling(), []
    for i in range(60):
        seen = sees("S", 0.9) if i % 6 == 3 else sees("A", 0.6 if i % 6 == 0 else 0.99)
        state = read(state, seen, 0.6, i / 10)
        letters.append(state.letter)
    assert letters.index("A") <= 8
    assert set(letters[letters.index("A") :]) == {"A"}


def test_not_sure_shows_and_writes_nothing() -> None:
    state = spell((i / 10, sees("A", 0.6)) for i in range(100))
    assert (state.text, state.letter, state.held, state.confidence) == ("", None, 0.0, 0.0)


def test_a_gap_in_the_stream_is_no_hold() -> None:
    """Gaps come from a tab in the background, a machine that slept or a clock that was set back."""
    for gap in (PAUSE_SECONDS + 1, -5.0):
        state = read(Spelling("X"), sees("A"), THRESHOLD, 10.0)
        for now in (10.2, 10.4):
            state = read(state, sees("A"), THRESHOLD, now)
        assert state.letter == "A"
        state = read(state, sees("A"), THRESHOLD, 10.4 + gap)
        assert (state.text, state.letter, state.held) == ("X", None, 0.0)


def test_how_long_it_is_held_is_shown() -> None:
    state, shares = Spelling(), []
    for i in range(30):
        state = read(state, sees("A"), THRESHOLD, i / 10)
        shares.append(state.held)
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert len(set(shares)) > 5


def test_signs_that_edit() -> None:
    assert edit("AB", "C") == "ABC"
    assert edit("AB", "space") == "AB "
    assert edit("AB", "del") == "A"
    assert edit("", "del") == ""
