"""Builds a timm model with pre-trained weights, frozen layers and a new head."""

import copy
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

import timm
import torch
from torch import nn

from train.errors import TrainError
from train.network.layers import TimmModel, freeze
from train.network.pretrained_weights import load_weights
from train.settings import Settings


def build_model(
    settings: Settings, label_names: Sequence[str], weights: Path | None
) -> tuple[TimmModel, set[str]]:
    """Builds the network that `fit` trains: pre-trained, partly frozen, with a new head.

    Args:
        settings: the backbone, its arguments, its preprocessing and the layers to freeze.
        label_names: the classes of the new head, in the order of its outputs.
        weights: a safetensors file of pre-trained weights, a bundle's folder, or None for timm's
            own from the Hub. A bundle's classifier is not loaded if its classes differ.

    Returns:
        The model, and the names of the parameters that start from random values.

    Raises:
        TrainError: the backbone is unknown, the weights cannot be loaded or do not fit, or layers
            with random weights would be frozen.
    """
    if not timm.is_model(settings.backbone):
        near = ", ".join(get_close_matches(settings.backbone, timm.list_models(), n=5))
        raise TrainError(
            f"timm has no model '{settings.backbone}'. Similar names: {near or 'none'}."
        )
    model = create(settings, len(label_names))
    if settings.test_input_size:
        set_input_size(copy.deepcopy(model), settings.test_input_size)  # a wrong size fails early
    if settings.from_scratch and weights:
        raise TrainError("--from-scratch reads no weights. Leave out --backbone-weights.")
    if settings.from_scratch:
        return model, {name for name, _ in model.named_parameters()}
    origin = str(weights) if weights else f"timm's {settings.backbone}"
    new_parameters = load_weights(model, label_names, settings.backbone, weights)
    try:
        frozen = freeze(model, settings.freeze)
    except ValueError as error:
        raise TrainError(str(error)) from None
    unset = sorted(new_parameters.intersection(frozen))
    if unset:
        raise TrainError(
            f"--freeze {settings.freeze} would freeze layers that {origin} has no weights for "
            f"({unset[0]} and {len(unset) - 1} more). Freeze fewer stages, for example --freeze 3."
        )
    return model, new_parameters


def create(settings: Settings, num_classes: int) -> TimmModel:
    """Creates the network with random weights, and sets its preprocessing and dropout.

    Raises:
        TrainError: the backbone does not have one of the arguments or dropout layers.
    """
    # A hand can be anywhere in a picture, so the picture is squashed and not cropped. timm's tag
    # and licence describe its own weights, so they are removed for the weights trained here.
    preprocessing: dict[str, object] = {
        "crop_pct": 1.0,
        "crop_mode": "squash",
        "tag": None,
        "license": None,
    }
    if settings.input_size:
        preprocessing["input_size"] = (3, settings.input_size, settings.input_size)
    if settings.mean is not None:
        preprocessing["mean"] = (settings.mean,) * 3
    if settings.std is not None:
        preprocessing["std"] = (settings.std,) * 3
    try:
        model = timm.create_model(
            settings.backbone,
            num_classes=num_classes,
            pretrained_cfg_overlay=preprocessing,
            **settings.model_args,
        )
    except (TypeError, ValueError, AssertionError) as error:  # raised by layers of timm and torch
        raise TrainError(f"--model-arg does not fit '{settings.backbone}': {error}") from None
    layers = dropout_layers(model)
    for name, probability in settings.dropouts.items():
        if name not in layers:
            raise TrainError(
                f"--dropout {name}: '{settings.backbone}' has no such layer. Its dropout layers: "
                f"{', '.join(layers) or 'none with a name; try --model-arg drop_rate=P'}."
            )
        layers[name].p = probability
    return model


def set_input_size(model: TimmModel, size: int) -> None:
    """Changes the size of the pictures that a model reads, in pixels per side.

    Raises:
        TrainError: the model takes one size only, like transformers with a position per patch.
    """
    model.pretrained_cfg = {**model.pretrained_cfg, "input_size": (3, size, size)}
    try:
        with torch.inference_mode():
            model.eval()(torch.zeros(1, 3, size, size))
    except (AssertionError, RuntimeError) as error:  # what timm and torch raise for a wrong size
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise TrainError(
            f"--test-input-size {size}: this network cannot read pictures of that size ({reason}). "
            "Leave out the option, or choose a convolutional backbone."
        ) from None


def dropout_layers(model: TimmModel) -> dict[str, nn.Dropout]:
    """Returns the dropout layers of a model by name."""
    return {n: layer for n, layer in model.named_modules() if isinstance(layer, nn.Dropout)}


def describe(model: TimmModel, new_parameters: set[str]) -> str:
    """Returns a log line with the number of frozen, trained and randomly initialised parameters."""
    count = {True: 0, False: 0}
    for parameter in model.parameters():
        count[parameter.requires_grad] += parameter.numel()
    new = sum(p.numel() for name, p in model.named_parameters() if name in new_parameters)
    return (
        f"{count[False] / 1e6:.2f} M parameters frozen, {count[True] / 1e6:.2f} M trained, "
        f"of which {new / 1e6:.2f} M start from random values"
    )
