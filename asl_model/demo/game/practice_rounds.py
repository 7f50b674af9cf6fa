"""Practice rounds: what a learner has shown so far, and which letter comes next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from asl_model.alphabet import LETTERS, MOTION_LETTERS

STATIC = tuple(letter for letter in LETTERS if letter not in MOTION_LETTERS)
"""The letters that a still hand can show: all but J and Z."""


@dataclass(frozen=True)
class Practice:
    """One learner's practice round.

    Attributes:
        target: the letter to show.
        letters: the letters that may be asked for.
        points: how many letters were shown correctly.
        shown: how often each letter was shown correctly.
        skipped: how often each letter was skipped.
    """

    target: str
    letters: tuple[str, ...] = STATIC
    points: int = 0
    shown: Mapping[str, int] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)


def start(random: Random, letters: Sequence[str] = STATIC) -> Practice:
    """Starts a round with the given letters; the first target is picked at random."""
    return Practice(random.choice(letters), tuple(letters))


def succeed(practice: Practice, random: Random) -> Practice:
    """Adds a point for the target and picks the next letter."""
    shown = _one_more(practice.shown, practice.target)
    return _next(replace(practice, points=practice.points + 1, shown=shown), random)


def skip(practice: Practice, random: Random) -> Practice:
    """Skips the target, which then comes back sooner, and picks the next letter."""
    skipped = _one_more(practice.skipped, practice.target)
    return _next(replace(practice, skipped=skipped), random)


def weight(practice: Practice, letter: str) -> float:
    """Returns the weight of a letter in the random choice of the next target.

    The weight is (1 + 2 skipped) / (1 + shown): a letter that was skipped once is three times as
    likely as a new one, and a letter that was shown three times is a quarter as likely.
    """
    skipped, shown = practice.skipped.get(letter, 0), practice.shown.get(letter, 0)
    return (1 + 2 * skipped) / (1 + shown)


def _next(practice: Practice, random: Random) -> Practice:
    others = [name for name in practice.letters if name != practice.target] or [practice.target]
    (target,) = random.choices(others, [weight(practice, letter) for letter in others])
    return replace(practice, target=target)


def _one_more(counts: Mapping[str, int], letter: str) -> dict[str, int]:
    return {**counts, letter: counts.get(letter, 0) + 1}
