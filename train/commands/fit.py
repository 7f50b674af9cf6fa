"""`python -m train fit`: trains a bundle on pictures, and measures it."""

import dataclasses
import time
from pathlib import Path

from asl_model.bundle import CURVES, HISTORY, BundleError
from asl_model.metrics_file import Part, Training
from train.commands import push
from train.data.pictures import Sources
from train.devices import command_line, processes
from train.errors import TrainError
from train.inputs.features import ReadOptions, default_cache
from train.measuring.calibrate_bundle import measure_and_calibrate
from train.measuring.figures_in_words import print_figures
from train.publishing.card import read_notes, write_card
from train.publishing.hub_upload import check_access
from train.publishing.save_bundle import check_writable, save_bundle
from train.settings import Settings
from train.training.checkpoint import Run, open_run
from train.training.history import Epoch, Reporter, Tracker, draw_curves
from train.training.train_network import train_task
from train.training.training_task import Task, prepare


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
    unseen_frames: Sources | None = None,
) -> None:
    """Trains, measures and writes a bundle to `out`.

    Checkpoints, history and curves are written to `out`.run; the same call resumes from there.

    Args:
        data: see `train.data.pictures.load_pictures`.
        out: folder of the bundle.
        settings: how to train.
        unseen: pictures of other people, measured at the end and never trained on.
        weights: pre-trained weights, see `train.network.backbone.build_model`.
        notes: a Markdown file for the model card: who signed, licences, origin of the weights.
        workers: worker processes that read pictures.
        cache: folder of the features, see `train.inputs.features`.
        track: project on a local trackio dashboard.
        not_hands: folder of pictures without a hand sign; only used to measure false alarms.
        push_to: model repository on the Hub to upload the bundle to.
        unseen_frames: whole camera frames of other people, measured like `unseen`.

    Raises:
        TrainError: the arguments or the data are wrong.
    """
    started = time.monotonic()
    card_notes = _check_before_training(out, notes, push_to)
    reading = ReadOptions(workers, cache or default_cache())
    task = prepare(data, unseen, settings, weights, not_hands, unseen_frames)
    split = task.pictures.record()
    folder = out.with_name(out.name + ".run")
    with open_run(folder, task.identity(), settings.keep_checkpoints) as training_run:
        earlier = training_run.epochs_done()
        history = _train(task, training_run, reading, track, out.name)
        if not processes().is_main_process:
            return
        seconds = time.monotonic() - started + sum(e.seconds for e in history[:earlier])
        training = _training_record(task, history, seconds, card_notes, weights, split)
        bundle = measure_and_calibrate(task.bundle(training), task.pictures, workers)
        print_figures(bundle.metrics)
        draw_curves(history, folder / CURVES)
        save_bundle(out, bundle, write_card(bundle), [folder / HISTORY, folder / CURVES])
    print(f"Wrote the bundle {out} after {training.minutes:.0f} minutes of training. Try it:")
    print(f"ASL_MODEL={out} python app.py")
    if push_to:
        push.run(out, push_to)


def _check_before_training(out: Path, notes: Path | None, push_to: str | None) -> str:
    """Finds what would fail after an hour of training; returns the text of the notes."""
    try:
        check_writable(out)
    except BundleError as error:
        raise TrainError(str(error)) from None
    text = read_notes(notes)
    if push_to:
        check_access(push_to)
    return text


def _train(
    task: Task, training_run: Run, reading: ReadOptions, track: str | None, name: str
) -> list[Epoch]:
    """Trains the task's network; an interrupt keeps the finished epochs."""
    tracker = Tracker(track if processes().is_main_process else None, name, vars(task.settings))
    try:
        return train_task(task, training_run, reading, Reporter(training_run.folder, tracker))
    except KeyboardInterrupt:
        raise TrainError(
            "Interrupted. Run the same command again to resume after epoch "
            f"{training_run.epochs_done()}; features and checkpoints ({training_run.folder}) are "
            "kept."
        ) from None
    finally:
        tracker.close()


def _training_record(
    task: Task,
    history: list[Epoch],
    seconds: float,
    notes: str,
    weights: Path | None,
    split: dict[str, Part],
) -> Training:
    """Returns the record of the training for metrics.json."""
    from_hub = weights is None and not task.settings.from_scratch
    base_model = task.model.pretrained_cfg.get("hf_hub_id") if from_hub else None
    return Training(
        command=command_line(),
        minutes=round(seconds / 60, 1),
        settings=dataclasses.asdict(task.settings),
        sources=tuple(sorted(set(task.pictures.parts["train"]["source"]))),
        notes=notes,
        base_model=base_model,
        weights_origin=task.weights_origin,
        history=tuple(dataclasses.asdict(epoch) for epoch in history),
        split=split,
    )
