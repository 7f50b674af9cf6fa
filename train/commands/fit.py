"""`python -m train fit`: photographs -> features or pictures -> a trained model -> a bundle."""

import dataclasses
import shlex
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import datasets
import torch

from asl_model.bundle import CURVES, HISTORY, Bundle, BundleError
from asl_model.preprocessing import Preprocessing
from train.commands import push
from train.data.folders import load_unlabelled
from train.data.pictures import Sources, readable
from train.devices import processes
from train.errors import TrainError
from train.inputs.features import compute_features, default_cache
from train.inputs.sampling import epoch_draws
from train.network.backbone import set_input_size
from train.network.head import FOR_STANDARDISING, Head
from train.network.initialise import initialise
from train.network.layers import dense_convolutions
from train.notes import read_notes
from train.publishing.finish import check_split, finish
from train.publishing.save_bundle import check_writable, round_to_half
from train.settings import Settings
from train.training.checkpoint import Run, alone
from train.training.history import Epoch, Tracker, draw_curves, write_table
from train.training.loop import Data, train
from train.training.task import Task, prepare

DRAW_EVERY = 10.0
"""Seconds between two drawings of the curves: an epoch on features takes less than one."""


def run(
    data: Sources,
    out: Path,
    settings: Settings,
    unseen: Sources | None = None,
    weights: Path | None = None,
    notes: Path | None = None,
    workers: int = 1,
    cache: Path | None = None,
    track: str | None = None,
    not_hands: Path | None = None,
    push_to: str | None = None,
) -> None:
    """Trains, measures and writes a bundle to `out`.

    Checkpoints, history and curves lie in `out`.run; the same call goes on from there.

    Args:
        data: see `train.data.pictures.load_pictures`.
        out: folder of the bundle.
        settings: how to train.
        unseen: pictures of other people, measured on at the end and never trained on.
        weights: pre-trained weights, see `train.network.backbone.build_model`.
        notes: a Markdown file for the model card: who signed, licences, origin of the weights.
        workers: processes that read pictures.
        cache: folder of the features, see `train.inputs.features`.
        track: project on a local trackio dashboard.
        not_hands: folder of pictures without a hand sign; only measured, for the false alarms.
        push_to: a model repository on the Hub to upload the bundle to, see `train.commands.push`.

    Raises:
        TrainError: a mistake in the arguments or the data.
    """
    started = time.monotonic()
    try:
        check_writable(out)  # now, and not after an hour of training
    except BundleError as error:
        raise TrainError(str(error)) from None
    card_notes = read_notes(notes)
    if push_to:
        push.check_access(push_to)
    empty = readable(load_unlabelled(not_hands)) if not_hands else None
    task = prepare(data, unseen, settings, weights)
    split = check_split(task.parts, task.others)
    folder = out.with_name(out.name + ".run")
    with alone(folder) if processes().is_main_process else nullcontext():
        with processes().main_process_first():  # it writes what the others find there
            record = Run(folder, task.identity(), settings.keep_checkpoints)
        before = record.epochs_done()
        tracker = Tracker(track if processes().is_main_process else None, out.name, vars(settings))
        try:
            history = train_task(task, record, tracker, workers, cache or default_cache())
        except KeyboardInterrupt:
            raise TrainError(
                f"Interrupted. The same command goes on after epoch {record.epochs_done()}; "
                f"features and checkpoints ({record.folder}) are kept."
            ) from None
        finally:
            tracker.close()
        seconds = time.monotonic() - started + sum(e.seconds for e in history[:before])
        if processes().is_main_process:
            training = _account(task, history, seconds, card_notes, weights) | {"split": split}
            _write_bundle(task, training, empty, out, record, workers)
            if push_to:
                push.run(out, push_to)


def _account(
    task: Task, history: list[Epoch], seconds: float, notes: str, weights: Path | None
) -> dict[str, Any]:
    """What metrics.json says of the training."""
    # Where weights from a file come from is for the notes to say.
    from_hub = weights is None and not task.settings.from_scratch
    base_model = task.model.pretrained_cfg.get("hf_hub_id") if from_hub else None
    count = processes().num_processes
    start = f"accelerate launch --multi_gpu --num_processes {count}" if count > 1 else "python"
    return {
        "command": f"{start} -m train " + shlex.join(sys.argv[1:]),
        "minutes": round(seconds / 60, 1),
        "settings": dataclasses.asdict(task.settings),
        "sources": sorted(set(task.parts["train"]["source"])),
        "notes": notes,
        "base_model": base_model,
        "history": [dataclasses.asdict(epoch) for epoch in history],
    }


def train_task(task: Task, record: Run, tracker: Tracker, workers: int, cache: Path) -> list[Epoch]:
    """Trains the network, or its head alone on features that are computed first."""
    settings = task.settings
    draws = epoch_draws(task.parts["train"], settings, cached=settings.freeze == "all")
    training, val = task.views(task.parts["train"]), task.views(task.parts["val"])
    if settings.freeze != "all":
        return _run_loop(task, task.model, Data(training, val, draws, workers), record, tracker)
    data = Data(
        compute_features(task.model, training, settings.views, cache, "train", workers),
        compute_features(task.model, val, 0, cache, "val", workers),
        draws,
        workers,
    )
    head = Head(task.model).to(processes().device)
    if settings.standardise:
        head.standardise(data.first(FOR_STANDARDISING).to(processes().device), task.random)
    history = _run_loop(task, head, data, record, tracker)
    head.fold()
    return history


def _run_loop(
    task: Task, network: torch.nn.Module, data: Data, record: Run, tracker: Tracker
) -> list[Epoch]:
    torch.manual_seed(task.settings.seed)
    inputs = data.first(task.settings.batch_size).to(processes().device)
    initialise(task.model, task.random, task.settings.initialisation, network, inputs)
    drawn = -DRAW_EVERY  # so that the first epoch is drawn

    def report(history: list[Epoch]) -> None:
        nonlocal drawn
        write_table(history, record.folder / HISTORY)
        if time.monotonic() - drawn > DRAW_EVERY:
            draw_curves(history, record.folder / CURVES)
            drawn = time.monotonic()
        tracker.log(history[-1])
        print(history[-1], flush=True)

    size = task.model.pretrained_cfg["input_size"]
    empty = torch.zeros(1, *size, device=processes().device)
    with torch.no_grad():
        features = task.model.eval().forward_features(empty)
    with dense_convolutions(task.model, features):
        return train(network, data, task.settings, record, report)


def _write_bundle(
    task: Task,
    training: dict[str, Any],
    not_hands: datasets.Dataset | None,
    out: Path,
    record: Run,
    workers: int,
) -> None:
    model = round_to_half(task.model.eval().cpu())
    if task.settings.test_input_size:
        set_input_size(model, task.settings.test_input_size)
    metrics = {"training": training}
    preprocessing = Preprocessing.of(model.pretrained_cfg)
    bundle = Bundle(
        lambda: model, preprocessing, task.label_names, 1.0, metrics, looks=task.settings.looks
    )
    finish(bundle, task.parts, task.others, not_hands, workers, record.folder, out)
    print(f"Wrote the bundle {out} after {training['minutes']:.0f} minutes of training. Try it:")
    print(f"ASL_MODEL={out} python app.py")
