"""Trains the article's network as the article does and as this project does, and compares them.

    python -m tests.benchmarks.article --data photos/train/asl_alphabets [--weights FILE]

Five letters, 800 pictures to train on and 200 to validate on, the article's head (8192 and 4096
neurons), 15 epochs of SGD in batches of 32, a checkpoint after each epoch. The article's way runs
the frozen convolutions again for every picture in every epoch, in float32 (channels last, as Keras
stores pictures). This project runs them once. It also trains the default recipe's head, at 224 px
and with the recipe's own settings. Each way runs in its own process; run nothing else meanwhile.

The article's way takes more than an hour on two cores. Its time is given as measured, and as 15
times its fastest epoch, in case something disturbed the run. Ratios use the second, which is
smaller. `--slow-epochs 2` trains for two epochs only, which is enough to measure the time.
`--seeds 1` is enough for it, too.

The accuracy of the article's way changes by 2 points from one epoch to the next, and so from run to
run. So this project's way with the article's head is trained with three seeds, and with the same
seeds on features in float32, which is the article's arithmetic without its repetitions.
"""

import argparse
import dataclasses
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

LETTERS, TRAIN, VAL = "ABCDE", 160, 40
"""The letters, and the number of pictures of each letter to train on and to validate on."""

FLOP_PER_IMAGE = 30.7e9
"""Operations of VGG16's convolutions at 224 px: 15.35 G multiply-adds (timm's own count)."""

IN_FLOAT32 = "ours, article's head, float32"
"""The way with the same arithmetic as the article's. Frozen layers give the same features for a
picture in every epoch, so running them once, in float32, does not change the accuracy."""

WAYS: dict[str, dict[str, Any]] = {
    "article": {},
    "ours, article's head": {},
    IN_FLOAT32: {},
    "ours, default head, 224 px": {"input_size": 224, "views": 0},
    "ours, default recipe": {},
}


def main() -> None:
    """Runs each way in its own process and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, help="of VGG16; default: timm's, from the Hub")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--slow-epochs", type=int, help="of the article's way; default: --epochs")
    parser.add_argument("--seeds", type=int, default=3, help="of our ways with the article's head")
    parser.add_argument("--json", type=Path, help="where to write the figures as JSON")
    parser.add_argument("--way", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        print(json.dumps(_one_way(options)))
        return
    results = {}
    for way in [*list(WAYS)[1:], "article"]:  # the long one last
        print(f"== {way}", flush=True)
        started = time.perf_counter()
        command = [sys.executable, "-m", "tests.benchmarks.article", *sys.argv[1:], "--way", way]
        output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        results[way] = json.loads(output.splitlines()[-1])
        results[way]["wall"] = time.perf_counter() - started
        if options.json:
            options.json.write_text(json.dumps(results, indent=2) + "\n")
    print(_table(results, options.epochs))


def _one_way(options: argparse.Namespace) -> dict[str, Any]:
    if options.way == IN_FLOAT32:
        _compute_in_float32()
    if options.way != "article":
        from train.commands.training_commands import set_up_torch

        set_up_torch()

    from train.recipes import settings_for

    recipe = "article" if "article" in options.way else "default"
    slow = options.way == "article" and options.slow_epochs
    epochs = options.slow_epochs if slow else options.epochs
    settings = settings_for(
        recipe, {"classes": tuple(LETTERS), "epochs": epochs, "keep_checkpoints": 1}
    )
    settings = dataclasses.replace(settings, **WAYS[options.way])
    with tempfile.TemporaryDirectory(prefix="asl-benchmark-") as folder:
        task = _task(options, settings)
        if options.way == "article":
            result = _as_the_article(task, Path(folder))
        else:
            seeds = options.seeds if recipe == "article" else 1
            result = _as_this_project(task, Path(folder), seeds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return result | {"peak_gb": peak, "floor": _floor()}


def _compute_in_float32() -> None:
    """Makes the project use float32, as on a processor without bfloat16; call it first of all."""
    import torch

    import asl_model.inference
    import train.devices

    asl_model.inference.supports_bfloat16 = lambda: False
    train.devices.precision = lambda device: torch.float32


def _task(options: argparse.Namespace, settings: Any) -> Any:
    """Returns the training task: the first 200 pictures of each letter, every fifth to validate."""
    from train.data.pictures import load_pictures, readable, select_classes
    from train.data.split_pictures import SplitPictures
    from train.training.training_task import task_of

    pictures = select_classes(readable(load_pictures(options.data)), settings.classes)
    rows: dict[str, list[int]] = {"train": [], "val": []}
    for label in range(len(LETTERS)):
        own = [i for i, value in enumerate(pictures["label"]) if value == label][: TRAIN + VAL]
        assert len(own) == TRAIN + VAL, f"{TRAIN + VAL} pictures of each of {LETTERS} are needed"
        rows["val"] += own[::5]
        rows["train"] += [i for i in own if i not in own[::5]]
    parts = {name: pictures.select(chosen) for name, chosen in rows.items()}
    return task_of(SplitPictures(parts), settings, options.weights)


def _as_this_project(task: Any, folder: Path, seeds: int) -> dict[str, Any]:
    """Times the features and one training; then trains with other seeds, for their accuracy."""
    from train.inputs.features import ReadOptions
    from train.training.train_network import features_of

    started = time.perf_counter()
    for part in ("train", "val"):
        features_of(task, part, ReadOptions(1, folder))
    features = time.perf_counter() - started
    history = _trained(task, folder, 0)
    seconds = time.perf_counter() - started
    last = [history[-1], *(_trained(task, folder, seed)[-1] for seed in range(1, seeds))]
    return {
        "seconds": seconds,
        "features": features,
        "pictures": sum(map(len, task.pictures.parts.values()))
        + task.settings.views * len(task.pictures.parts["train"]),
        "epochs": [epoch.seconds for epoch in history],
        "val_accuracy": [epoch.val_accuracy for epoch in last],
    }


def _trained(task: Any, folder: Path, seed: int) -> list[Any]:
    from train.inputs.features import ReadOptions
    from train.training.checkpoint import Run
    from train.training.history import Reporter, Tracker
    from train.training.train_network import train_task

    seeded = dataclasses.replace(task, settings=dataclasses.replace(task.settings, seed=seed))
    run = Run(folder / f"run{seed}", seeded.identity(), 1)
    with _stdout_to_stderr():
        report = Reporter(run.folder, Tracker(None, "", {}))
        return list(train_task(seeded, run, ReadOptions(1, folder), report))


def _as_the_article(task: Any, folder: Path) -> dict[str, Any]:
    """Trains with a plain loop, as tutorials do."""
    import torch
    import torch.nn.functional as F
    from safetensors.torch import save_file

    from train.network.initialise import initialise

    def batches(views: Any, order: list[int]) -> Any:
        draws = [[(i, 0) for i in order[a : a + 32]] for a in range(0, len(order), 32)]
        return views.batches(draws, 1)

    started = time.perf_counter()
    model = task.model
    torch.manual_seed(0)
    initialise(model, task.new_parameters, "glorot")
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    optimizer = torch.optim.SGD(trained.values(), lr=task.settings.learning_rate)
    views = {part: task.views(task.pictures.parts[part]) for part in ("train", "val")}
    epochs, accuracy = [], 0.0
    for epoch in range(task.settings.epochs):
        epoch_started = time.perf_counter()
        model.train()
        for batch in batches(views["train"], torch.randperm(len(views["train"])).tolist()):
            loss = F.cross_entropy(model(batch["pixels"]), batch["label"])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        model.eval()
        right = 0
        with torch.no_grad():
            for batch in batches(views["val"], list(range(len(views["val"])))):
                right += int((model(batch["pixels"]).argmax(1) == batch["label"]).sum())
        accuracy = right / len(views["val"])
        save_file(
            {n: p.detach().contiguous() for n, p in trained.items()}, folder / "head.safetensors"
        )
        epochs.append(time.perf_counter() - epoch_started)
        print(
            f"epoch {epoch + 1}: {epochs[-1]:.0f} s, val {accuracy:.1%}",
            file=sys.stderr,
            flush=True,
        )
    return {
        "seconds": time.perf_counter() - started,
        "epochs": epochs,
        "val_accuracy": [accuracy],
    }


def _floor() -> dict[str, float]:
    """Returns the seconds per picture at 224 px if the machine only multiplied matrices.

    By precision: float32, and the precision of the features. bfloat16 is not measured on processors
    without it, because emulating it takes minutes.
    """
    import torch

    from train.devices import precision

    floor = {}
    for dtype in {torch.float32, precision(torch.device("cpu"))}:
        a = torch.randn(2048, 2048).to(dtype)
        a @ a
        started = time.perf_counter()
        for _ in range(10):
            a @ a
        rate = 10 * 2 * 2048**3 / (time.perf_counter() - started)
        floor[str(dtype).removeprefix("torch.")] = FLOP_PER_IMAGE / rate
    return floor


def _stdout_to_stderr() -> Any:
    import contextlib

    return contextlib.redirect_stdout(sys.stderr)


def _table(results: dict[str, Any], epochs: int) -> str:
    slow = results["article"]
    undisturbed = min(slow["epochs"]) * epochs
    lines = [
        f"The article's way took {slow['seconds']:.0f} s for {len(slow['epochs'])} epochs; "
        f"{epochs} times the fastest is {undisturbed:.0f} s.",
        "| way | seconds | of it features | times faster | val accuracy | peak memory |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for way in WAYS:
        row = results[way]
        seconds = undisturbed if way == "article" else row["seconds"]
        lines.append(
            f"| {way} | {seconds:.0f} | {row.get('features', 0):.0f} | {undisturbed / seconds:.1f} "
            f"| {', '.join(f'{seed:.1%}' for seed in row['val_accuracy'])} "
            f"| {row['peak_gb']:.1f} GB |"
        )
    once = results["ours, article's head"]
    each = once["features"] / once["pictures"]
    lines.append(f"Features: {each * 1e3:.0f} ms a picture; times the floor:")
    lines += [
        f"- {name} ({floor * 1e3:.0f} ms): {each / floor:.1f}"
        for name, floor in sorted(once["floor"].items())
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
