"""What the training loop reads: pictures or cached features, in the order of an epoch's draws."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import torch

from train.inputs.augmented_views import Draw
from train.training.objective import Batch

Draws = list[list[Draw]]


class TrainingInputs(Protocol):
    """Training or validation data: pictures (`Views`) or their cached features (`Features`)."""

    def __len__(self) -> int: ...

    def batches(self, draws: Draws, workers: int) -> Iterable[Batch]:
        """Yields batches {'pixels': (N, ...), ...} of the draws, in order.

        The other tensors are what the objective needs: 'label' (N,) for letters.
        """


@dataclass(frozen=True)
class Data:
    """The data that the training loop reads.

    Attributes:
        train, val: pictures or features.
        draws: epoch number -> batches of draws from `train`.
        workers: number of worker processes that load the data.
    """

    train: TrainingInputs
    val: TrainingInputs
    draws: Callable[[int], Draws]
    workers: int

    def first(self, count: int) -> torch.Tensor:
        """Returns the first pictures or features of epoch 1 as a batch (count, ...), float32."""
        draws = [draw for batch in self.draws(1) for draw in batch][:count]
        return next(iter(self.train.batches([draws], 0)))["pixels"].float()
