"""The loss of the network that finds hands."""

import torch
import torch.nn.functional as F

from train.training.objective import Batch

WEIGHTS = {"centre": 1.0, "size": 0.5, "points": 0.5, "distance": 2.0}
"""Weights of the parts of the loss. The points' cross-entropy is about 2 nats when they are known
to a cell, and their distance about 0.1 hands."""

SURE = 0.3
"""A hand counts as found if its score is at least this."""


class Hands:
    """The objective of the network that finds hands (`train.training.objective.Objective`)."""

    def __call__(
        self, outputs: torch.Tensor, batch: Batch, training: bool
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Returns the loss, and in how many views the surest place is a hand, or none is sure."""
        parts = loss_of(outputs, batch)
        loss = torch.stack([WEIGHTS[name] * part for name, part in parts.items()]).sum()
        return loss, _right(outputs, batch)


def loss_of(maps: torch.Tensor, batch: Batch) -> dict[str, torch.Tensor]:
    """Returns the parts of the loss of maps (N, 24, H, W)."""
    return {
        "centre": centre_loss(maps[:, 0], batch["centres"]),
        "size": size_loss(maps[:, 1:3], batch["cells"], batch["sizes"]),
        **points_loss(maps[:, 3:], batch),
    }


def centre_loss(logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Focal loss with fewer penalties near a hand's middle (Zhou et al. 2019, arXiv:1904.07850)."""
    p = logits.sigmoid()
    hit = wanted == 1
    positive = -((1 - p) ** 2) * F.logsigmoid(logits) * hit
    negative = -((1 - wanted) ** 4) * p**2 * F.logsigmoid(-logits) * ~hit
    return (positive.sum() + negative.sum()) / hit.sum().clamp(min=1)


def size_loss(maps: torch.Tensor, cells: torch.Tensor, sizes: torch.Tensor) -> torch.Tensor:
    """Mean absolute error of the logarithms of width and height, at the hands' middles."""
    picture, number = (cells >= 0).nonzero(as_tuple=True)
    at = maps.flatten(2)[picture, :, cells[picture, number]]
    return (at - sizes[picture, number]).abs().sum() / max(len(picture), 1)


def points_loss(logits: torch.Tensor, batch: Batch) -> dict[str, torch.Tensor]:
    """Cross-entropy to a Gaussian of one cell, and the distance of the mean place in hands."""
    _, _, height, width = logits.shape
    wanted, shown = batch["points"], batch["shown"].float()
    count = shown.sum().clamp(min=1)
    x, y = (torch.arange(n, device=logits.device) + 0.5 for n in (width, height))
    bump = (
        torch.exp(-((x - wanted[..., :1]) ** 2) / 2)[:, :, None]
        * torch.exp(-((y - wanted[..., 1:]) ** 2) / 2)[..., None]
    )
    bump = bump.flatten(2)
    bump = bump / bump.sum(-1, keepdim=True).clamp(min=1e-6)
    log_p = logits.flatten(2).log_softmax(-1)
    cross = (-(bump * log_p).sum(-1) * shown).sum() / count
    p = log_p.exp().view_as(logits)
    place = torch.stack([(p.sum(2) * x).sum(-1), (p.sum(3) * y).sum(-1)], -1)
    distance = (place - wanted).norm(dim=-1) / batch["hand"][:, None]
    return {"points": cross, "distance": (distance * shown).sum() / count}


def _right(maps: torch.Tensor, batch: Batch) -> torch.Tensor:
    score, cell = maps[:, 0].flatten(1).max(1)
    width = maps.shape[-1]
    cells = batch["cells"]
    across = (cells % width - (cell % width)[:, None]).abs() / width
    down = (cells // width - (cell // width)[:, None]).abs() / width
    half = batch["sizes"].exp() / 2
    near = ((across <= half[..., 0]) & (down <= half[..., 1]) & (cells >= 0)).any(1)
    sure = score.sigmoid() >= SURE
    return torch.where((cells >= 0).any(1), near & sure, ~sure).sum()
