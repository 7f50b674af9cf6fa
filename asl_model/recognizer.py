"""Recognizer: predicts the letter in a picture. The only class that users of the package need."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np
from PIL import Image

from asl_model.alphabet import NO_SIGN
from asl_model.bundle import Bundle, read_bundle
from asl_model.crops import CROPS
from asl_model.errors import BundleError
from asl_model.hand import Hand, embedded_finder
from asl_model.hand.hand_crop import crop_hand
from asl_model.images import ImageSource, open_image
from asl_model.inference import Network, convert

_BATCH = 8
"""Pictures per batch in `many`: limits the memory, however long the list is. Larger batches are no
faster on two cores (docs/experiments/serving-speed.md)."""


@dataclass(frozen=True)
class Prediction:
    """A model's prediction for one picture.

    Attributes:
        label_names: the classes.
        probabilities: one for each class, in the order of `label_names`; they add up to 1.
        threshold: the prediction is 'not sure' if the top probability is below this.
        hand: the hand that was read; None if no hand was found, or the model looks for none, and
            the whole picture was read.
    """

    label_names: tuple[str, ...]
    probabilities: tuple[float, ...]
    threshold: float
    hand: Hand | None = None

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """The box around the hand: x0, y0, x1, y1 in pixels of the picture; None without a hand."""
        return self.hand.box if self.hand else None

    @property
    def points(self) -> tuple[tuple[float, float], ...] | None:
        """The hand's 21 joints, see `asl_model.hand.Hand`; None without a hand."""
        return self.hand.points if self.hand else None

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
        """The sign seen ('A' to 'Z', 'del' or 'space'); None if not sure or if no sign is seen."""
        sure = self.confidence >= self.threshold
        return self.label if sure and self.label != NO_SIGN else None

    def top(self, k: int = 5) -> list[tuple[str, float]]:
        """Returns the k most probable classes with their probabilities, most probable first."""
        ranked = sorted(
            zip(self.label_names, self.probabilities, strict=True), key=lambda pair: -pair[1]
        )
        return ranked[:k]


class Recognizer:
    """Reads letters with one loaded model. Calls from several threads are safe.

    Raises:
        BundleError: the model's graph cannot be run.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._finder = embedded_finder() if bundle.crop == "hand" else None
        # Pillow releases the GIL while it resizes: 4 ms instead of 6 for two crops of a picture of
        # 640 x 480 (two slow cores).
        self._crop_threads = ThreadPoolExecutor(len(CROPS))
        empty = np.zeros((1, bundle.looks, 3, *bundle.preprocessing.size), np.float32)
        try:
            self._network = _network(bundle)
            self.logits(empty)  # warm up, so that the first picture is not slower
        except RuntimeError as error:
            if bundle.graph is None or isinstance(error, BundleError):
                raise
            # OpenVINO raises RuntimeError for a broken graph.xml.
            reason = str(error).strip().splitlines() or [type(error).__name__]
            raise BundleError(f"'{bundle.name}' cannot be run: {reason[-1]}") from None

    @classmethod
    def load(cls, source: str | os.PathLike[str] | None = None) -> "Recognizer":
        """Loads a model: the embedded one, a folder, or a Hub id 'owner/name@revision'.

        Raises:
            BundleError: the model cannot be loaded; the message says why and what to do.
        """
        return cls(read_bundle(source))

    def __call__(self, image: ImageSource) -> Prediction:
        """Reads one picture: a path, bytes, a PIL image or a uint8 array (H, W, 3).

        Raises:
            ImageError: the input is not a picture; the message says what was given and what works.
        """
        return self.read(open_image(image))

    @property
    def finds_hands(self) -> bool:
        """Whether the model looks for the hand before it reads."""
        return self._finder is not None

    def read(self, picture: Image.Image, last: Hand | None = None) -> Prediction:
        """Reads a picture that `asl_model.images.open_image` opened: RGB and upright.

        Args:
            picture: the picture.
            last: in a film, the hand in the frame before: it is looked for near its last place,
                which takes half the time.
        """
        hand = self.find(picture, last)
        return self._predictions([self._input(picture, hand)])[0]

    def find(self, picture: Image.Image, last: Hand | None = None) -> Hand | None:
        """Returns the hand that the model would read in a picture; None if there is none."""
        if self._finder is None:
            return None
        hands = self._finder.follow(picture, last) if last else self._finder(picture, 1)
        return hands[0] if hands else None

    def many(self, images: Iterable[ImageSource]) -> list[Prediction]:
        """Reads several pictures, in batches of at most 8.

        Raises:
            ImageError: one of the inputs is not a picture.
        """
        return list(self.read_many(map(open_image, images)))

    def read_many(self, pictures: Iterable[Image.Image]) -> Iterator[Prediction]:
        """Reads opened pictures (see `read`) lazily, one batch at a time."""
        inputs = (self._input(picture, self.find(picture)) for picture in pictures)
        while batch := list(islice(inputs, _BATCH)):
            yield from self._predictions(batch)

    def _input(self, picture: Image.Image, hand: Hand | None) -> tuple[np.ndarray, Hand | None]:
        part = crop_hand(picture, hand.box) if hand else picture
        return self.bundle.pixels(part, self._crop_threads.map), hand

    def _predictions(self, batch: list[tuple[np.ndarray, Hand | None]]) -> list[Prediction]:
        calibration, names = self.bundle.calibration, self.bundle.label_names
        logits = self.logits(np.stack([pixels for pixels, _ in batch]))
        rows = calibration.probabilities(logits, names).tolist()
        return [
            Prediction(names, tuple(row), calibration.threshold, hand)
            for row, (_, hand) in zip(rows, batch, strict=True)
        ]

    def logits(self, batch: np.ndarray) -> np.ndarray:
        """Computes the logits before calibration: the mean over the crops.

        Args:
            batch: stacked results of `Bundle.pixels`, (N, looks, 3, H, W), float32.

        Returns:
            (N, classes), float32.
        """
        logits = self._network(batch.reshape(-1, *batch.shape[2:]))
        mean: np.ndarray = logits.reshape(*batch.shape[:2], -1).mean(axis=1)
        return mean


def _network(bundle: Bundle) -> Callable[[np.ndarray], np.ndarray]:
    """Returns an OpenVINO network, or torch for the rare model that OpenVINO cannot convert."""
    if bundle.graph is not None:
        return Network(bundle.graph)
    model = bundle.model
    try:
        return Network(convert(model))
    except Exception:  # errors of OpenVINO and torch have no common class
        import torch

        def by_torch(batch: np.ndarray) -> np.ndarray:
            with torch.inference_mode():
                logits: np.ndarray = model(torch.from_numpy(batch)).numpy()
                return logits

        return by_torch
