"""The timm model of a folder, built when it is first asked for: answering does without it."""

import functools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from asl_model.errors import BundleError

CONFIG, WEIGHTS = "config.json", "model.safetensors"
"""The two files that make the model."""


def build_model(folder: Path, name: str, classes: int, stamp: object) -> Any:
    """The timm model in a folder whose files are still those that were read before.

    Raises:
        BundleError: they are not, or the weights do not fit the configuration.
    """
    if stamp_of(folder) != stamp:
        raise BundleError(f"The files of '{name}' have changed since it was loaded. Load it again.")
    import timm

    try:
        model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
    except Exception as error:  # whatever timm and torch raise for what a stranger's file says
        raise BundleError(f"The weights of '{name}' do not fit its {CONFIG}: {error}") from None
    check_outputs(name, model.num_classes, classes)
    return model


def check_outputs(name: str, outputs: int, classes: int) -> None:
    """Raises BundleError if there is not one output for each class."""
    if outputs != classes:
        raise BundleError(f"'{name}' has {outputs} outputs but {classes} label names.")


def stamp_of(folder: Path) -> object:
    """Changes when a file is replaced or written to."""
    facts = [(folder / file).stat() for file in (CONFIG, WEIGHTS) if (folder / file).exists()]
    return [(fact.st_ino, fact.st_size, fact.st_mtime_ns) for fact in facts]


def once(build: Callable[[], Any]) -> Callable[[], Any]:
    """Makes a function return the same object at every call, from several threads too."""
    lock, cached = threading.Lock(), functools.cache(build)

    def locked() -> Any:
        with lock:
            return cached()

    return locked
