"""graph.xml: the network's graph on disk, without weights.

The format is OpenVINO's own. Its offsets point into the tensors of model.safetensors, concatenated
as float32 in the order of their names. After them come the few constants that are not weights
(axes, shapes), which are stored in graph.xml itself.
"""

import base64
import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from safetensors.numpy import load_file

from asl_model.bundle_config import WEIGHTS
from asl_model.errors import BundleError
from asl_model.inference import Graph, ov
from asl_model.timm_model import check_outputs

GRAPH = "graph.xml"

MAX_CONSTANT_BYTES = 100_000
"""Most bytes of constants that are not weights. More means that the conversion changed weights, so
that the file would contain a copy of them."""

_TENSORS, _REST = "tensors", "rest"
"""Attributes in the file: a hash of the names and shapes of its tensors, and the constants."""


def read_graph(
    folder: Path,
    name: str,
    size: tuple[int, int],
    classes: int,
    replaced: dict[str, np.ndarray],
) -> Graph | None:
    """Reads the graph of a folder, with its weights; returns None if the folder has no graph."""
    if not (folder / GRAPH).is_file():
        return None
    try:
        tensors = load_file(folder / WEIGHTS) | replaced
        graph = from_xml((folder / GRAPH).read_text("utf-8"), tensors)
        shape = graph.input(0).partial_shape
        takes = tuple(shape.get_max_shape())[1:]
        if takes != (3, *size):
            raise ValueError(f"its input has another size, {takes}")
        if shape[0].is_static:
            raise ValueError(f"it takes batches of {shape[0].get_length()} pictures only")
        outputs = graph.output(0).partial_shape[1].get_length()
    except OSError as error:
        raise BundleError(f"'{name}' cannot be read ({error}).") from None
    except Exception as error:  # untrusted files can make these libraries raise anything
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise BundleError(f"The weights of '{name}' do not fit its {GRAPH}: {reason[-1]}") from None
    check_outputs(name, outputs, classes)
    return graph


def to_xml(graph: Graph, tensors: Mapping[str, np.ndarray]) -> str | None:
    """Returns the text of graph.xml; None if the graph's weights are not these tensors.

    Args:
        graph: the result of `convert`.
        tensors: the weights that will be stored next to it, by name, as they will be read.
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
            rest += value + bytes(-len(value) % 8)  # padded to align the numbers
    if len(rest) > MAX_CONSTANT_BYTES:
        return None
    for layer in root.iterfind("layers/layer"):
        for notes in layer.findall("rt_info"):  # locations in the Python code
            layer.remove(notes)
    root.set(_TENSORS, _description(tensors))
    root.set(_REST, base64.b64encode(rest).decode())
    return ElementTree.tostring(root, "unicode")


def from_xml(text: str, tensors: Mapping[str, np.ndarray]) -> Graph:
    """Builds the graph that `to_xml` wrote, with these weights.

    Raises:
        ValueError, RuntimeError, ElementTree.ParseError: the text is not a graph, or is the graph
            of other tensors.
    """
    root = ElementTree.fromstring(text)
    if root.get(_TENSORS) != _description(tensors):
        raise ValueError("it was made for tensors of other names or shapes")
    parts = [_bytes(tensors[name]) for name in _names(tensors)]
    rest = base64.b64decode(root.attrib[_REST], validate=True)
    if len(rest) > MAX_CONSTANT_BYTES:
        raise ValueError(f"it contains {len(rest):,} bytes of constants")
    weights = np.frombuffer(b"".join([*parts, rest]), np.uint8)
    return ov.Core().read_model(text.encode(), ov.Tensor(weights))


def _names(tensors: Mapping[str, np.ndarray]) -> list[str]:
    """Returns the sorted names of float tensors: batch normalisation's counters are not used."""
    return sorted(name for name, value in tensors.items() if value.dtype.kind == "f")


def _bytes(tensor: np.ndarray) -> bytes:
    return np.ascontiguousarray(tensor, np.float32).tobytes()


def _description(tensors: Mapping[str, np.ndarray]) -> str:
    shapes = {name: list(tensors[name].shape) for name in _names(tensors)}
    return hashlib.sha256(json.dumps(shapes).encode()).hexdigest()
