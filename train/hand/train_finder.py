"""Trains the network that finds hands."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from asl_model.bundle_config import WEIGHTS
from train.devices import processes
from train.errors import TrainError
from train.hand.labelled import Labelled
from train.hand.losses import Hands
from train.hand.network import SIZE, HandNetwork
from train.hand.plain_views import PlainViews
from train.hand.views import HandPictures, HandViews
from train.settings import Settings
from train.training.checkpoint import Run, open_run
from train.training.history import Epoch, Reporter, Tracker
from train.training.loop import train
from train.training.training_data import Data

BATCH = 64


@dataclass(frozen=True)
class FinderSettings:
    """How a finder is trained.

    Attributes:
        epochs: number of epochs.
        views: random views in an epoch.
        seed: seed of the random layers and of all views.
    """

    epochs: int = 12
    views: int = 12_000
    seed: int = 0


def train_finder(
    pictures: HandPictures,
    val: tuple[Sequence[Labelled], Sequence[Labelled]],
    weights: Path,
    settings: FinderSettings,
    folder: Path,
    workers: int,
) -> tuple[HandNetwork, list[Epoch]]:
    """Trains a finder; the same call resumes from the checkpoints in `folder`.

    Args:
        pictures: the labelled hands.
        val: whole and close pictures on which each epoch is validated.
        weights: MobileNetV2's weights to start from: a safetensors file with timm's names, or the
            folder of a bundle that reads letters.
        settings: how to train.
        folder: where checkpoints, history and curves are written.
        workers: worker processes that read pictures.

    Returns:
        The trained network on the CPU, in eval mode, and the history.

    Raises:
        TrainError: the weights do not fit.
    """
    torch.manual_seed(settings.seed)
    network = HandNetwork()
    try:
        network.load_backbone(load_file(weights / WEIGHTS if weights.is_dir() else weights))
    except (OSError, ValueError, SafetensorError) as error:
        raise TrainError(f"--backbone-weights '{weights}': {error}") from None
    # Channels last: a step of 32 views takes 1.2 s instead of 1.8 on one core.
    network.to(processes().device).to(memory_format=torch.channels_last)
    data = Data(
        HandViews(pictures, SIZE, settings.views, settings.seed),
        PlainViews(*val, SIZE),
        lambda epoch: _draws(settings.views, epoch),
        workers,
    )
    with open_run(folder, asdict(settings), keep=2) as run:
        history = _train(network, data, settings, run)
    return network.cpu(), history


def _train(network: HandNetwork, data: Data, settings: FinderSettings, run: Run) -> list[Epoch]:
    # A moving average of 0.998 spans half an epoch. The gradient's norm is about 3: 5 cuts peaks.
    recipe = Settings(
        freeze="none",
        epochs=settings.epochs,
        batch_size=BATCH,
        learning_rate=2e-3,
        weight_decay=0.02,
        ema_decay=0.998,
        clip_norm=5.0,
        seed=settings.seed,
    )
    report = Reporter(run.folder, Tracker(None, "", {}))
    return train(network, data, recipe, run, report, Hands())


def _draws(count: int, epoch: int) -> list[list[tuple[int, int]]]:
    """Returns the epoch's batches of (number, epoch): each epoch has views of its own."""
    draws = [(number, epoch) for number in range(count)]
    return [draws[i : i + BATCH] for i in range(0, count - BATCH + 1, BATCH)]
