"""What computes the answers: a network as a graph of OpenVINO.

OpenVINO answers 2 to 3 times as fast as torch here, and a bundle that brings its graph is served
without importing torch, timm and torchvision at all, with a third of the memory
(`train/EXPERIMENTS.md`). The graph holds no weights:
graph.xml is OpenVINO's own format, whose offsets point into the tensors of model.safetensors, one
after the other by name, as float32; behind them lie the few numbers that are no weights (axes,
shapes), which the file itself brings.
"""

import base64
import hashlib
import json
import sys
import tempfile
import threading
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias
from xml.etree import ElementTree

import numpy as np

# OpenVINO sends usage figures to its maker when it is imported. It does not if this package is not
# to be had, and None says so to Python.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

import openvino as ov
from openvino import properties
from openvino.properties import hint

Graph: TypeAlias = ov.Model

GRAPH = "graph.xml"

MOST_REST = 100_000
"""Bytes of numbers that are no weights. More means that the conversion changed weights: the graph
would be a copy of them instead of a plan."""

_TENSORS, _REST = "tensors", "rest"
"""Attributes of the file: what tensors it counts on, and the numbers that are no weights."""


class Network:
    """A graph, ready to answer; calls from several threads wait for each other.

    They share one set of threads anyway, and answering one picture at a time is as fast as
    answering eight (see `train/EXPERIMENTS.md`).

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
    name another letter on 1 of 200 pictures (`train/EXPERIMENTS.md`).
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


def to_xml(graph: Graph, tensors: Mapping[str, np.ndarray]) -> str | None:
    """The text of graph.xml; None if the graph's weights are not these tensors.

    Args:
        graph: as `convert` makes it.
        tensors: the weights that will lie beside it, by name, as they will be read.
    """
    names = _names(tensors)
    places, offset = {}, 0
    for name in names:
        data = _bytes(tensors[name])
        places[data], offset = offset, offset + len(data)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / GRAPH
        ov.save_model(graph, file, compress_to_fp16=False)
        root = ElementTree.parse(file).getroot()
        weights = file.with_suffix(".bin").read_bytes()
    rest = bytes(-offset % 8)
    for constant in root.iterfind("layers/layer[@type='Const']/data"):
        begin, size = int(constant.attrib["offset"]), int(constant.attrib["size"])
        value = weights[begin : begin + size]
        if value in places:
            constant.set("offset", str(places[value]))
        else:
            constant.set("offset", str(offset + len(rest)))
            rest += value + bytes(-len(value) % 8)  # numbers begin at a multiple of their size
    if len(rest) > MOST_REST:
        return None
    for layer in root.iterfind("layers/layer"):
        for notes in layer.findall("rt_info"):  # where in the Python code it came from
            layer.remove(notes)
    root.set(_TENSORS, _description(tensors))
    root.set(_REST, base64.b64encode(rest).decode())
    return ElementTree.tostring(root, "unicode")


def from_xml(text: str, tensors: Mapping[str, np.ndarray]) -> Graph:
    """The graph that `to_xml` wrote, with these weights.

    Raises:
        ValueError, RuntimeError, ElementTree.ParseError: it is none, or is one of other tensors.
    """
    root = ElementTree.fromstring(text)
    if root.get(_TENSORS) != _description(tensors):
        raise ValueError("it was made for tensors of other names or shapes")
    parts = [_bytes(tensors[name]) for name in _names(tensors)]
    rest = base64.b64decode(root.attrib[_REST], validate=True)
    if len(rest) > MOST_REST:
        raise ValueError(f"it brings {len(rest):,} bytes of numbers of its own")
    weights = np.frombuffer(b"".join([*parts, rest]), np.uint8)
    return ov.Core().read_model(text.encode(), ov.Tensor(weights))


def _names(tensors: Mapping[str, np.ndarray]) -> list[str]:
    """Weights only: batch normalisation counts its batches in whole numbers, used by nobody."""
    return sorted(name for name, value in tensors.items() if value.dtype.kind == "f")


def _bytes(tensor: np.ndarray) -> bytes:
    return np.ascontiguousarray(tensor, np.float32).tobytes()


def _description(tensors: Mapping[str, np.ndarray]) -> str:
    shapes = {name: list(tensors[name].shape) for name in _names(tensors)}
    return hashlib.sha256(json.dumps(shapes).encode()).hexdigest()
