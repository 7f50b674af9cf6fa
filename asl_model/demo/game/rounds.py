"""What a learner has shown so far, and which letter comes next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from asl_model.alphabet import LETTERS, MOVING

STATIC = tuple(letter for letter in LETTERS if letter not in MOVING)
"""The letters that a still hand can show: all but J and Z."""


@dataclass(frozen=True)
class Practice:
    """One learner's round.

    Attributes:
        target: the letter to show.
        letters: those that are asked for.
        points: letters shown rightly.
        shown: of each letter, how often it was shown rightly.
        skipped: of each letter, how often it was given up.
    """

    target: str
    letters: tuple[str, ...] = STATIC
    points: int = 0
    shown: Mapping[str, int] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)


def start(random: Random, letters: Sequence[str] = STATIC) -> Practice:
    """A new round of some letters, with any of them to begin with."""
    return Practice(random.choice(letters), tuple(letters))


def succeed(practice: Practice, random: Random) -> Practice:
    """The target was shown: a point, and the next letter."""
    shown = _one_more(practice.shown, practice.target)
    return _next(replace(practice, points=practice.points + 1, shown=shown), random)


def skip(practice: Practice, random: Random) -> Practice:
    """The target was given up: it comes back sooner than others."""
    skipped = _one_more(practice.skipped, practice.target)
    return _next(replace(practice, skipped=skipped), random)


def weight(practice: Practice, letter: str) -> float:
    """How likely a letter is to come next, beside the others.

    (1 + 2 skipped) / (1 + shown): a letter that was skipped once is three times as likely as a new
    one, and one that was shown three times a quarter as likely.
    """
    skipped, shown = practice.skipped.get(letter, 0), practice.shown.get(letter, 0)
    return (1 + 2 * skipped) / (1 + shown)


def _next(practice: Practice, random: Random) -> Practice:
    others = [name for name in practice.letters if name != practice.target] or [practice.target]
    (target,) = random.choices(others, [weight(practice, letter) for letter in others])
    return replace(practice, target=target)


def _one_more(counts: Mapping[str, int], letter: str) -> dict[str, int]:
    return {**counts, letter: counts.get(letter, 0) + 1}
