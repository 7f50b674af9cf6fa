"""The training loop: one for frozen features and for pictures, for one process and for several."""

import copy
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from timm.utils import ModelEmaV3
from torch import nn
from tqdm import tqdm

from train.devices import autocast, processes
from train.errors import DivergedError, TrainError
from train.inputs.augmented import PLAIN, Draw
from train.network.layers import set_train_mode
from train.settings import Settings
from train.training.checkpoint import Run
from train.training.history import Epoch
from train.training.optimizer import average_with, make_average, make_optimizer, make_schedule
from train.training.totals import Totals

Batch = dict[str, torch.Tensor]
Draws = list[list[Draw]]
Report = Callable[[list[Epoch], nn.Module], None]
"""Called in the main process after every epoch, with the history and the network that answers: the
averaged one, if there is an average."""


class Pictures(Protocol):
    """What is trained on: pictures (`Views`), or features of them (`Features`)."""

    def __len__(self) -> int: ...

    def batches(self, draws: Draws, workers: int) -> Iterable[Batch]:
        """Batches {'pixels': (N, ...), 'label': (N,)} of the draws, in order."""


@dataclass(frozen=True)
class Data:
    """What the loop reads.

    Attributes:
        train, val: pictures or features.
        draws: the number of an epoch -> which of `train`, in batches.
        workers: processes that read.
    """

    train: Pictures
    val: Pictures
    draws: Callable[[int], Draws]
    workers: int

    def first(self, count: int) -> torch.Tensor:
        """The first pictures (or features) of the first epoch: a batch (count, ...), float32."""
        draws = [draw for batch in self.draws(1) for draw in batch][:count]
        return next(iter(self.train.batches([draws], 0)))["pixels"].float()


def train(
    network: nn.Module,
    data: Data,
    settings: Settings,
    run: Run | None,
    report: Report,
) -> list[Epoch]:
    """Trains what is not frozen; a run that was interrupted goes on after its last checkpoint.

    The random numbers of an epoch come from the seed and the epoch's number alone, so that the
    weights are the same bit for bit as if it had never been interrupted.

    Args:
        network: a timm model, or a `train.network.head.Head` of one, on its device; trained in
            place.
        data: what to read.
        settings: how to train.
        run: where checkpoints are written; None keeps none and shows no progress bar.
        report: called after every epoch.

    Raises:
        DivergedError: the loss of an epoch is no number; its weights are not kept.
        TrainError: batches of fewer than two pictures a process.
    """
    state = processes()
    size = min(settings.batch_size, len(data.train))
    if size < 2 * state.num_processes:  # half a batch is the least that is drawn
        raise TrainError(
            f"Batches of {size} pictures are too small for {state.num_processes} processes, each "
            "of which needs one of the last batch, too: give a larger --batch-size, or start fewer."
        )
    optimizer, average = make_optimizer(network, settings), make_average(network, settings)
    answering = average.module if average else network
    # Only where it is asked for: a VGG's weights are half a gigabyte.
    start = copy.deepcopy(network.state_dict()) if settings.start_share else None
    history = run.resume(network, optimizer, average) if run else []
    if run and history:
        state.print(f"Going on after epoch {len(history)} of {settings.epochs} ({run.folder}).")
    schedule = make_schedule(optimizer, settings, len(data.draws(1)), len(history))
    parallel = network
    if state.num_processes > 1:
        parallel = nn.parallel.DistributedDataParallel(network)
    for number in range(len(history) + 1, settings.epochs + 1):
        started = time.monotonic()
        # Dropout draws from here; processes differ, epochs do not depend on what came before.
        torch.manual_seed((settings.seed * 10_007 + number) * 1009 + state.process_index)
        bar = _bar(settings, number, shown=run is not None)
        trained = _train_epoch(parallel, optimizer, schedule, average, data, settings, number, bar)
        val = _validate(answering, data, settings)
        history.append(Epoch(number, *trained, *val, round(time.monotonic() - started, 2)))
        if state.is_main_process:
            if run:
                run.save(network, optimizer, average, history)
            report(history, answering)
        state.wait_for_everyone()
    if average:
        network.load_state_dict(average.module.state_dict())
    if start is not None:
        average_with(network, start, settings.start_share)
    network.eval()
    return history


def _train_epoch(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    average: ModelEmaV3 | None,
    data: Data,
    settings: Settings,
    number: int,
    bar: tqdm,
) -> tuple[float, float]:
    """One pass; returns mean loss and accuracy over all processes."""
    state = processes()
    set_train_mode(network)
    mine = [batch[state.process_index :: state.num_processes] for batch in data.draws(number)]
    seen = Totals(state.device)
    computing = autocast(state.device, network)
    bar.reset(total=len(mine))
    for step, batch in enumerate(data.train.batches(mine, data.workers), 1):
        logits, labels = _logits(network, batch, computing)
        loss = F.cross_entropy(logits, labels, label_smoothing=settings.label_smoothing)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if settings.clip_norm:
            nn.utils.clip_grad_norm_(network.parameters(), settings.clip_norm)
        optimizer.step()
        schedule.step()
        if average:
            average.update(_alone(network), (number - 1) * len(mine) + step)
        seen.add(loss.detach() * len(labels), logits, labels)
        bar.set_postfix_str(seen.text(), refresh=False)
        bar.update()
    bar.close()
    mean_loss, accuracy = seen.over_all_processes()
    if not math.isfinite(mean_loss):  # now, before a checkpoint takes the last good one's place
        raise DivergedError(
            f"The training diverged in epoch {number}: its loss is {mean_loss}. Give a lower "
            f"--learning-rate than {settings.learning_rate:g}, and another --out."
        )
    return mean_loss, accuracy


def _alone(network: nn.Module) -> nn.Module:
    """The network without what spreads it over processes."""
    return network.module if isinstance(network, nn.parallel.DistributedDataParallel) else network


def _bar(settings: Settings, number: int, shown: bool) -> tqdm:
    hidden = not (shown and processes().is_main_process)
    return tqdm(desc=f"epoch {number}/{settings.epochs}", unit="batch", disable=hidden)


@torch.inference_mode()
def _validate(network: nn.Module, data: Data, settings: Settings) -> tuple[float, float]:
    """Plain cross-entropy (no label smoothing) and accuracy."""
    state = processes()
    network.eval()
    mine = range(len(data.val))[state.process_index :: state.num_processes]
    draws = [(number, PLAIN) for number in mine]
    size = settings.batch_size
    seen = Totals(state.device)
    computing = autocast(state.device, network)
    chunks = [draws[i : i + size] for i in range(0, len(draws), size)]
    for batch in data.val.batches(chunks, data.workers):
        logits, labels = _logits(network, batch, computing)
        seen.add(F.cross_entropy(logits, labels, reduction="sum"), logits, labels)
    return seen.over_all_processes()


def _logits(
    network: nn.Module, batch: Batch, computing: torch.autocast
) -> tuple[torch.Tensor, torch.Tensor]:
    device = processes().device
    pixels, labels = batch["pixels"].to(device), batch["label"].to(device)
    with computing:
        return network(pixels).float(), labels
