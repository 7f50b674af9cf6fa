"""Recognizer: a picture in, the letter out. The one class a user of the package needs."""

import os
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

from asl_model.alphabet import NO_SIGN
from asl_model.bundle import Bundle, load_bundle
from asl_model.images import ImageSource, open_image
from asl_model.network import fold_batch_norm

_BATCH = 32
"""Pictures computed at once by `many`: bounds the memory, whatever the length of the list."""


@dataclass(frozen=True)
class Prediction:
    """What a model says about one picture.

    Attributes:
        label_names: the classes.
        probabilities: one for each class, in the same order; they add up to 1.
        threshold: a top probability below it means 'not sure'.
    """

    label_names: tuple[str, ...]
    probabilities: tuple[float, ...]
    threshold: float

    @property
    def label(self) -> str:
        """The most probable class, sure or not: a letter, 'del', 'nothing' or 'space'."""
        return self.top(1)[0][0]

    @property
    def confidence(self) -> float:
        """The probability of `label`, 0 to 1."""
        return max(self.probabilities)

    @property
    def letter(self) -> str | None:
        """The sign seen ('A' to 'Z', 'del' or 'space'); None when not sure or no sign is seen."""
        sure = self.confidence >= self.threshold
        return self.label if sure and self.label != NO_SIGN else None

    def top(self, k: int = 5) -> list[tuple[str, float]]:
        """The k most probable classes with their probabilities, most probable first."""
        ranked = sorted(
            zip(self.label_names, self.probabilities, strict=True), key=lambda pair: -pair[1]
        )
        return ranked[:k]


class Recognizer:
    """Reads letters with one loaded model. Calls from several threads are safe."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._network = fold_batch_norm(bundle.model)

    @classmethod
    def load(cls, source: str | os.PathLike[str] | None = None) -> "Recognizer":
        """Loads a model: the embedded one, a folder, or a Hub id 'owner/name@revision'.

        Raises:
            BundleError: it cannot be had; the message says why and what to do.
        """
        return cls(load_bundle(source))

    def __call__(self, image: ImageSource) -> Prediction:
        """Reads one picture: a path, bytes, a PIL image or a uint8 array (H, W, 3).

        Raises:
            ImageError: it is no picture; the message says what was given and what works.
        """
        return self.many([image])[0]

    def many(self, images: Iterable[ImageSource]) -> list[Prediction]:
        """Reads several pictures, in batches of at most 32.

        Raises:
            ImageError: one of them is no picture.
        """
        predictions: list[Prediction] = []
        tensors: list[torch.Tensor] = []
        for image in images:
            tensors.append(self.bundle.pixels(open_image(image)))
            if len(tensors) == _BATCH:
                predictions += self._predict(tensors)
                tensors = []
        return predictions + self._predict(tensors)

    def _predict(self, tensors: list[torch.Tensor]) -> list[Prediction]:
        if not tensors:
            return []
        rows = self.probabilities(torch.stack(tensors)).tolist()
        return [Prediction(self.bundle.label_names, tuple(r), self.bundle.threshold) for r in rows]

    def probabilities(self, batch: torch.Tensor) -> np.ndarray:
        """Looks at pictures, as `Bundle.pixels` gives (N, looks, 3, H, W) -> probabilities
        (N, classes), float32: the softmax of the mean of the looks' logits."""
        with torch.inference_mode():
            logits = self._network(batch.flatten(0, 1)).float()
            return logits.unflatten(0, batch.shape[:2]).mean(dim=1).softmax(dim=1).numpy()
