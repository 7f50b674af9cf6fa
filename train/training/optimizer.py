"""The optimizer, the learning rate schedule, and averages of the weights."""

import torch
from timm.utils import ModelEmaV3
from torch import nn

from train.settings import Settings


def make_optimizer(network: nn.Module, settings: Settings) -> torch.optim.Optimizer:
    """Creates an optimizer of the parameters that are not frozen; weight decay on weights only."""
    trained = [p for p in network.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    kind = {"adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}[settings.optimizer]
    return kind(groups, lr=settings.learning_rate, fused=True)


def make_schedule(
    optimizer: torch.optim.Optimizer, settings: Settings, steps: int, epochs_done: int
) -> torch.optim.lr_scheduler.LRScheduler:
    """Creates the learning rate schedule, at the step where a resumed run continues."""
    if settings.schedule == "constant":
        return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=settings.learning_rate,
        total_steps=settings.epochs * steps,
        pct_start=0.15,
        cycle_momentum=settings.optimizer == "adamw",  # plain SGD has no momentum
    )
    if epochs_done:
        done = epochs_done * steps
        schedule.load_state_dict(
            {**schedule.state_dict(), "last_epoch": done - 1, "_step_count": done}
        )
        schedule.step()
    return schedule


def make_average(network: nn.Module, settings: Settings) -> ModelEmaV3 | None:
    """Creates a moving average of weights and buffers; None if `settings.ema_decay` is 0.

    Its `module` is the averaged network. Over the first 1 / (1 - decay) steps it is the plain mean,
    so that the initial weights do not source_weights more than later ones.
    """
    if not settings.ema_decay:
        return None
    return ModelEmaV3(network, settings.ema_decay, use_warmup=True, warmup_power=1.0)


def interpolate_weights(network: nn.Module, start: dict[str, torch.Tensor], share: float) -> None:
    """Moves all weights and statistics of a network by `share` towards `start`, in place.

    Args:
        network: the trained network.
        start: the network's state_dict before training.
        share: 0 changes nothing, 1 restores `start`.
    """
    for name, value in network.state_dict().items():
        if value.is_floating_point():  # not the batch counters, which are integers
            value.lerp_(start[name], share)
