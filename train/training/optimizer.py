"""The optimizer, its learning rate, and averages of the weights that it walks through."""

import torch
from timm.utils import ModelEmaV3
from torch import nn

from train.settings import Settings


def make_optimizer(network: nn.Module, settings: Settings) -> torch.optim.Optimizer:
    """Of what is not frozen; weight decay on weights only."""
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
    """The learning rate of each step, set to where a resumed run left it."""
    if settings.schedule == "constant":
        return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=settings.learning_rate,
        total_steps=settings.epochs * steps,
        pct_start=0.15,
        cycle_momentum=settings.optimizer == "adamw",  # plain SGD has none
    )
    if epochs_done:
        done = epochs_done * steps
        schedule.load_state_dict(
            {**schedule.state_dict(), "last_epoch": done - 1, "_step_count": done}
        )
        schedule.step()
    return schedule


def make_average(network: nn.Module, settings: Settings) -> ModelEmaV3 | None:
    """A running mean of weights and buffers, whose `module` is the network that answers.

    Over the first 1 / (1 - decay) steps it is the plain mean, so that where training began does not
    weigh more than where it went. None if the settings ask for none.
    """
    if not settings.ema_decay:
        return None
    return ModelEmaV3(network, settings.ema_decay, use_warmup=True, warmup_power=1.0)


def average_with(network: nn.Module, start: dict[str, torch.Tensor], share: float) -> None:
    """Moves all weights and statistics of a network by `share` of the way to `start`, in place.

    Args:
        network: what training ended with.
        start: its state_dict from when it began.
        share: 0 changes nothing, 1 takes `start`.
    """
    for name, value in network.state_dict().items():
        if value.is_floating_point():  # counters of batches stay
            value.lerp_(start[name], share)
