"""Reads bundles of older versions, whose weights contain the calibration.

Older versions merged temperature and biases into the network's last layer. Reading an older
bundle takes them out of the weights, so that all other code knows only the current format.
`python -m train convert` rewrites an older bundle in the current format.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from asl_model.calibration import SAME_HANDSHAPE, Calibration, HandshapePair


def merged_calibration_of(config: Mapping[str, Any], metrics: Mapping[str, Any]) -> Calibration:
    """Returns the calibration in the weights of an older bundle.

    Args:
        config: the contents of its config.json.
        metrics: the contents of its metrics.json; empty if the file does not exist.

    Raises:
        KeyError, TypeError, ValueError: the calibration is missing or out of bounds.
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


def remove_calibration(
    tensors: Mapping[str, np.ndarray],
    classifier: str,
    label_names: tuple[str, ...],
    merged_calibration: Calibration,
) -> dict[str, np.ndarray]:
    """Returns the last layer's tensors without temperature and biases, by name, float32.

    Args:
        tensors: the stored weights.
        classifier: name of the last layer.
        label_names: the classes in the order of the layer's outputs.
        merged_calibration: the calibration that the layer contains.

    Raises:
        KeyError: there is no layer of this name with weight and bias.
    """
    biases = np.array([merged_calibration.biases.get(name, 0.0) for name in label_names])
    weight, bias = (
        tensors[f"{classifier}.{name}"].astype(np.float64) for name in ("weight", "bias")
    )
    weight *= merged_calibration.temperature
    bias = (bias - biases) * merged_calibration.temperature
    return {
        f"{classifier}.weight": weight.astype(np.float32),
        f"{classifier}.bias": bias.astype(np.float32),
    }
