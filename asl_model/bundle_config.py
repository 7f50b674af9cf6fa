"""Reads config.json and metrics.json of a bundle, and checks them: they may be untrusted."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from asl_model import older_bundles
from asl_model.alphabet import CLASSES
from asl_model.calibration import Calibration
from asl_model.crops import CROPS
from asl_model.errors import BundleError
from asl_model.metrics_file import Metrics
from asl_model.preprocessing import Preprocessing

CONFIG, WEIGHTS, METRICS = "config.json", "model.safetensors", "metrics.json"

_BROKEN = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""Errors that untrusted JSON can cause; RecursionError for lists nested a thousand deep."""


Cropping: TypeAlias = Literal["none", "hand"]
"""What a network reads: 'none' the whole picture, 'hand' the square around the hand."""


class InferenceSettings(BaseModel):
    """The "asl" part of config.json: how this project uses the network's output.

    Attributes:
        crop: 'hand' if the network reads the square around the hand, 'none' for the whole picture.
        looks: the number of `asl_model.crops.CROPS` whose logits are averaged.
        calibration: turns the averaged logits into probabilities.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    crop: Cropping = "none"
    looks: Annotated[int, Field(ge=1, le=len(CROPS))] = 1
    calibration: Calibration = Calibration()


@dataclass(frozen=True)
class BundleConfig:
    """Everything known about a bundle before its weights are read.

    Attributes:
        preprocessing: turns a picture into the network's input.
        label_names: the classes, in the order of the logits.
        inference: what is cropped, the number of crops and the calibration.
        metrics: the contents of metrics.json.
        classifier: name of the network's last layer.
        merged_calibration: temperature and biases that an older version wrote into the weights, see
            `asl_model.older_bundles`; None for a bundle in the current format.
    """

    preprocessing: Preprocessing
    label_names: tuple[str, ...]
    inference: InferenceSettings
    metrics: Metrics
    classifier: str
    merged_calibration: Calibration | None = None


def read_config(folder: Path, name: str) -> BundleConfig:
    """Reads config.json and metrics.json; without metrics.json the metrics are empty.

    Args:
        folder: the bundle's folder.
        name: the bundle's name in error messages.

    Raises:
        BundleError: a file cannot be read, or does not describe a bundle of this project.
    """
    try:
        config = _read(folder)
    except OSError as error:
        raise BundleError(f"'{name}' cannot be read ({error}).") from None
    except _BROKEN as error:
        raise BundleError(
            f"'{name}' is not a bundle of this project: {_reason(error)}. "
            "`python -m train fit` writes one."
        ) from None
    unknown = [label for label in config.label_names if label not in CLASSES]
    if unknown:
        raise BundleError(f"'{name}' has classes that are not in this alphabet: {unknown}.")
    return config


def _read(folder: Path) -> BundleConfig:
    config = json.loads((folder / CONFIG).read_text("utf-8"))
    file = folder / METRICS
    text = file.read_text("utf-8") if file.is_file() else "{}"
    stored, merged_calibration = config["asl"], None
    if "calibration" not in stored:
        merged_calibration = older_bundles.merged_calibration_of(config, json.loads(text))
        stored = {"looks": stored.get("looks", 1), "calibration": merged_calibration}
    return BundleConfig(
        preprocessing=Preprocessing.of(config["pretrained_cfg"]),
        label_names=tuple(config["label_names"]),
        inference=InferenceSettings.model_validate(stored),
        metrics=Metrics.model_validate_json(text),
        classifier=str(config["pretrained_cfg"]["classifier"]),
        merged_calibration=merged_calibration,
    )


def _reason(error: Exception) -> str:
    """Returns the first fault of config.json or metrics.json, in one line."""
    if not isinstance(error, ValidationError):
        return f"its {CONFIG} or {METRICS} has a missing or invalid entry: {error}"
    first: Any = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    file = METRICS if error.title == Metrics.__name__ else CONFIG
    return f"its {file} is invalid at {place or 'the top level'}: {first['msg']}"
