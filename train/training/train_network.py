"""Trains the network of a task on pictures, or only its head on cached features."""

import torch
from torch import nn

from asl_model.timm_model import TimmModel
from train.devices import processes
from train.inputs.epoch_sampling import epoch_draws
from train.inputs.features import Features, ReadOptions, compute_features
from train.network.head import FOR_STANDARDISING, Head
from train.network.initialise import initialise
from train.network.layers import dense_convolutions
from train.settings import Settings
from train.training.checkpoint import Run
from train.training.history import Epoch
from train.training.loop import Report, train
from train.training.training_data import Data
from train.training.training_task import Task


def train_task(task: Task, run: Run, reading: ReadOptions, report: Report) -> list[Epoch]:
    """Trains the network of a task in place; an interrupted run is resumed.

    Raises:
        DivergedError, TrainError: see `train.training.loop.train`.
    """
    parts, settings = task.pictures.parts, task.settings
    if settings.freeze == "all":
        training = features_of(task, "train", reading)
        val = features_of(task, "val", reading)
        draws = epoch_draws(parts["train"], settings, cached=True)
        data = Data(training, val, draws, reading.workers)
        return train_head(task.model, task.new_parameters, data, settings, run, report)
    draws = epoch_draws(parts["train"], settings, cached=False)
    data = Data(task.views(parts["train"]), task.views(parts["val"]), draws, reading.workers)
    return _train(task.model, task.model, task.new_parameters, data, settings, run, report)


def features_of(task: Task, part: str, reading: ReadOptions) -> Features:
    """Returns the cached features of a part, for 'train' also those of augmented copies."""
    views = task.views(task.pictures.parts[part])
    count = task.settings.views if part == "train" else 0
    return compute_features(task.model, views, count, part, reading)


def train_head(
    model: TimmModel,
    new_parameters: set[str],
    data: Data,
    settings: Settings,
    run: Run | None,
    report: Report,
) -> list[Epoch]:
    """Trains the head of a model on features, in place.

    Args:
        model: a timm model whose feature extractor is frozen, on its device.
        new_parameters: names of the parameters that start from random values.
        data: the features.
        settings: how to train.
        run: where checkpoints are saved; None saves none.
        report: called after every epoch, with the head.
    """
    head = Head(model).to(processes().device)
    if settings.standardise:
        head.standardise(data.first(FOR_STANDARDISING).to(processes().device), new_parameters)
    history = _train(model, head, new_parameters, data, settings, run, report)
    head.fold()
    return history


def _train(
    model: TimmModel,
    network: nn.Module,
    new_parameters: set[str],
    data: Data,
    settings: Settings,
    run: Run | None,
    report: Report,
) -> list[Epoch]:
    """Initialises the random parameters, then trains `network`, which is `model` or its head."""
    torch.manual_seed(settings.seed)
    initialise(model, new_parameters, settings.initialisation)
    with dense_convolutions(model):
        return train(network, data, settings, run, report)
