"""One engine, one model, a process of its own: how fast it computes, and what it takes for that.

python -m tests.benchmarks.engines ENGINE FOLDER    started by turns.py

Each line of its input asks for a line of its output: 'COUNT SECONDS' for the milliseconds of calls
with COUNT pictures at once for about so long, 'memory' for the MB that it holds.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from asl_model import Recognizer
from asl_model.bundle import read_bundle
from asl_model.graph import Network, best_precision
from tests.helpers.demo import memory

Compute = Callable[[np.ndarray], object]
"""Looks at pictures (N, 3, H, W)."""

LEAST_CALLS = 2
"""In a turn, however long they take."""

PICTURE = "hand.jpg"
"""Lies beside a bundle, for the engine that reads a file."""


def torch(folder: Path) -> Compute:
    """timm's model as it is: float32, nothing set."""
    import torch

    model = read_bundle(folder).model

    def compute(batch: np.ndarray) -> object:
        with torch.inference_mode():
            return model(torch.from_numpy(batch)).numpy()

    return compute


def onnxruntime(folder: Path) -> Compute:
    """ONNX Runtime as it is, on what torch exports (`export`)."""
    import onnxruntime

    session = onnxruntime.InferenceSession(folder / "model.onnx")
    return lambda batch: session.run(None, {"images": batch})[0]


def openvino(folder: Path) -> Compute:
    """The graph in float32."""
    graph = read_bundle(folder).graph
    assert graph is not None
    return Network(graph, "f32")


def served(folder: Path) -> Compute:
    """What `Recognizer` takes: the same, in the precision that suits network and processor."""
    graph = read_bundle(folder).graph
    assert graph is not None
    return Network(graph)


def recognizer(folder: Path) -> Compute:
    """A whole call of `Recognizer`: reading a file, squeezing, computing."""
    reader = Recognizer.load(folder)
    return lambda batch: reader(folder / PICTURE)


def floor(folder: Path) -> Compute:
    """A product of two square matrices with as many operations as one picture takes.

    By torch, in the precision that is served.
    """
    import torch

    graph = read_bundle(folder).graph
    assert graph is not None
    kind = torch.bfloat16 if best_precision(graph) == "bf16" else torch.float32
    side = round((1e9 * gflop(folder) / 2) ** (1 / 3))
    matrix = torch.randn(side, side).to(kind)
    return lambda batch: matrix @ matrix


ENGINES = {
    "torch": torch,
    "onnxruntime": onnxruntime,
    "openvino": openvino,
    "served": served,
    "recognizer": recognizer,
    "floor": floor,
}


def gflop(folder: Path) -> float:
    """Thousand million operations that one picture takes."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    bundle = read_bundle(folder)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        bundle.model(torch.zeros(bundle.looks, 3, *bundle.preprocessing.size))
    return counter.get_total_flops() / 1e9


def export(folder: Path) -> None:
    """Writes model.onnx beside a bundle."""
    import torch

    bundle = read_bundle(folder)
    torch.onnx.export(
        bundle.model,
        (torch.zeros(2, 3, *bundle.preprocessing.size),),
        folder / "model.onnx",
        dynamo=False,
        input_names=["images"],
        dynamic_axes={"images": {0: "n"}},
    )


def turn(compute: Compute, batch: np.ndarray, seconds: float) -> list[float]:
    """Milliseconds of each call, after one that does not count."""
    compute(batch)
    found: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(found) < LEAST_CALLS:
        started = time.perf_counter()
        compute(batch)
        found.append(1000 * (time.perf_counter() - started))
    return found


def main() -> None:
    """Answers until its input ends."""
    parser = argparse.ArgumentParser(description="One engine, measured when its input says so.")
    parser.add_argument("engine", choices=[*ENGINES, "export", "gflop"])
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    if given.engine == "export":
        export(given.folder)
    elif given.engine == "gflop":
        print(gflop(given.folder))
    else:
        answer_turns(ENGINES[given.engine](given.folder), given.folder)


def answer_turns(compute: Compute, folder: Path) -> None:
    """A line for each line."""
    bundle = read_bundle(folder)
    looks, shape = bundle.looks, (3, *bundle.preprocessing.size)
    del bundle  # its graph is not to be counted as the engine's memory
    noise = np.random.default_rng(0)
    for line in sys.stdin:
        if line.strip() == "memory":
            print(memory(os.getpid()), flush=True)
        else:
            count, seconds = line.split()
            batch = noise.standard_normal((int(count) * looks, *shape), np.float32)
            print(json.dumps(turn(compute, batch, float(seconds))), flush=True)


if __name__ == "__main__":
    main()
