"""`python -m train fit`: photographs -> features or pictures -> a trained model -> a bundle."""

import dataclasses
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import torch
from timm.data import create_transform, resolve_model_data_config
from torch.utils.data import DataLoader, WeightedRandomSampler

from asl_model.alphabet import CLASSES, NO_SIGN
from asl_model.bundle import Bundle, BundleError, check_writable, round_to_half, save_bundle
from asl_model.images import open_image
from asl_model.network import TimmModel
from train import evaluation
from train.augment import training_transform
from train.backbone import build_model, describe, initialise
from train.card import write_card
from train.data import class_names, load_pictures, readable, with_pixels
from train.errors import TrainError
from train.features import compute_features
from train.loop import Epoch, train
from train.settings import Settings
from train.splits import FEWEST, split_blocks

MOST_BACKGROUNDS = 200
"""Pictures of 'nothing' kept in memory to paste cut-out hands on: 24 MB at 200 px."""


def run(
    data: Path,
    out: Path,
    settings: Settings,
    unseen: Path | None = None,
    weights: Path | None = None,
    notes: Path | None = None,
    workers: int = 1,
) -> None:
    """Trains, measures and writes a bundle to `out`.

    Args:
        data: see `train.data.load_pictures`.
        unseen: pictures of other people, measured on at the end and never trained on.
        weights: pre-trained weights, see `train.backbone.build_model`.
        notes: a Markdown file for the model card: who signed, licences, origin of the weights.
        workers: processes that read pictures.

    Raises:
        TrainError: a mistake in the arguments or the data.
    """
    started = time.monotonic()
    try:
        check_writable(out)  # now, and not after an hour of training
    except BundleError as error:
        raise TrainError(str(error)) from None
    torch.manual_seed(settings.seed)
    card_notes = _read_notes(notes)
    pictures = readable(load_pictures(data))
    others = evaluation.letters_only(readable(load_pictures(unseen))) if unseen else None
    label_names = class_names(pictures)
    parts = split_blocks(pictures, settings.seed)
    _check(parts, label_names, others)
    model, random = build_model(settings, len(label_names), weights)
    print(f"{settings.backbone}: {describe(model, random)}")
    print(", ".join(f"{name}: {len(part)} pictures" for name, part in parts.items()), flush=True)

    history = _train(model, random, parts, label_names, settings, workers)

    minutes = (time.monotonic() - started) / 60
    config = resolve_model_data_config(model)
    bundle = Bundle(round_to_half(model.eval()), create_transform(**config), label_names, 1.0)
    bundle = _measured(bundle, parts, others, workers)
    training = {
        "command": "python -m train " + " ".join(sys.argv[1:]),
        "minutes": round(minutes, 1),
        "settings": dataclasses.asdict(settings),
        "sources": sorted(set(pictures["source"])),
        "notes": card_notes,
        "history": [dataclasses.asdict(epoch) for epoch in history],
    }
    bundle = dataclasses.replace(bundle, metrics={**bundle.metrics, "training": training})
    save_bundle(out, bundle, write_card(bundle))
    print(f"Wrote the bundle {out} after {minutes:.0f} minutes of training. Try it:")
    print(f"ASL_MODEL={out} python app.py")


def _read_notes(notes: Path | None) -> str:
    try:
        return notes.read_text("utf-8").strip() if notes else ""
    except (OSError, UnicodeDecodeError) as error:
        raise TrainError(f"The notes '{notes}' cannot be read: {error}") from None


def _check(
    parts: dict[str, datasets.Dataset],
    label_names: Sequence[str],
    others: datasets.Dataset | None,
) -> None:
    if not len(parts["val"]) or not len(parts["test"]):
        raise TrainError(
            f"Too few pictures to hold any out: {FEWEST} or more are needed in a class of a source."
        )
    if others is None:
        return
    if not len(others):
        raise TrainError("--unseen shows no letters A to Z, and those are what is measured.")
    unknown = set(class_names(others)) - set(label_names)
    if unknown:
        raise TrainError(f"--unseen shows classes that --data does not teach: {sorted(unknown)}.")


def _train(
    model: TimmModel,
    random: set[str],
    parts: dict[str, datasets.Dataset],
    label_names: Sequence[str],
    settings: Settings,
    workers: int,
) -> list[Epoch]:
    config = resolve_model_data_config(model)
    plain = create_transform(**config)
    val = with_pixels(_renumbered(parts["val"], label_names), plain)
    training = _renumbered(parts["train"], label_names)
    sampler = WeightedRandomSampler(_weights(parts["train"], settings.balance), len(training))
    if settings.freeze == "all":
        return _train_head(
            model, random, with_pixels(training, plain), val, sampler, settings, workers
        )
    changed = training_transform(
        config["input_size"][-1], config["mean"], config["std"], _backgrounds(parts["train"])
    )
    batches = _loader(with_pixels(training, changed), settings, sampler, workers)
    initialise(model, random, next(iter(batches))["pixels"])
    model.to(memory_format=torch.channels_last)
    return train(model, model, batches, DataLoader(val, 32, num_workers=workers), settings)


def _train_head(
    model: TimmModel,
    random: set[str],
    training: datasets.Dataset,
    val: datasets.Dataset,
    sampler: WeightedRandomSampler,
    settings: Settings,
    workers: int,
) -> list[Epoch]:
    """The whole feature extractor is frozen: its features are computed once and trained on."""
    first = range(min(64, len(training)))
    initialise(model, random, torch.stack([training[i]["pixels"] for i in first]))
    model.to(memory_format=torch.channels_last)
    with tempfile.TemporaryDirectory(prefix="asl-features-") as folder:
        features = [
            compute_features(model, pictures, Path(folder) / f"{name}.npy", name, workers)
            for name, pictures in (("train", training), ("val", val))
        ]
        batches = _loader(features[0], settings, sampler, workers=0)
        return train(model, model.forward_head, batches, DataLoader(features[1], 32), settings)


def _loader(
    rows: Any, settings: Settings, sampler: WeightedRandomSampler, workers: int
) -> DataLoader:
    return DataLoader(
        rows,
        batch_size=min(settings.batch_size, len(rows)),
        sampler=sampler,
        num_workers=workers,
        persistent_workers=workers > 0,
        drop_last=True,  # batch norm needs more than one picture
    )


def _renumbered(pictures: datasets.Dataset, label_names: Sequence[str]) -> datasets.Dataset:
    """Labels numbered as the model's outputs are."""
    numbers = [label_names.index(CLASSES[label]) for label in pictures["label"]]
    return pictures.remove_columns("label").add_column("label", numbers)


def _weights(pictures: datasets.Dataset, balance: float) -> list[float]:
    """How often each picture is drawn: sources by a power of their size, their classes equally."""
    sources = np.unique(pictures["source"], return_inverse=True)[1]
    labels = np.array(pictures["label"])
    source_sizes = np.bincount(sources)
    class_sizes = np.zeros((sources.max() + 1, labels.max() + 1))
    np.add.at(class_sizes, (sources, labels), 1)
    classes_of = (class_sizes > 0).sum(1)
    return (
        source_sizes[sources] ** balance / classes_of[sources] / class_sizes[sources, labels]
    ).tolist()


def _backgrounds(pictures: datasets.Dataset) -> list:
    empty = np.flatnonzero(np.array(pictures["label"]) == CLASSES.index(NO_SIGN))
    chosen = empty[np.linspace(0, len(empty) - 1, min(len(empty), MOST_BACKGROUNDS)).astype(int)]
    return [open_image(row["image"]["path"]) for row in pictures.select(chosen)]


def _measured(
    bundle: Bundle,
    parts: dict[str, datasets.Dataset],
    others: datasets.Dataset | None,
    workers: int,
) -> Bundle:
    """The bundle with its figures and with the threshold below which it is not sure.

    The threshold is chosen on other people's pictures if there are any, else on the val part,
    where a model is surer than it should be.
    """
    measured = {"held_out_blocks": parts["test"]}
    if others is None:
        measured["val"] = parts["val"]
    else:
        measured["unseen_people"] = others
    answers = {
        name: evaluation.predict(bundle, pictures, name, workers)
        for name, pictures in measured.items()
    }
    chosen_on = "val" if others is None else "unseen_people"
    threshold = evaluation.threshold_of_sureness(*answers[chosen_on])
    splits = {
        name: evaluation.measure(*answers[name], list(pictures["source"]), threshold)
        for name, pictures in measured.items()
    }
    for name, figures in splits.items():
        print(
            f"{name}: top-1 {figures['top1']:.1%}, top-3 {figures['top3']:.1%} (n={figures['n']})"
        )
    metrics = {"splits": splits, "threshold": {"value": threshold, "chosen_on": chosen_on}}
    return dataclasses.replace(bundle, threshold=threshold, metrics=metrics)
