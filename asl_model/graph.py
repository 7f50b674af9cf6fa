"""Inference: a network as an OpenVINO graph.

OpenVINO is 2 to 3 times as fast as torch on a CPU. A bundle with a graph is served without
importing torch, timm and torchvision, in a third of the memory (docs/experiments/serving-speed.md).
"""

import sys
import threading
import warnings
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

# OpenVINO sends usage figures to its maker when it is imported. It does not if this package is not
# to be had, and None says so to Python.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import openvino as ov
from openvino import properties
from openvino.properties import hint

Graph: TypeAlias = ov.Model


class Network:
    """A graph, ready to answer; calls from several threads wait for each other.

    All threads of OpenVINO are shared anyway, and single pictures are as fast as batches of eight
    (docs/experiments/serving-speed.md).

    Args:
        graph: what to compute.
        precision: 'bf16' or 'f32'; else the `best_precision`.
        threads: how many at most; else as many as there are cores. Never more than the container
            may use. With a number they are not bound to cores: all processes would take the same.
    """

    def __init__(
        self, graph: Graph, precision: str | None = None, threads: int | None = None
    ) -> None:
        options: dict[str, Any] = {
            hint.performance_mode: hint.PerformanceMode.LATENCY,
            hint.inference_precision: precision or best_precision(graph),
        }
        if threads is not None:
            options[hint.enable_cpu_pinning] = False
        if limits := [n for n in (threads, allowed_processors()) if n is not None]:
            options[properties.inference_num_threads] = min(limits)
        self._request = ov.Core().compile_model(graph, "CPU", options).create_infer_request()
        self._lock = threading.Lock()

    def __call__(self, batch: np.ndarray) -> np.ndarray:
        """(N, 3, H, W) float32 -> what the graph gives, float32: logits (N, classes)."""
        with self._lock:
            return np.array(self._request.infer([batch])[0])


def best_precision(graph: Graph) -> str:
    """bfloat16 where the processor multiplies it, but not for networks with depthwise convolutions.

    VGG16 answers twice as fast with the same letters; MobileNetV2, which takes 8 ms anyway, would
    name another letter on 1 of 200 pictures (docs/experiments/serving-speed.md).
    """
    depthwise = any(node.get_type_name() == "GroupConvolution" for node in graph.get_ops())
    return "bf16" if multiplies_bfloat16() and not depthwise else "f32"


def multiplies_bfloat16() -> bool:
    """Whether the processor has instructions for it (AVX512-BF16, AMX or AVX2-VNNI-2)."""
    return "BF16" in ov.Core().get_property("CPU", properties.device.capabilities)


def engine() -> str:
    """All that a graph's answers depend on beside its weights, for who keeps them."""
    fast = "with" if multiplies_bfloat16() else "without"
    return f"OpenVINO {ov.__version__} {fast} bfloat16"


def allowed_processors(limit: Path = Path("/sys/fs/cgroup/cpu.max")) -> int | None:
    """How many processors a container may use, if that is limited; more threads would wait."""
    try:
        quota, period = limit.read_text().split()
        return max(1, round(int(quota) / int(period)))
    except (OSError, ValueError):  # no container of this kind, or "max"
        return None


def convert(model: Any) -> Graph:
    """A timm model in eval mode -> its graph, for any number of pictures.

    Or what is like one: a module with a `pretrained_cfg`, as `train.network.layers.Extractor`.

    By OpenVINO's frontend itself: `openvino.convert_model` goes on to build normalisation into the
    convolutions, so that the graph would have other weights than the model.

    Raises:
        ValueError: the graph is another function: what depends on the numbers themselves is not
            seen when a network is traced.
        Exception: whatever OpenVINO and torch raise for networks that they cannot convert.
    """
    import torch
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    size = model.pretrained_cfg["input_size"]
    with warnings.catch_warnings():  # tracing warns of sizes that become fixed, as is wanted
        warnings.simplefilter("ignore")
        decoder = TorchScriptPythonDecoder(model, example_input=(torch.zeros(2, *size),))
        frontend = FrontEndManager().load_by_framework("pytorch")
        graph = frontend.convert(frontend.load(decoder))
    graph.reshape({0: [-1, *size]})
    noise = torch.rand(2, *size, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = model(noise).numpy()
    if not np.allclose(Network(graph, "f32")(noise.numpy()), expected, rtol=1e-3, atol=1e-3):
        raise ValueError("its graph answers differently")
    return graph
