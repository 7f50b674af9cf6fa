"""Measures how time and memory of `fit` on a frozen backbone grow with the number of pictures.

    python -m tests.benchmarks.growth --data photos/train [--backbone NAME] [--weights FILE]

Takes 500, 1,000, 2,000, 8,000 and 20,000 pictures, evenly drawn, computes their features and trains
the default recipe's head on them (128 px, three epochs). Each number of pictures has its own
process and an empty cache. Peak memory includes pages mapped from the feature files.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from train.commands.training_commands import set_up_torch

SIZES = (500, 1_000, 2_000, 8_000, 20_000)
EPOCHS = 3


def main() -> None:
    """Prints a table with a row for each number of pictures."""
    parser = argparse.ArgumentParser(description="Time and memory by the number of pictures.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--backbone", default="vgg16")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--model-arg", action="append")
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.size:
        print(json.dumps(_measure(options)))
        return
    print(
        "| pictures | features, s | ms a picture | 3 epochs, s | ms a picture | peak memory, GB |"
    )
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for size in SIZES:
        command = [sys.executable, "-m", "tests.benchmarks.growth", *sys.argv[1:]]
        output = subprocess.run(
            [*command, "--size", str(size)], stdout=subprocess.PIPE, text=True, check=True
        ).stdout
        row = json.loads(output.splitlines()[-1])
        count, features, head = row["pictures"], row["features"], row["head"]
        print(
            f"| {count:,} | {features:.0f} | {1e3 * features / count:.1f} | {head:.1f} | "
            f"{1e3 * head / count / EPOCHS:.2f} | {row['peak_gb']:.2f} |",
            flush=True,
        )


def _measure(options: argparse.Namespace) -> dict[str, Any]:
    set_up_torch()
    import numpy as np

    from train.commands.settings_from_options import parse_pairs
    from train.data.pictures import load_pictures, readable
    from train.data.split_pictures import SplitPictures
    from train.inputs.features import ReadOptions
    from train.recipes import settings_for
    from train.training.checkpoint import Run
    from train.training.history import Reporter, Tracker
    from train.training.train_network import features_of, train_task
    from train.training.training_task import task_of

    changes = {
        "backbone": options.backbone,
        "model_args": parse_pairs("--model-arg", options.model_arg),
        "epochs": EPOCHS,
        "input_size": 128,
        "views": 0,
    }
    pictures = load_pictures(options.data)
    chosen = np.linspace(0, len(pictures) - 1, min(options.size, len(pictures))).astype(int)
    pictures = readable(pictures.select(chosen))
    held_out = np.arange(len(pictures)) % 10 == 0
    parts = {
        "train": pictures.select(np.flatnonzero(~held_out)),
        "val": pictures.select(np.flatnonzero(held_out)),
    }
    with tempfile.TemporaryDirectory(prefix="asl-growth-") as name:
        folder = Path(name)
        reading = ReadOptions(1, folder)
        task = task_of(SplitPictures(parts), settings_for("default", changes), options.weights)
        started = time.perf_counter()
        for part in parts:
            features_of(task, part, reading)
        features = time.perf_counter() - started
        run = Run(folder / "run", task.identity(), 1)
        started = time.perf_counter()
        train_task(task, run, reading, Reporter(run.folder, Tracker(None, "", {})))
        head = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {"pictures": len(pictures), "features": features, "head": head, "peak_gb": peak}


if __name__ == "__main__":
    main()
