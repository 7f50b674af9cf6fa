"""The task of a run: its pictures, split into parts, and the network to train."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import torch
from timm.data import resolve_model_data_config

from asl_model.alphabet import CLASSES, NO_SIGN
from asl_model.bundle import Bundle
from asl_model.hand.geometry import Box
from asl_model.images import open_image
from asl_model.inference import engine
from asl_model.metrics_file import Metrics, Training
from asl_model.preprocessing import Preprocessing
from asl_model.timm_model import TimmModel
from train.data.pictures import (
    Sources,
    class_names,
    contents,
    load_not_hands,
    load_pictures,
    load_unseen,
    output_indices,
    readable,
    select_classes,
)
from train.data.split_pictures import SplitPictures
from train.data.split_rules import FEWEST, split
from train.devices import processes
from train.errors import TrainError
from train.inputs import augmentations
from train.inputs.augmented_views import Views
from train.inputs.hand_boxes import find_boxes
from train.network.backbone import build_model, describe, set_input_size
from train.network.hashes import versions, weights_hash
from train.network.layers import lay_out_channels_last, round_to_half
from train.network.weights_origin import weights_origin
from train.settings import Settings

MAX_BACKGROUNDS = 200
"""Pictures of 'nothing' kept in memory as backgrounds for cut-out hands: 24 MB at 200 px."""


@dataclass(frozen=True)
class Task:
    """A network and the pictures it is trained and measured on.

    Attributes:
        settings: how to train.
        pictures: the pictures to train and measure on.
        label_names: the classes, in the order of the network's outputs.
        model: the network, on its device, partly frozen.
        new_parameters: names of the parameters that start from random values.
        pretrained: a hash of the pre-trained parameters.
        weights_origin: what the pre-trained weights are, see `train.network.weights_origin`.
    """

    settings: Settings
    pictures: SplitPictures
    label_names: tuple[str, ...]
    model: TimmModel
    new_parameters: set[str]
    pretrained: str
    weights_origin: str | None = None

    def views(self, pictures: datasets.Dataset) -> Views:
        """Returns the network's inputs: view 0 is the plain picture, other views are augmented."""
        config = resolve_model_data_config(self.model)
        chosen = _backgrounds(self.pictures.parts["train"])
        backgrounds = (open_image(contents(image)) for image in chosen["image"])
        size, mean, std = config["input_size"][-1], config["mean"], config["std"]
        return Views(
            pictures,
            output_indices(pictures, self.label_names),
            Preprocessing.of(self.model.pretrained_cfg),
            augmentations.training_transform(
                size, mean, std, backgrounds, self.settings.augmentation
            ),
            f"{size} {mean} {std} {self.settings.augmentation} {augmentations.SEED_TEXT} "
            f"{list(chosen['key'])}",
            self.settings.seed,
            str(augmentations.VERSION),
            self._boxes(pictures),
        )

    def _boxes(self, pictures: datasets.Dataset) -> list[Box | None] | None:
        if self.settings.crop == "none":
            return None
        with processes().local_main_process_first():  # one looks, the others read the cache
            return find_boxes(pictures, "the training data")

    def identity(self) -> dict[str, Any]:
        """Returns everything that the trained weights depend on, to recognise a resumed run."""
        unrelated = ("keep_checkpoints", "looks", "test_input_size")
        settings = {k: v for k, v in vars(self.settings).items() if k not in unrelated}
        parts = self.pictures.parts
        return (
            settings
            | {
                "classes": list(self.label_names),
                "held_out": list(self.settings.held_out),
                "pictures": contents_hash(parts["train"], parts["val"]),
                "pretrained weights": self.pretrained,
                "versions": versions(),
            }
            | ({"engine": engine()} if self._on_features_of_openvino() else {})
        )

    def bundle(self, training: Training) -> Bundle:
        """Returns the trained model as a bundle, not yet calibrated or measured."""
        model = round_to_half(self.model.eval().cpu())
        if self.settings.test_input_size:
            set_input_size(model, self.settings.test_input_size)
        return Bundle(
            lambda: model,
            Preprocessing.of(model.pretrained_cfg),
            self.label_names,
            looks=self.settings.looks,
            crop=self.settings.crop,
            metrics=Metrics(training=training),
        )

    def _on_features_of_openvino(self) -> bool:
        return self.settings.freeze == "all" and processes().device.type == "cpu"


def prepare(
    data: Sources,
    unseen: Sources | None,
    settings: Settings,
    weights: Path | None,
    not_hands: Path | None = None,
    unseen_frames: Sources | None = None,
) -> Task:
    """Loads the pictures and the network.

    Args:
        data: see `train.data.pictures.load_pictures`.
        unseen: like `data`, with people never trained on.
        settings: how to train.
        weights: pre-trained weights, see `train.network.backbone.build_model`.
        not_hands: folder of pictures without a hand sign.
        unseen_frames: like `unseen`, whole camera frames.

    Raises:
        TrainError: the arguments or the data cannot be used.
    """
    without_hands = load_not_hands(not_hands)
    with processes().local_main_process_first():  # one downloads, the others read the cache
        pictures = select_classes(load_pictures(data, settings.classes), settings.classes)
    pictures = readable(pictures)
    strangers = load_unseen(unseen, settings.classes)
    frames = load_unseen(unseen_frames, settings.classes)
    parts = split(
        pictures, settings.split, settings.seed, settings.held_out, settings.train_pictures
    )
    for people in (strangers, frames):
        _check(parts, class_names(pictures), people)
    return task_of(SplitPictures(parts, strangers, without_hands, frames), settings, weights)


def task_of(pictures: SplitPictures, settings: Settings, weights: Path | None) -> Task:
    """Returns a task on pictures that are already split; loads the network onto its device."""
    torch.manual_seed(settings.seed)
    label_names = class_names(datasets.concatenate_datasets(list(pictures.parts.values())))
    state = processes()
    with state.local_main_process_first():  # one process downloads, the others read the cache
        model, new_parameters = build_model(settings, label_names, weights)
    if new_parameters and settings.start_share:
        raise TrainError(
            f"--start-share {settings.start_share:g} needs a trained model to start from, but "
            f"{len(new_parameters)} parameters start at random. Give a bundle as "
            "--backbone-weights."
        )
    state.print(f"{settings.backbone}: {describe(model, new_parameters)}")
    counts = (f"{name}: {len(part)} pictures" for name, part in pictures.parts.items())
    state.print(", ".join(counts))
    pretrained = weights_hash(model, leave_out=new_parameters)
    model.to(state.device)
    lay_out_channels_last(model)
    origin = weights_origin(weights)
    return Task(settings, pictures, label_names, model, new_parameters, pretrained, origin)


def _check(
    parts: dict[str, datasets.Dataset],
    label_names: Sequence[str],
    unseen: datasets.Dataset | None,
) -> None:
    if len(label_names) < 2:
        raise TrainError(f"There is only one class ({label_names[0]}); training needs two or more.")
    untaught = sorted(set(label_names) - set(class_names(parts["train"])))
    if untaught:
        raise TrainError(
            f"No source in the training part shows {', '.join(untaught)}. Hold out other sources, "
            "or leave these classes out with --classes."
        )
    if not len(parts["val"]) or not len(parts["blocks"]):
        raise TrainError(
            f"Too few pictures to hold any out: a class of a source needs {FEWEST} or more."
        )
    unknown = set(class_names(unseen)) - set(label_names) if unseen is not None else set()
    if unknown:
        raise TrainError(f"--unseen shows classes that --data does not have: {sorted(unknown)}.")


def contents_hash(*parts: datasets.Dataset) -> str:
    """Returns a hash of the pictures, their classes and their sources, in order."""
    data = hashlib.blake2b(digest_size=16)
    for pictures in parts:
        for column in ("key", "label", "source"):
            data.update(repr(list(pictures[column])).encode())
    return data.hexdigest()


def _backgrounds(pictures: datasets.Dataset) -> datasets.Dataset:
    empty = np.flatnonzero(np.array(pictures["label"]) == CLASSES.index(NO_SIGN))
    chosen = np.linspace(0, len(empty) - 1, min(len(empty), MAX_BACKGROUNDS)).astype(int)
    return pictures.select(empty[chosen])
