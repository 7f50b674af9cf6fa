"""What a network is trained for: the loss of a batch, and how many answers are right."""

from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F

Batch = dict[str, torch.Tensor]


class Objective(Protocol):
    """Judges the outputs of a network for a batch."""

    def __call__(
        self, outputs: torch.Tensor, batch: Batch, training: bool
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Returns the mean loss over the batch, and the number of right answers.

        Args:
            outputs: the network's outputs (N, ...), float32.
            batch: the batch, on the device of the outputs.
            training: whether the loss is to be minimised; else it is only reported.
        """


@dataclass(frozen=True)
class Letters:
    """Cross-entropy between logits (N, classes) and batch['label'] (N,).

    Attributes:
        label_smoothing: part of the target that is spread over all classes, in training only.
    """

    label_smoothing: float

    def __call__(
        self, outputs: torch.Tensor, batch: Batch, training: bool
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Returns the mean cross-entropy, and how often the largest logit is the label's."""
        labels = batch["label"]
        smoothing = self.label_smoothing if training else 0.0
        loss = F.cross_entropy(outputs, labels, label_smoothing=smoothing)
        return loss, (outputs.argmax(1) == labels).sum()
