"""Writes a finder: weights, graph, figures and card, completely or not at all."""

import copy
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from safetensors.numpy import load_file
from safetensors.torch import save_file

from asl_model.bundle import CARD
from asl_model.bundle_config import METRICS, WEIGHTS
from asl_model.graph_file import GRAPH, to_xml
from asl_model.inference import convert
from train.errors import TrainError
from train.hand.network import HandNetwork
from train.network.layers import round_to_half
from train.publishing.save_bundle import replacing


def save_network(folder: Path, network: HandNetwork) -> None:
    """Writes the weights of a network, in half precision, and its graph to a folder.

    Raises:
        TrainError: OpenVINO cannot run the network.
    """
    stored = round_to_half(copy.deepcopy(network)).eval()
    tensors = {name: value.half().contiguous() for name, value in stored.state_dict().items()}
    save_file(tensors, folder / WEIGHTS)
    (folder / WEIGHTS).chmod(0o644)  # safetensors lets only the owner read the file
    text = to_xml(convert(stored), load_file(folder / WEIGHTS))
    if text is None:
        raise TrainError("OpenVINO changes the weights of this network, so it cannot be stored.")
    (folder / GRAPH).write_text(text, "utf-8")


def save_finder(
    folder: Path,
    network: HandNetwork,
    metrics: Mapping[str, object],
    card: str,
    extra_files: Sequence[Path],
) -> None:
    """Writes a finder; an existing one is replaced.

    Args:
        folder: where to write it.
        network: the trained network.
        metrics: the contents of metrics.json.
        card: the text of README.md.
        extra_files: more files to copy: history and curves.

    Raises:
        BundleError: `folder` exists and holds something else.
    """
    with replacing(folder) as new:
        save_network(new, network)
        (new / METRICS).write_text(json.dumps(metrics, indent=2) + "\n", "utf-8")
        (new / CARD).write_text(card, "utf-8")
        for file in extra_files:
            shutil.copy(file, new)
