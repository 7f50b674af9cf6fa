"""Outputs of a model for labelled pictures: logits before calibration, answers after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from asl_model.calibration import Calibration


@dataclass(frozen=True)
class Answers:
    """Calibrated answers to N labelled pictures, K classes.

    Attributes:
        label_names: the K classes.
        probabilities: (N, K).
        sure: (N,) whether the model is sure enough to answer.
        truth: (N,) index of the class that each picture shows.
        sources: (N,) source of each picture.
    """

    label_names: tuple[str, ...]
    probabilities: np.ndarray
    sure: np.ndarray
    truth: np.ndarray
    sources: np.ndarray

    @property
    def predicted(self) -> np.ndarray:
        """(N,) index of the most probable class."""
        return self.probabilities.argmax(1)

    @property
    def confidence(self) -> np.ndarray:
        """(N,) probability of the most probable class."""
        return self.probabilities.max(1)

    @property
    def correct(self) -> np.ndarray:
        """(N,) whether the most probable class is the one shown."""
        return self.predicted == self.truth

    @property
    def in_top3(self) -> np.ndarray:
        """(N,) whether the class shown is among the three most probable; ties go by class index."""
        order = np.argsort(-self.probabilities, axis=1, kind="stable")
        return (order[:, :3] == self.truth[:, None]).any(1)


@dataclass(frozen=True)
class Logits:
    """A network's logits for N labelled pictures, before calibration.

    Attributes:
        label_names: the K classes.
        values: (N, K), from `Recognizer.logits`.
        truth: (N,) index of the class that each picture shows.
        sources: (N,) source of each picture.
    """

    label_names: tuple[str, ...]
    values: np.ndarray
    truth: np.ndarray
    sources: np.ndarray

    def rows(self, chosen: np.ndarray) -> "Logits":
        """Returns the logits of some pictures, chosen by index or by a mask (N,)."""
        return Logits(
            self.label_names, self.values[chosen], self.truth[chosen], self.sources[chosen]
        )

    def calibrated(self, calibration: Calibration) -> Answers:
        """Returns the answers under a calibration."""
        return self.calibrated_per_source(dict.fromkeys(np.unique(self.sources), calibration))

    def calibrated_per_source(self, calibrations: Mapping[str, Calibration]) -> Answers:
        """Returns the answers, each source under its own calibration."""
        probabilities = np.empty(self.values.shape)
        sure = np.empty(len(self.truth), bool)
        for source in np.unique(self.sources):
            own, calibration = self.sources == source, calibrations[str(source)]
            probabilities[own] = calibration.probabilities(self.values[own], self.label_names)
            sure[own] = probabilities[own].max(1) >= calibration.threshold
        return Answers(self.label_names, probabilities, sure, self.truth, self.sources)


def source_weights(sources: np.ndarray) -> np.ndarray:
    """Returns weights (N,) that sum to 1 and give each source the same total weight."""
    _, number, size = np.unique(sources, return_inverse=True, return_counts=True)
    return 1 / (len(size) * size[number])


def joined(parts: Sequence[Logits]) -> Logits:
    """Returns the logits of several splits, one after the other; a source is in one of them."""
    return Logits(
        parts[0].label_names,
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.truth for part in parts]),
        np.concatenate([part.sources for part in parts]),
    )
