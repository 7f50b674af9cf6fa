"""Measures how fast the demo answers, compared with other engines, Gradio alone and the floor.

python -m tests.benchmarks.serving [--json FILE] [--rounds N] [--vgg16 BUNDLE] [--python PYTHON]

Needs `tests/benchmarks/requirements.txt`. Takes about ten minutes; run nothing else meanwhile. All
engines and programs take turns. Unless a bundle is given, VGG16 has the default head at 224 px and
random weights: the values of weights do not affect the time.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from asl_model.bundle import EMBEDDED
from tests.benchmarks.engines import PICTURE
from tests.benchmarks.programs import Program
from tests.benchmarks.tables import ENGINES, ONE_AT_A_TIME, show
from tests.benchmarks.turns import Turn, in_turn, more, percentiles, times, workers
from tests.helpers import ROOT
from tests.helpers.pictures import draw

SECONDS = 0.5
"""Seconds in a turn: two calls of the slowest engine (timm's VGG16), more of all others."""

BATCHES = (8, 32)
"""Batch sizes besides 1. They run in a fifth of the rounds, because they take long."""

STARTS = 5

RANDOM_VGG16 = """
import sys, timm, torch
from pathlib import Path
from asl_model import CLASSES
from asl_model.bundle import Bundle
from asl_model.preprocessing import Preprocessing
from train.publishing.save_bundle import round_to_half, save_bundle
torch.manual_seed(0)
squash = {"crop_pct": 1.0, "crop_mode": "squash"}
model = timm.create_model("vgg16", num_classes=29, mlp_ratio=0.125, pretrained_cfg_overlay=squash)
model = round_to_half(model).eval()
bundle = Bundle(lambda: model, Preprocessing.of(model.pretrained_cfg), CLASSES, 0.5)
save_bundle(Path(sys.argv[1]), bundle, "")
"""


def main() -> None:
    """Prints the figures as tables and as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--rounds", type=int, default=20, help="turns of each engine and program")
    parser.add_argument("--vgg16", type=Path, help="a bundle to use instead of random weights")
    parser.add_argument(
        "--python",
        default=sys.executable,
        help="Python for the demo; with only requirements.txt it starts sooner (default: this one)",
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        models = prepare(Path(temporary), given.vgg16)
        figures = {
            "models": {name: compare(folder, given.rounds) for name, folder in models.items()},
            "http": http(models, given.python, given.rounds),
        }
    show(figures)
    print(json.dumps(figures))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")


def prepare(folder: Path, vgg16: Path | None) -> dict[str, Path]:
    """Writes two bundles, each with a picture and an ONNX file; returns their folders by name."""
    models = {"embedded": folder / "embedded", "vgg16": folder / "vgg16"}
    shutil.copytree(EMBEDDED, models["embedded"])
    if vgg16:
        shutil.copytree(vgg16, models["vgg16"])
    else:
        python("-c", RANDOM_VGG16, str(models["vgg16"]))
    for model in models.values():
        python("-m", "tests.benchmarks.engines", "export", str(model))
        draw(3, (640, 480)).save(model / PICTURE)
    return models


def python(*arguments: str) -> str:
    """Runs a new Python process and returns its output."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def compare(model: Path, rounds: int) -> dict[str, Any]:
    """Measures all engines with a model, each in its own process."""
    gflop = float(python("-m", "tests.benchmarks.engines", "gflop", str(model)))
    with workers(ENGINES, model) as started:
        turns: dict[str, Turn] = {name: w.turn(1, SECONDS) for name, w in started.items()}
        measured = in_turn(turns, rounds, f"{model.name}, 1 at once")
        found: dict[str, Any] = {
            name: percentiles(rows)
            | {
                "times_timm": times(measured["torch"], rows),
                "times_floor": times(rows, measured["floor"]),
                "memory_mb": started[name].memory(),
                "per_second_1": per_second(rows, 1),
            }
            for name, rows in measured.items()
        }
        for count in BATCHES:
            turns = {
                n: w.turn(count, SECONDS) for n, w in started.items() if n not in ONE_AT_A_TIME
            }
            measured = in_turn(turns, max(1, rounds // 5), f"{model.name}, {count} at once")
            for name, rows in measured.items():
                found[name][f"per_second_{count}"] = per_second(rows, count)
    return {"gflop": gflop, "engines": found}


def per_second(rows: list[list[float]], count: int) -> float:
    """Returns the pictures per second, from the median of all calls."""
    return 1000 * count / float(np.median(np.concatenate(rows)))


def http(models: dict[str, Path], interpreter: str, rounds: int) -> dict[str, Any]:
    """Measures starts and calls of the real demo, and of a demo that computes nothing."""
    programs = {name: Program([interpreter, "app.py"], model) for name, model in models.items()}
    identity = [interpreter, "-m", "tests.benchmarks.identity"]
    programs["nothing"] = Program(identity, models["embedded"])
    starts = in_turn({name: p.first_answer for name, p in programs.items()}, STARTS, "starts")
    found: dict[str, Any] = {
        name: {"first_answer_s": [float(ms) / 1000 for ms in np.percentile(rows, [0, 50, 100])]}
        for name, rows in starts.items()
    }
    with ExitStack() as stack:
        for program in programs.values():
            stack.enter_context(program.running())
        for kind in ("rest", "gradio_client"):
            turns = {name: getattr(program, kind) for name, program in programs.items()}
            measured = in_turn(turns, rounds, f"calls by {kind}")
            for name, rows in measured.items():
                more_than_nothing = more(rows, measured["nothing"])
                found[name][kind] = percentiles(rows) | {"more_than_nothing": more_than_nothing}
        for name, program in programs.items():
            found[name]["memory_mb"] = program.memory()
    return found


if __name__ == "__main__":
    main()
