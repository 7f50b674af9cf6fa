"""Bundles of older versions, whose weights hold the calibration: read as bundles of today.

They had temperature and biases multiplied into the network's last layer. Reading such a bundle
takes them out of the weights again, so that everything else knows one kind of bundle only.
`python -m train convert` writes it anew in today's format.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from asl_model.calibration import SAME_HANDSHAPE, Calibration, HandshapePair


def built_in_calibration(config: Mapping[str, Any], metrics: Mapping[str, Any]) -> Calibration:
    """The calibration that the weights of an older bundle hold.

    Args:
        config: the contents of its config.json.
        metrics: the contents of its metrics.json; empty if it has none.

    Raises:
        KeyError, TypeError, ValueError: they do not say it, or break its bounds.
    """
    stored, names = config["asl"], config["label_names"]
    threshold = float(stored["threshold"])
    sharing = stored.get("sharing")
    if sharing:
        share = float(sharing["share"])
        known = (letters for letters in SAME_HANDSHAPE if set(letters) <= set(names))
        pairs = tuple(HandshapePair(letters, share) for letters in known)
        biases = dict(zip(names, map(float, sharing["biases"]), strict=True))
        return Calibration(float(sharing["temperature"]), biases, threshold, pairs)
    chosen = metrics.get("calibration") or {}
    biases = {name: float(bias) for name, bias in chosen.get("biases", {}).items()}
    return Calibration(float(chosen.get("temperature", 1.0)), biases, threshold)


def take_out(
    tensors: Mapping[str, np.ndarray],
    classifier: str,
    label_names: tuple[str, ...],
    built_in: Calibration,
) -> dict[str, np.ndarray]:
    """The tensors of the last layer without temperature and biases, by name, float32.

    Args:
        tensors: the weights as they are stored.
        classifier: name of the last layer.
        label_names: the classes in the order of its outputs.
        built_in: what the layer holds.

    Raises:
        KeyError: there is no such layer with weight and bias.
    """
    biases = np.array([built_in.biases.get(name, 0.0) for name in label_names])
    weight, bias = (
        tensors[f"{classifier}.{name}"].astype(np.float64) for name in ("weight", "bias")
    )
    weight *= built_in.temperature
    bias = (bias - biases) * built_in.temperature
    return {
        f"{classifier}.weight": weight.astype(np.float32),
        f"{classifier}.bias": bias.astype(np.float32),
    }
