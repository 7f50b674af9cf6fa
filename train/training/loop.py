"""The training loop, on pictures or on cached features, in one process or in several."""

import copy
import math
import time
from collections.abc import Callable

import torch
from timm.utils import ModelEmaV3
from torch import nn
from tqdm import tqdm

from train.devices import autocast, processes
from train.errors import DivergedError, TrainError
from train.inputs.augmented_views import PLAIN
from train.network.layers import set_train_mode
from train.settings import Settings
from train.training.checkpoint import Run
from train.training.epoch_totals import Totals
from train.training.history import Epoch
from train.training.objective import Batch, Letters, Objective
from train.training.optimizer import (
    interpolate_weights,
    make_average,
    make_optimizer,
    make_schedule,
)
from train.training.training_data import Data

Report = Callable[[list[Epoch], nn.Module], None]
"""Called in the main process after every epoch, with the history and the validated network: the
moving average of the weights if there is one, else the trained network."""


def train(
    network: nn.Module,
    data: Data,
    settings: Settings,
    run: Run | None,
    report: Report,
    objective: Objective | None = None,
) -> list[Epoch]:
    """Trains the parameters that are not frozen; an interrupted run resumes from its checkpoint.

    The random numbers of an epoch depend only on the seed and the epoch number. A resumed run ends
    with the same weights as an uninterrupted one, bit for bit.

    Args:
        network: a timm model, or a `train.network.head.Head` of one, on its device; trained in
            place.
        data: the training and validation data.
        settings: how to train.
        run: where checkpoints are saved; None saves none and shows no progress bar.
        report: called after every epoch.
        objective: what is minimised. Default: the cross-entropy of letters.

    Raises:
        DivergedError: the loss of an epoch is not finite; the weights of that epoch are not saved.
        TrainError: a batch has fewer than two pictures per process.
    """
    state = processes()
    objective = objective or Letters(settings.label_smoothing)
    _check_batch_size(settings, data)
    optimizer, average = make_optimizer(network, settings), make_average(network, settings)
    answering = average.module if average else network
    # Copied only if needed: VGG's weights are half a gigabyte.
    start = copy.deepcopy(network.state_dict()) if settings.start_share else None
    history = _resumed(run, network, optimizer, average, settings)
    schedule = make_schedule(optimizer, settings, len(data.draws(1)), len(history))
    parallel = network
    if state.num_processes > 1:
        parallel = nn.parallel.DistributedDataParallel(network)
    for number in range(len(history) + 1, settings.epochs + 1):
        started = time.monotonic()
        # Seeds dropout: different in each process, independent of earlier epochs.
        torch.manual_seed((settings.seed * 10_007 + number) * 1009 + state.process_index)
        bar = _bar(settings, number, shown=run is not None)
        trained = _train_epoch(
            parallel, objective, optimizer, schedule, average, data, settings, number, bar
        )
        val = _validate(answering, objective, data, settings)
        history.append(Epoch(number, *trained, *val, round(time.monotonic() - started, 2)))
        if state.is_main_process:
            if run:
                run.save(network, optimizer, average, history)
            report(history, answering)
        state.wait_for_everyone()
    if average:
        network.load_state_dict(average.module.state_dict())
    if start is not None:
        interpolate_weights(network, start, settings.start_share)
    network.eval()
    return history


def _check_batch_size(settings: Settings, data: Data) -> None:
    count = processes().num_processes
    size = min(settings.batch_size, len(data.train))
    if size < 2 * count:  # half a batch needs one picture per process
        raise TrainError(
            f"Batches of {size} pictures are too small for {count} processes: each needs two "
            "pictures per batch. Give a larger --batch-size, or start fewer processes."
        )


def _resumed(
    run: Run | None,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: ModelEmaV3 | None,
    settings: Settings,
) -> list[Epoch]:
    """Loads the newest checkpoint, if there is one; returns the history up to it."""
    history = run.resume(network, optimizer, average) if run else []
    if run and history:
        done = f"{len(history)} of {settings.epochs}"
        processes().print(f"Resuming after epoch {done} ({run.folder}).")
    return history


def _train_epoch(
    network: nn.Module,
    objective: Objective,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    average: ModelEmaV3 | None,
    data: Data,
    settings: Settings,
    number: int,
    bar: tqdm,
) -> tuple[float, float]:
    """Trains one epoch; returns mean loss and accuracy over all processes."""
    state = processes()
    set_train_mode(network)
    mine = [batch[state.process_index :: state.num_processes] for batch in data.draws(number)]
    seen = Totals(state.device)
    computing = autocast(state.device, network)
    bar.reset(total=len(mine))
    for step, batch in enumerate(data.train.batches(mine, data.workers), 1):
        outputs, batch = _outputs(network, batch, computing)
        loss, right = objective(outputs, batch, training=True)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if settings.clip_norm:
            nn.utils.clip_grad_norm_(network.parameters(), settings.clip_norm)
        optimizer.step()
        schedule.step()
        if average:
            average.update(_unwrapped(network), (number - 1) * len(mine) + step)
        seen.add(loss.detach(), right, len(outputs))
        bar.set_postfix_str(seen.text(), refresh=False)
        bar.update()
    bar.close()
    mean_loss, accuracy = seen.over_all_processes()
    if not math.isfinite(mean_loss):  # before a checkpoint replaces the last good one
        raise DivergedError(
            f"The training diverged in epoch {number}: the loss is {mean_loss}. Give a lower "
            f"--learning-rate than {settings.learning_rate:g}, and another --out."
        )
    return mean_loss, accuracy


def _unwrapped(network: nn.Module) -> nn.Module:
    """Returns the network without its DistributedDataParallel wrapper."""
    return network.module if isinstance(network, nn.parallel.DistributedDataParallel) else network


def _bar(settings: Settings, number: int, shown: bool) -> tqdm:
    hidden = not (shown and processes().is_main_process)
    return tqdm(desc=f"epoch {number}/{settings.epochs}", unit="batch", disable=hidden)


@torch.inference_mode()
def _validate(
    network: nn.Module, objective: Objective, data: Data, settings: Settings
) -> tuple[float, float]:
    """Returns loss (without label smoothing) and accuracy on the validation part."""
    state = processes()
    network.eval()
    mine = range(len(data.val))[state.process_index :: state.num_processes]
    draws = [(number, PLAIN) for number in mine]
    size = settings.batch_size
    seen = Totals(state.device)
    computing = autocast(state.device, network)
    chunks = [draws[i : i + size] for i in range(0, len(draws), size)]
    for batch in data.val.batches(chunks, data.workers):
        outputs, batch = _outputs(network, batch, computing)
        seen.add(*objective(outputs, batch, training=False), len(outputs))
    return seen.over_all_processes()


def _outputs(
    network: nn.Module, batch: Batch, computing: torch.autocast
) -> tuple[torch.Tensor, Batch]:
    """Returns the network's outputs in float32, and the batch on their device."""
    device = processes().device
    batch = {name: tensor.to(device) for name, tensor in batch.items()}
    with computing:
        return network(batch["pixels"]).float(), batch
