"""What a run works on: the pictures in their parts, and the network that is to learn them."""

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
from asl_model.graph import engine
from asl_model.images import open_image
from asl_model.preprocessing import Preprocessing
from train.data.pictures import (
    Sources,
    class_names,
    contents,
    load_pictures,
    readable,
    select_classes,
)
from train.data.splits import FEWEST, split
from train.devices import processes
from train.errors import TrainError
from train.inputs import augment
from train.inputs.augmented import Views
from train.inputs.features import source_hash, versions, weights_hash
from train.measuring.predict import letters_only, numbered
from train.network.backbone import build_model, describe
from train.network.layers import TimmModel, lay_out_channels_last
from train.settings import Settings

MOST_BACKGROUNDS = 200
"""Pictures of 'nothing' kept in memory to paste cut-out hands on: 24 MB at 200 px."""


@dataclass(frozen=True)
class Task:
    """A network and the pictures it is trained and measured on.

    Attributes:
        settings: how.
        parts: 'train', 'val', 'blocks' and perhaps more, see `train.data.splits.split`.
        others: letters of people never trained on; None if there are none.
        label_names: the classes, in the order of the network's outputs.
        model: on its device, partly frozen.
        random: names of the parameters that no pre-trained weights were loaded for.
        pretrained: a hash of those that were.
    """

    settings: Settings
    parts: dict[str, datasets.Dataset]
    others: datasets.Dataset | None
    label_names: tuple[str, ...]
    model: TimmModel
    random: set[str]
    pretrained: str

    def views(self, pictures: datasets.Dataset) -> Views:
        """Pictures as this network sees them; view 0 plain, the others changed for training."""
        config = resolve_model_data_config(self.model)
        chosen = _backgrounds(self.parts["train"])
        backgrounds = (open_image(contents(image)) for image in chosen["image"])
        size, mean, std = config["input_size"][-1], config["mean"], config["std"]
        return Views(
            pictures,
            numbered(pictures, self.label_names),
            Preprocessing.of(self.model.pretrained_cfg),
            augment.training_transform(size, mean, std, backgrounds, self.settings.augmentation),
            f"{size} {mean} {std} {self.settings.augmentation} {augment.DRAWS} "
            f"{list(chosen['key'])}",
            self.settings.seed,
            source_hash(augment),
        )

    def identity(self) -> dict[str, Any]:
        """All that the trained weights depend on, for a run that is resumed."""
        # These change nothing of what is learnt.
        without = ("keep_checkpoints", "looks", "test_input_size")
        settings = {k: v for k, v in vars(self.settings).items() if k not in without}
        return (
            settings
            | {
                "classes": list(self.label_names),
                "held_out": list(self.settings.held_out),
                "pictures": contents_hash(self.parts["train"], self.parts["val"]),
                "pretrained weights": self.pretrained,
                "versions": versions(),
            }
            | ({"engine": engine()} if self._on_features_of_openvino() else {})
        )

    def _on_features_of_openvino(self) -> bool:
        return self.settings.freeze == "all" and processes().device.type == "cpu"


def prepare(
    data: Sources, unseen: Sources | None, settings: Settings, weights: Path | None
) -> Task:
    """Loads the pictures and the network.

    Args:
        data: see `train.data.pictures.load_pictures`.
        unseen: the same, of people never trained on.
        settings: how to train.
        weights: pre-trained weights, see `train.network.backbone.build_model`.

    Raises:
        TrainError: a mistake in the arguments or the data.
    """
    with processes().local_main_process_first():  # one downloads, the others find it there
        pictures = select_classes(load_pictures(data, settings.classes), settings.classes)
    pictures = readable(pictures)
    others = letters_of(unseen, settings.classes) if unseen else None
    label_names = class_names(pictures)
    parts = split(pictures, settings.split, settings.seed, settings.held_out)
    _check(parts, label_names, others)
    return task_of(parts, others, settings, weights)


def task_of(
    parts: dict[str, datasets.Dataset],
    others: datasets.Dataset | None,
    settings: Settings,
    weights: Path | None,
) -> Task:
    """A task on pictures that are split already; its network is loaded and on its device."""
    torch.manual_seed(settings.seed)
    label_names = class_names(datasets.concatenate_datasets(list(parts.values())))
    state = processes()
    with state.local_main_process_first():  # one process downloads, the others find it there
        model, random = build_model(settings, label_names, weights)
    if random and settings.start_share:
        raise TrainError(
            f"--start-share {settings.start_share:g} needs a start that is trained, and "
            f"{len(random)} parameters start at random: give a bundle as --backbone-weights."
        )
    state.print(f"{settings.backbone}: {describe(model, random)}")
    state.print(", ".join(f"{name}: {len(part)} pictures" for name, part in parts.items()))
    pretrained = weights_hash(model, leave_out=random)
    model.to(state.device)
    lay_out_channels_last(model)
    return Task(settings, parts, others, label_names, model, random, pretrained)


def letters_of(unseen: Sources, classes: Sequence[str]) -> datasets.Dataset:
    """The letters of people never trained on, checked.

    Raises:
        TrainError: there are none.
    """
    found = letters_only(load_pictures(unseen, classes))
    if not len(found):
        raise TrainError("--unseen shows no letters A to Z, and those are what is measured.")
    return readable(found)


def _check(
    parts: dict[str, datasets.Dataset],
    label_names: Sequence[str],
    others: datasets.Dataset | None,
) -> None:
    if len(label_names) < 2:
        raise TrainError(f"There is one class only ({label_names[0]}); two or more are needed.")
    untaught = sorted(set(label_names) - set(class_names(parts["train"])))
    if untaught:
        raise TrainError(
            f"Nobody who is trained on shows {', '.join(untaught)}. Hold other sources out, or "
            "leave these classes out by --classes."
        )
    if not len(parts["val"]) or not len(parts["blocks"]):
        raise TrainError(
            f"Too few pictures to hold any out: {FEWEST} or more are needed in a class of a source."
        )
    unknown = set(class_names(others)) - set(label_names) if others is not None else set()
    if unknown:
        raise TrainError(f"--unseen shows classes that --data does not teach: {sorted(unknown)}.")


def contents_hash(*parts: datasets.Dataset) -> str:
    """A hash of the pictures, their classes and their sources, in their order."""
    data = hashlib.blake2b(digest_size=16)
    for pictures in parts:
        for column in ("key", "label", "source"):
            data.update(repr(list(pictures[column])).encode())
    return data.hexdigest()


def _backgrounds(pictures: datasets.Dataset) -> datasets.Dataset:
    empty = np.flatnonzero(np.array(pictures["label"]) == CLASSES.index(NO_SIGN))
    chosen = np.linspace(0, len(empty) - 1, min(len(empty), MOST_BACKGROUNDS)).astype(int)
    return pictures.select(empty[chosen])
