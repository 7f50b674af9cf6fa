"""Measures the speed and memory of one engine with one model, in its own process.

python -m tests.benchmarks.engines ENGINE FOLDER    started by turns.py

Each line of input asks for one line of output. 'COUNT SECONDS' asks for the milliseconds of calls
with COUNT pictures at once, for about SECONDS; 'memory' asks for the memory in MB.
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
from asl_model.inference import Network, best_precision
from tests.helpers.demo import memory

Compute = Callable[[np.ndarray], object]
"""Runs an engine on a batch of pictures (N, 3, H, W)."""

LEAST_CALLS = 2
"""Minimum number of calls in a turn, however long they take."""

PICTURE = "hand.jpg"
"""Name of a picture in the bundle's folder, for the engine that reads a file."""


def torch(folder: Path) -> Compute:
    """Returns timm's model with default settings, in float32."""
    import torch

    model = read_bundle(folder).model

    def compute(batch: np.ndarray) -> object:
        with torch.inference_mode():
            return model(torch.from_numpy(batch)).numpy()

    return compute


def onnxruntime(folder: Path) -> Compute:
    """Returns ONNX Runtime with default settings, on the file that `export` writes."""
    import onnxruntime

    session = onnxruntime.InferenceSession(folder / "model.onnx")
    return lambda batch: session.run(None, {"images": batch})[0]


def openvino(folder: Path) -> Compute:
    """Returns the bundle's graph in OpenVINO, in float32."""
    graph = read_bundle(folder).graph
    assert graph is not None
    return Network(graph, "f32")


def served(folder: Path) -> Compute:
    """Returns what `Recognizer` runs: the graph, in the best precision for model and processor."""
    graph = read_bundle(folder).graph
    assert graph is not None
    return Network(graph)


def recognizer(folder: Path) -> Compute:
    """Returns a whole call of `Recognizer`: reading a file, resizing, running the network."""
    reader = Recognizer.load(folder)
    return lambda batch: reader(folder / PICTURE)


def floor(folder: Path) -> Compute:
    """Returns a product of two square matrices with as many operations as one picture takes.

    torch computes it, in the precision that is served.
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
    """Returns the billions of operations that one picture takes."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    bundle = read_bundle(folder)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        bundle.model(torch.zeros(bundle.looks, 3, *bundle.preprocessing.size))
    return counter.get_total_flops() / 1e9


def export(folder: Path) -> None:
    """Writes model.onnx into the bundle's folder."""
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
    """Returns the milliseconds of each call, after one warm-up call."""
    compute(batch)
    found: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(found) < LEAST_CALLS:
        started = time.perf_counter()
        compute(batch)
        found.append(1000 * (time.perf_counter() - started))
    return found


def main() -> None:
    """Runs the engine and answers lines of input until the input ends."""
    parser = argparse.ArgumentParser(description="Measures one engine when its input asks for it.")
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
    """Prints one line for each line of input."""
    bundle = read_bundle(folder)
    looks, shape = bundle.looks, (3, *bundle.preprocessing.size)
    del bundle  # so that its graph is not counted as the engine's memory
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
