"""`python -m train fit`: photographs -> features or pictures -> a trained model -> a bundle."""

import dataclasses
import sys
import time
from pathlib import Path
from typing import Any

import torch
from timm.data import create_transform, resolve_model_data_config

from asl_model.bundle import (
    CURVES,
    HISTORY,
    Bundle,
    BundleError,
    check_writable,
    round_to_half,
    save_bundle,
)
from asl_model.network import dense_convolutions
from train import evaluation
from train.card import write_card
from train.checkpoint import Run
from train.errors import TrainError
from train.features import compute_features, default_cache
from train.history import Epoch, Tracker, write_history
from train.initialise import initialise
from train.loop import Data, train
from train.processes import processes
from train.sampling import epoch_draws
from train.settings import Settings
from train.standardise import FOR_STANDARDISING, Head
from train.task import Task, prepare

SPLIT_OF_PART = {"frames": "random_frames", "blocks": "held_out_blocks", "val": "val"}
"""What a part that is measured is called in metrics.json."""


def run(
    data: Path,
    out: Path,
    settings: Settings,
    unseen: Path | None = None,
    weights: Path | None = None,
    notes: Path | None = None,
    workers: int = 1,
    cache: Path | None = None,
    track: str | None = None,
) -> None:
    """Trains, measures and writes a bundle to `out`.

    Checkpoints, history and curves lie in `out`.run; the same call goes on from there.

    Args:
        data: see `train.data.load_pictures`.
        out: folder of the bundle.
        settings: how to train.
        unseen: pictures of other people, measured on at the end and never trained on.
        weights: pre-trained weights, see `train.backbone.build_model`.
        notes: a Markdown file for the model card: who signed, licences, origin of the weights.
        workers: processes that read pictures.
        cache: folder of the features, see `train.features`.
        track: project on a local trackio dashboard.

    Raises:
        TrainError: a mistake in the arguments or the data.
    """
    started = time.monotonic()
    try:
        check_writable(out)  # now, and not after an hour of training
    except BundleError as error:
        raise TrainError(str(error)) from None
    card_notes = _read_notes(notes)
    task = prepare(data, unseen, settings, weights)
    with processes().main_process_first():  # it writes what the others find there
        folder = out.with_name(out.name + ".run")
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
        _write_bundle(task, _account(task, history, seconds, card_notes), out, record, workers)
    processes().wait_for_everyone()


def _read_notes(notes: Path | None) -> str:
    try:
        return notes.read_text("utf-8").strip() if notes else ""
    except (OSError, UnicodeDecodeError) as error:
        raise TrainError(f"The notes '{notes}' cannot be read: {error}") from None


def _account(task: Task, history: list[Epoch], seconds: float, notes: str) -> dict[str, Any]:
    """What metrics.json says of the training."""
    return {
        "command": "python -m train " + " ".join(sys.argv[1:]),
        "minutes": round(seconds / 60, 1),
        "settings": dataclasses.asdict(task.settings),
        "sources": sorted(set(task.parts["train"]["source"])),
        "notes": notes,
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
    head = Head(task.model)
    if settings.standardise:
        head.standardise(_some(data, FOR_STANDARDISING))
    history = _run_loop(task, head, data, record, tracker)
    head.fold()
    return history


def _run_loop(
    task: Task, network: torch.nn.Module, data: Data, record: Run, tracker: Tracker
) -> list[Epoch]:
    torch.manual_seed(task.settings.seed)
    inputs = _some(data, task.settings.batch_size)
    initialise(task.model, task.random, task.settings.initialisation, network, inputs)

    def report(history: list[Epoch]) -> None:
        write_history(history, record.folder / HISTORY, record.folder / CURVES)
        tracker.log(history[-1])
        print(history[-1], flush=True)

    size = task.model.pretrained_cfg["input_size"]
    empty = torch.zeros(1, *size, device=processes().device)
    with torch.no_grad():
        features = task.model.eval().forward_features(empty)
    with dense_convolutions(task.model, features):
        return train(network, data, task.settings, record, report)


def _some(data: Data, count: int) -> torch.Tensor:
    """The first pictures (or features) of the first epoch: a batch (count, ...), float32."""
    draws = [draw for batch in data.draws(1) for draw in batch][:count]
    pixels = next(iter(data.train.batches([draws], 0)))["pixels"]
    return pixels.float().to(processes().device)


def _write_bundle(
    task: Task, training: dict[str, Any], out: Path, record: Run, workers: int
) -> None:
    config = resolve_model_data_config(task.model)
    model = round_to_half(task.model.eval().cpu())
    bundle = Bundle(model, create_transform(**config), task.label_names, 1.0)
    bundle = _measured(bundle, task, workers)
    bundle = dataclasses.replace(bundle, metrics={**bundle.metrics, "training": training})
    pictures = [record.folder / HISTORY, record.folder / CURVES]
    save_bundle(out, bundle, write_card(bundle), pictures)
    print(f"Wrote the bundle {out} after {training['minutes']:.0f} minutes of training. Try it:")
    print(f"ASL_MODEL={out} python app.py")


def _measured(bundle: Bundle, task: Task, workers: int) -> Bundle:
    """The bundle with its figures and with the threshold below which it is not sure.

    The threshold is chosen on other people's pictures if there are any, else on the val part,
    where a model is surer than it should be.
    """
    measured = {
        name: task.parts[part] for part, name in SPLIT_OF_PART.items() if part in task.parts
    }
    chosen_on = "val"
    if task.others is not None:
        chosen_on = "unseen_people"
        del measured["val"]
        measured[chosen_on] = task.others
    answers = {
        name: evaluation.predict(bundle, pictures, name, workers)
        for name, pictures in measured.items()
    }
    threshold = evaluation.threshold_of_sureness(*answers[chosen_on])
    splits = {
        name: evaluation.measure(*answers[name], list(pictures["source"]), threshold)
        for name, pictures in measured.items()
    }
    for name, figures in splits.items():
        print(evaluation.summary(name, figures))
    metrics = {"splits": splits, "threshold": {"value": threshold, "chosen_on": chosen_on}}
    return dataclasses.replace(bundle, threshold=threshold, metrics=metrics)
