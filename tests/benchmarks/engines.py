"""One engine, one model, a process of its own: how fast it computes, and what it takes for that.

python -m tests.benchmarks.engines ENGINE FOLDER [--seconds S]    called by serving.py
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from asl_model import Recognizer
from asl_model.bundle import read_bundle
from asl_model.graph import Network

BATCHES = (1, 8, 32)
"""Pictures at once."""

Compute = Callable[[np.ndarray], np.ndarray]


def torch(folder: Path) -> Compute:
    """timm's model as it is: float32, nothing set."""
    import torch

    model = read_bundle(folder).model

    def compute(batch: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            logits: np.ndarray = model(torch.from_numpy(batch)).numpy()
            return logits

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


def floor(folder: Path) -> dict[str, float]:
    """Milliseconds of one picture if it were matrix products only, at the rate measured here.

    In bfloat16 only where the processor multiplies it: torch takes minutes to imitate it.
    """
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from train.precision import precision

    bundle = read_bundle(folder)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        bundle.model(torch.zeros(bundle.looks, 3, *bundle.preprocessing.size))
    found = {"gflop": counter.get_total_flops() / 1e9}
    for kind in {torch.float32, precision(torch.device("cpu"))}:
        name = str(kind).removeprefix("torch.")
        matrix = torch.randn(2048, 2048).to(kind)
        rate = 2 * 2048**3 / min(_times(lambda m=matrix: m @ m, 2.0))  # type: ignore[misc]
        found[f"{name}_gflop_per_second"] = rate / 1e9
        found[f"{name}_ms"] = 1000 * counter.get_total_flops() / rate
    return found


def measure(engine: Callable[[Path], Compute], folder: Path, seconds: float) -> dict[str, Any]:
    """Load time, milliseconds a picture, pictures a second, memory."""
    bundle = read_bundle(folder)
    shape = (bundle.looks, 3, *bundle.preprocessing.size)
    del bundle  # its graph is not to be counted as the engine's memory
    noise = np.random.default_rng(0)
    started = time.perf_counter()
    compute = engine(folder)
    compute(noise.standard_normal(shape, np.float32))
    found: dict[str, Any] = {"load_s": time.perf_counter() - started}
    for count in BATCHES:
        batch = noise.standard_normal((count * shape[0], *shape[1:]), np.float32)
        times = _times(lambda b=batch: compute(b), seconds)  # type: ignore[misc]
        if count == 1:
            found |= dict(zip(("p50", "p95", "p99"), _percentiles(times), strict=True))
            found["memory_mb"] = memory(os.getpid())
        found[f"per_second_{count}"] = count / float(np.median(times))
    return found


def memory(process: int, kind: str = "VmRSS") -> float:
    """MB that a process holds, or, as "VmHWM", the most that it held."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(kind)).split()[1]) / 1024


def _times(function: Callable[[], object], seconds: float) -> list[float]:
    for _ in range(3):
        function()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        started = time.perf_counter()
        function()
        times.append(time.perf_counter() - started)
    return times


def from_file(folder: Path, picture: Path, seconds: float) -> dict[str, float]:
    """Milliseconds of a whole call of `Recognizer`: reading, squeezing, computing."""
    recognizer = Recognizer.load(folder)
    times = _times(lambda: recognizer(picture), seconds)
    return dict(zip(("p50", "p95", "p99"), _percentiles(times), strict=True))


def _percentiles(seconds: list[float]) -> list[float]:
    return [float(value) * 1000 for value in np.percentile(seconds, [50, 95, 99])]


def main() -> None:
    """Prints one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("engine")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--picture", type=Path)
    given = parser.parse_args()
    engines = {"torch": torch, "onnxruntime": onnxruntime, "openvino": openvino, "served": served}
    if given.engine == "export":
        export(given.folder)
    elif given.engine == "floor":
        print(json.dumps(floor(given.folder)))
    elif given.engine == "recognizer":
        print(json.dumps(from_file(given.folder, given.picture, given.seconds)))
    else:
        print(json.dumps(measure(engines[given.engine], given.folder, given.seconds)))


if __name__ == "__main__":
    main()
