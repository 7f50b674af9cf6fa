"""Calibration: turns logits into probabilities and decides when a prediction is sure.

The numbers are stored in config.json and not in the weights, so a model can be trained further
without undoing the calibration. `train.measuring` chooses the numbers on people that the network
was not trained on.
"""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import ConfigDict, Field, FiniteFloat, PositiveFloat
from pydantic.dataclasses import dataclass

SAME_HANDSHAPE = (("G", "Q"), ("H", "U"), ("I", "J"), ("K", "P"))
"""Pairs of letters with the same handshape: only the direction of the hand, or a motion, tells
them apart. People differ most in this, so a network is too sure that an unseen person's I is not a
J."""


@dataclass(frozen=True)
class HandshapePair:
    """Two letters with the same handshape, which exchange part of their probability.

    Attributes:
        letters: the two letters.
        share: part of each letter's probability that moves to the other letter, 0 to 0.5.
    """

    letters: tuple[str, str]
    share: Annotated[float, Field(ge=0, le=0.5)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Calibration:
    """Turns the logits of K classes into probabilities.

    Steps, in this order: the letters of each handshape pair exchange their share, the logits are
    divided by the temperature, the biases are added, softmax.

    Attributes:
        temperature: over 1 makes the model less sure (Guo et al. 2017, arXiv:1706.04599).
        biases: class name -> number added to its logit; a class without an entry gets 0
            (Alexandari et al. 2020, arXiv:1901.06852).
        threshold: a prediction is 'not sure' if its highest probability is below this, 0 to 1.
        handshape_pairs: the pairs of letters, each with its share.

    Raises:
        pydantic.ValidationError: a number is out of bounds.
    """

    temperature: Annotated[PositiveFloat, Field(allow_inf_nan=False)] = 1.0
    biases: dict[str, FiniteFloat] = Field(default_factory=dict)
    threshold: Annotated[float, Field(ge=0, le=1)] = 1.0
    handshape_pairs: tuple[HandshapePair, ...] = ()

    def probabilities(self, logits: np.ndarray, label_names: Sequence[str]) -> np.ndarray:
        """Converts logits (N, K) to calibrated probabilities (N, K), float32."""
        biases = np.array([self.biases.get(name, 0.0) for name in label_names])
        scores = self.exchange_shares(logits, label_names) / self.temperature + biases
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))  # softmax; exp cannot overflow
        calibrated: np.ndarray = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
        return calibrated

    def exchange_shares(self, logits: np.ndarray, label_names: Sequence[str]) -> np.ndarray:
        """Exchanges the shares of the handshape pairs: logits (N, K) -> logits (N, K), float64.

        For letters i and j, p_i becomes (1 - share) p_i + share p_j, computed on logarithms. A pair
        is skipped if the model does not know both letters.
        """
        result: np.ndarray = logits.astype(np.float64)
        for pair in self.handshape_pairs:
            if not set(pair.letters) <= set(label_names):
                continue
            columns = [label_names.index(letter) for letter in pair.letters]
            own = result[:, columns]
            kept = own + np.log1p(-pair.share)
            with np.errstate(divide="ignore"):  # log(0) is -inf: a share of 0 adds nothing
                given = own[:, ::-1] + np.log(pair.share)
            result[:, columns] = np.logaddexp(kept, given)
        return result
