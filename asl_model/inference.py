"""Inference: runs a network as an OpenVINO graph.

OpenVINO is 2 to 3 times as fast as torch on a CPU. A bundle with a graph is served without
importing torch, timm and torchvision, in a third of the memory (docs/experiments/serving-speed.md).
"""

import sys
import threading
import warnings
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

# OpenVINO sends usage data to its maker when it is imported, unless this package is missing. None
# tells Python that the package is missing.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import openvino as ov
from openvino import properties
from openvino.properties import hint

Graph: TypeAlias = ov.Model


class Network:
    """A compiled graph; calls from several threads wait for each other.

    OpenVINO shares its threads anyway, and single pictures are as fast as batches of eight
    (docs/experiments/serving-speed.md).

    Args:
        graph: the network's graph.
        precision: 'bf16' or 'f32'. Default: `best_precision`.
        threads: the most threads to use, never more than the container may use. Default: one per
            core. A given number is not pinned to cores: all processes would use the same cores.
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
        """Runs the graph: (N, 3, H, W) float32 -> its output, float32: logits (N, classes)."""
        with self._lock:
            return np.array(self._request.infer([batch])[0])


def best_precision(graph: Graph) -> str:
    """Returns 'bf16' if the CPU supports it and no convolution is depthwise, else 'f32'.

    With bfloat16, VGG16 is twice as fast and predicts the same letters. MobileNetV2 takes 8 ms
    anyway, and would predict another letter on 1 of 200 pictures
    (docs/experiments/serving-speed.md).
    """
    depthwise = any(node.get_type_name() == "GroupConvolution" for node in graph.get_ops())
    return "bf16" if supports_bfloat16() and not depthwise else "f32"


def supports_bfloat16() -> bool:
    """Whether the CPU has bfloat16 instructions (AVX512-BF16, AMX or AVX2-VNNI-2)."""
    return "BF16" in ov.Core().get_property("CPU", properties.device.capabilities)


def engine() -> str:
    """Returns what a graph's results depend on besides its weights, for caches and checkpoints."""
    fast = "with" if supports_bfloat16() else "without"
    return f"OpenVINO {ov.__version__} {fast} bfloat16"


def allowed_processors(limit: Path = Path("/sys/fs/cgroup/cpu.max")) -> int | None:
    """Returns the number of CPUs a container may use, if limited: more threads would only wait."""
    try:
        quota, period = limit.read_text().split()
        return max(1, round(int(quota) / int(period)))
    except (OSError, ValueError):  # no such container, or no limit ("max")
        return None


def convert(model: Any) -> Graph:
    """Converts a timm model in eval mode to a graph that takes any number of pictures.

    Other modules with a `pretrained_cfg` work too, such as `train.network.layers.Extractor`.

    Uses OpenVINO's frontend directly: `openvino.convert_model` also folds normalisation into the
    convolutions, so that the graph would have other weights than the model.

    Raises:
        ValueError: the graph computes something else, because tracing does not see code that
            depends on the values of tensors.
        Exception: whatever OpenVINO and torch raise for networks that they cannot convert.
    """
    import torch
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    size = model.pretrained_cfg["input_size"]
    with warnings.catch_warnings():  # tracing warns that sizes become fixed, as intended
        warnings.simplefilter("ignore")
        decoder = TorchScriptPythonDecoder(model, example_input=(torch.zeros(2, *size),))
        frontend = FrontEndManager().load_by_framework("pytorch")
        graph = frontend.convert(frontend.load(decoder))
    graph.reshape({0: [-1, *size]})
    noise = torch.rand(2, *size, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = model(noise).numpy()
    if not np.allclose(Network(graph, "f32")(noise.numpy()), expected, rtol=1e-3, atol=1e-3):
        raise ValueError("the graph's output differs from the model's")
    return graph
