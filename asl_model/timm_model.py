"""Builds the timm model of a bundle when it is first needed: inference works without it."""

import functools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from asl_model.bundle_config import CONFIG, WEIGHTS
from asl_model.errors import BundleError

TimmModel: TypeAlias = Any
"""What `timm.create_model` returns: an `nn.Module` with `forward_features`, `forward_head`,
`feature_info`, `pretrained_cfg` and `get_classifier`. timm has no common class for it."""


def build_model(
    folder: Path, name: str, classes: int, stamp: object, replaced: dict[str, np.ndarray]
) -> TimmModel:
    """Builds the timm model in a folder, in eval mode.

    Args:
        folder: the bundle's folder.
        name: the bundle's name in error messages.
        classes: the number of outputs that the model must have.
        stamp: the result of `stamp_of` when the bundle was read.
        replaced: tensors to load instead of the stored ones (`asl_model.older_bundles`).

    Raises:
        BundleError: the files changed after reading, or the weights do not fit the configuration.
    """
    if stamp_of(folder) != stamp:
        raise BundleError(f"The files of '{name}' have changed since it was loaded. Load it again.")
    import timm
    import torch

    try:
        model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
        tensors = {key: torch.from_numpy(value) for key, value in replaced.items()}
        model.load_state_dict(tensors, strict=False)
    except Exception as error:  # untrusted files can make timm and torch raise anything
        raise BundleError(f"The weights of '{name}' do not fit its {CONFIG}: {error}") from None
    check_outputs(name, model.num_classes, classes)
    return model


def check_outputs(name: str, outputs: int, classes: int) -> None:
    """Raises BundleError if the number of outputs is not the number of classes."""
    if outputs != classes:
        raise BundleError(f"'{name}' has {outputs} outputs but {classes} label names.")


def stamp_of(folder: Path) -> object:
    """Returns a value that changes when config.json or the weights are replaced or written to."""
    facts = [(folder / file).stat() for file in (CONFIG, WEIGHTS) if (folder / file).exists()]
    return [(fact.st_ino, fact.st_size, fact.st_mtime_ns) for fact in facts]


def once(build: Callable[[], TimmModel]) -> Callable[[], TimmModel]:
    """Wraps a function so that every call returns the same object, also from several threads."""
    lock, cached = threading.Lock(), functools.cache(build)

    def locked() -> TimmModel:
        with lock:
            return cached()

    return locked
