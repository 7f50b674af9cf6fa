"""Turns signs read frame by frame into text: a sign that is held long enough is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from asl_model.alphabet import NO_SIGN

HALF_LIFE_SECONDS = 0.3
"""Seconds after which a frame counts half, so that one or two misread frames do not show."""

SHOW, KEEP = 0.5, 0.2
"""The share of recent frames that a class needs to be shown, and to stay shown. With two bounds, a
class between them does not flicker, and a fifth of all frames may be misread."""

HOLD_SECONDS = 0.8
"""Seconds that a sign must be held to be written. Slow spellers hold each sign for a second."""

RELEASE_SECONDS = 0.5
"""Seconds that a written sign must be gone before it is written again, as in the LL of HELLO."""

PAUSE_SECONDS = 2.0
"""Seconds without a frame after which the sign shown before is forgotten."""


@dataclass(frozen=True)
class Spelling:
    """The text written so far, and the sign that is being shown.

    Attributes:
        text: the text written so far.
        letter: the class that is shown now; None if the model is not sure or sees no sign.
        confidence: confidence of `letter`, 0 to 1, averaged over the last frames.
        held: share of HOLD_SECONDS that `letter` has been held, 0 to 1; 1 once it is written.
    """

    text: str = ""
    letter: str | None = None
    confidence: float = 0.0
    held: float = 0.0
    _shares: Mapping[str, float] = field(default_factory=dict)
    _time: float | None = None
    _since: float = 0.0
    _written: str | None = None
    _gone: float = 0.0


def read(
    spelling: Spelling, probabilities: Mapping[str, float], threshold: float, now: float
) -> Spelling:
    """Returns the state after one more frame; nothing is changed in place.

    Args:
        spelling: the state before the frame; `Spelling()` at the start.
        probabilities: the probability of every class in this frame.
        threshold: the model is not sure if its top probability is lower; from the bundle.
        now: when the frame was taken, in seconds of any clock; frames may be missing.
    """
    top = max(probabilities, key=probabilities.__getitem__)
    vote = top if probabilities[top] >= threshold else None
    if spelling._time is None or not 0 < now - spelling._time < PAUSE_SECONDS:
        return Spelling(spelling.text, _time=now, _since=now)
    elapsed = now - spelling._time
    keep = 0.5 ** (elapsed / HALF_LIFE_SECONDS)
    shares = {
        name: keep * spelling._shares.get(name, 0.0) + (1 - keep) * (name == vote)
        for name in probabilities
    }
    letter = _shown(shares, spelling.letter)
    same = letter == spelling.letter
    before = spelling.confidence if same else probabilities[letter] if letter else 0.0
    state = replace(
        spelling,
        letter=letter,
        confidence=keep * before + (1 - keep) * probabilities[letter] if letter else 0.0,
        _shares=shares,
        _time=now,
        _since=spelling._since if same else now,
    )
    return _write(state, elapsed)


def _shown(shares: Mapping[str, float], before: str | None) -> str | None:
    top = max(shares, key=shares.__getitem__)
    if shares[top] < SHOW:
        top = before if before and shares[before] >= KEEP else NO_SIGN
    return None if top == NO_SIGN else top


def _write(state: Spelling, elapsed: float) -> Spelling:
    """Writes a sign, once, when it has been held long enough."""
    if state.letter and state.letter == state._written:
        return replace(state, held=1.0, _gone=0.0)
    gone = state._gone + elapsed
    away = state._shares.get(NO_SIGN, 0.0) >= SHOW
    written = None if away or gone >= RELEASE_SECONDS else state._written
    held = (state._time or 0.0) - state._since if state.letter else 0.0
    if state.letter and held >= HOLD_SECONDS:
        text = edit(state.text, state.letter)
        return replace(state, text=text, held=1.0, _written=state.letter, _gone=0.0)
    return replace(state, held=held / HOLD_SECONDS, _written=written, _gone=gone)


def edit(text: str, sign: str) -> str:
    """Returns the text after a sign.

    A letter is appended, 'space' appends a blank, and 'del' removes the last character.
    """
    if sign == "del":
        return text[:-1]
    return text + (" " if sign == "space" else sign)
