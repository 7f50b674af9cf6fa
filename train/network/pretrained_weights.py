"""Loads pre-trained weights: timm's own from the Hub, those of a file or of a bundle."""

from collections.abc import Sequence
from pathlib import Path

import timm
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from asl_model.bundle import BundleError, load_bundle
from asl_model.timm_model import TimmModel
from train.devices import processes
from train.errors import TrainError
from train.network.hashes import layers_hash
from train.network.layers import head_parameters


def load_weights(
    model: TimmModel, label_names: Sequence[str], backbone: str, weights: Path | None
) -> set[str]:
    """Loads weights into a model; returns the names of the parameters without loaded weights.

    Args:
        model: the model, made by `train.network.backbone.create`.
        label_names: classes of the model; a classifier for other classes is not loaded.
        backbone: name of the model in timm.
        weights: see `train.network.backbone.build_model`.

    Raises:
        TrainError: the weights cannot be loaded, or do not fit.
    """
    if not weights:
        return _load(model, _pretrained(backbone), f"timm's {backbone}")
    return _load(model, _read(weights, model, label_names), str(weights))


def _pretrained(backbone: str) -> dict[str, torch.Tensor]:
    """Returns timm's own weights from the Hub, those of the model without any --model-arg."""
    try:
        return timm.create_model(backbone, pretrained=True).state_dict()
    except Exception as error:  # no such weights, no network, a proxy, a full disk
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise TrainError(
            f"The pre-trained weights of '{backbone}' cannot be loaded from the Hub ({reason}). "
            "Connect to the network, or give a safetensors file with --backbone-weights FILE."
        ) from None


def _read(weights: Path, model: TimmModel, label_names: Sequence[str]) -> dict[str, torch.Tensor]:
    if weights.is_dir():
        return _read_bundle(weights, model, label_names)
    try:
        return load_file(weights)
    except (OSError, SafetensorError) as error:
        raise TrainError(
            f"'{weights}' cannot be read as a safetensors file ({error}). Pickled weights are "
            "never loaded."
        ) from None


def _read_bundle(
    folder: Path, model: TimmModel, label_names: Sequence[str]
) -> dict[str, torch.Tensor]:
    try:
        bundle = load_bundle(folder)
    except BundleError as error:
        raise TrainError(f"--backbone-weights: {error}") from None
    given, made = bundle.model.pretrained_cfg, model.pretrained_cfg
    settings = bundle.metrics.training.settings
    if layers_hash(bundle.model) != layers_hash(model):
        processes().print(
            f"Warning: the layers of '{folder}' have other settings than those of this run. It was "
            f"trained with --model-arg {settings.get('model_args', {})}."
        )
    for name in ("mean", "std"):
        before, now = tuple(given[name]), tuple(made[name])
        if before != now:
            processes().print(f"Warning: '{folder}' was trained with --{name} {before}, not {now}.")
    tensors: dict[str, torch.Tensor] = bundle.model.state_dict()
    if bundle.label_names == tuple(label_names):
        return tensors
    processes().print(f"The classifier of '{folder}' has other classes, so a new one is trained.")
    classifier = bundle.model.get_classifier()
    last = classifier if isinstance(classifier, tuple) else (classifier,)  # some have two heads
    parameters = [parameter for layer in last for parameter in layer.parameters()]
    own = {n for n, p in bundle.model.named_parameters() if any(p is q for q in parameters)}
    return {name: tensor for name, tensor in tensors.items() if name not in own}


def _load(model: TimmModel, tensors: dict[str, torch.Tensor], origin: str) -> set[str]:
    head = head_parameters(model)
    shapes = {name: tensor.shape for name, tensor in model.state_dict().items()}
    # Head weights of another shape (other classes, another width) are not loaded.
    fitting = {n: t for n, t in tensors.items() if n not in head or shapes.get(n) == t.shape}
    wrong = [n for n, t in fitting.items() if shapes.get(n) != t.shape]
    if wrong or not fitting:
        raise TrainError(
            f"{origin} does not fit this backbone: {', '.join(wrong[:3]) or 'it is empty'}. "
            "Its tensors must have the names and shapes of the timm model."
        )
    model.load_state_dict(fitting, strict=False)
    return {name for name, _ in model.named_parameters()} - set(fitting)
