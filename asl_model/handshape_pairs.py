"""Letters that the same fingers form share a little of their probability.

The manual alphabet has 22 handshapes for 26 letters. Where the hand points, or how it moves, tells
the two of a pair apart, and that is what people differ in most: a model that was taught one letter
a picture is far too sure that a stranger's I is no J.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

SAME_HANDSHAPE = (("G", "Q"), ("H", "U"), ("I", "J"), ("K", "P"))


def pairs(label_names: Sequence[str]) -> list[tuple[str, str]]:
    """Those of which a model knows both."""
    return [pair for pair in SAME_HANDSHAPE if set(pair) <= set(label_names)]


@dataclass(frozen=True)
class Sharing:
    """How the answers of a model whose last layer is calibrated are changed.

    The share goes over before temperature and biases, which are part of the last layer and so are
    taken out and put back; between the two, a bias that is meant for J would not reach what J got.

    Attributes:
        share: of each such letter's probability that goes to the other one, 0 to 0.5.
        temperature: that the logits were divided by.
        biases: that were then added to them, one for each class.
    """

    share: float
    temperature: float
    biases: tuple[float, ...]

    @classmethod
    def of(cls, stored: dict[str, Any], classes: int) -> "Sharing":
        """What config.json says: the attributes by their names.

        Raises:
            ValueError: it breaks the bounds, or has another number of biases than of classes.
        """
        sharing = cls(
            float(stored["share"]),
            float(stored["temperature"]),
            tuple(float(bias) for bias in stored["biases"]),
        )
        bounded = 0 <= sharing.share <= 0.5 and 0 < sharing.temperature < math.inf
        if not bounded or len(sharing.biases) != classes or not np.isfinite(sharing.biases).all():
            raise ValueError("the sharing's share, temperature or biases")
        return sharing

    def __call__(self, logits: np.ndarray, label_names: Sequence[str]) -> np.ndarray:
        """Calibrated logits (N, classes) -> the same after the share went over, float32.

        As each row's softmax does not change with a constant, neither needs to be normalised.
        """
        ones = [label_names.index(one) for pair in pairs(label_names) for one in pair]
        others = [label_names.index(two) for pair in pairs(label_names) for two in reversed(pair)]
        biases = np.array(self.biases)
        raw = (logits - biases) * self.temperature
        kept = raw[:, ones] + np.log1p(-self.share)
        with np.errstate(divide="ignore"):  # a share of 0 is minus infinity, which adds nothing
            given = raw[:, others] + np.log(self.share)
        raw[:, ones] = np.logaddexp(kept, given)
        shared: np.ndarray = (raw / self.temperature + biases).astype(np.float32)
        return shared
