"""Mean loss and accuracy of an epoch, summed batch by batch."""

import torch
from accelerate.utils import reduce


class Totals:
    """Sums of the loss, the correct predictions and the pictures, kept on the device."""

    def __init__(self, device: torch.device) -> None:
        self.sums = torch.zeros(3, device=device, dtype=torch.float32)

    def add(self, loss: torch.Tensor, right: torch.Tensor, count: int) -> None:
        """Adds a batch of `count` pictures: their mean loss, and how many answers are right."""
        self.sums += torch.stack([loss * count, right, torch.tensor(count, device=loss.device)])

    def text(self) -> str:
        """Returns loss and accuracy so far, for the progress bar."""
        loss, right, count = self.sums.tolist()
        return f"loss={loss / count:.3f}, accuracy={right / count:.3f}"

    def over_all_processes(self) -> tuple[float, float]:
        """Returns mean loss and accuracy over all processes."""
        loss, right, count = reduce(self.sums, "sum").tolist()
        return loss / max(count, 1), right / max(count, 1)
