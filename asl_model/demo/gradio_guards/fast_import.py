"""Imports Gradio for the demo with safe settings, and skips work that the demo does not need."""

import importlib
import inspect
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from asl_model.demo.gradio_guards import uploads

ENVIRONMENT = {
    # Switches off Gradio's usage statistics.
    "GRADIO_ANALYTICS_ENABLED": "False",
    # Gradio keeps the times of this many requests and copies the list at every request. With its
    # default of 10,000, memory grows and every answer is slower than the one before.
    "GRADIO_ANALYTICS_MAX_EVENTS": "100",
    # After this many requests Gradio summarises them for a page that is not shown here. With its
    # default of 1, it does so at every request.
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
}
"""Variables that Gradio reads while it is imported. Values that the user has set are kept."""


def import_gradio() -> Path:
    """Prepares the process for the demo and imports Gradio, which must not be imported before.

    Returns:
        A new folder for uploads. It is deleted when the program ends.

    Raises:
        OSError: the folder cannot be created.
    """
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    folder = uploads.make_folder()
    with importing():
        importlib.import_module("gradio")
    return folder


@contextmanager
def importing() -> Iterator[None]:
    """Keeps Gradio (6.31) from writing `.pyi` files, and postpones the import of pandas.

    At every start Gradio parses the source of each of its components, to write the component's
    events into a `.pyi` file for editors (`component_meta.create_or_modify_pyi`). It skips classes
    without a file, so `inspect.getfile` finds no file inside this context. The demo uses neither
    pandas nor the tables that need it. On two cores the import takes 1.8 s instead of 3.3 (2.0 with
    pandas), and 131 MB instead of 181 (medians of five alternating runs).
    """
    getfile = inspect.getfile

    def without_components(described: Any) -> str:
        if isinstance(described, type) and described.__module__.startswith(
            ("gradio.", "asl_model")
        ):
            raise OSError(f"The file of {described.__name__} is hidden while Gradio is imported.")
        return getfile(described)

    inspect.getfile = without_components  # type: ignore[assignment]  # its argument has another name
    pandas = _LazyModule("pandas")
    sys.modules.setdefault("pandas", pandas)
    try:
        yield
    finally:
        inspect.getfile = getfile
        _end(pandas)


class _LazyModule(ModuleType):
    """Stands in for a module; imports the real module when an attribute is first used."""

    def __getattr__(self, name: str) -> Any:
        _end(self)
        return getattr(importlib.import_module(self.__name__), name)


def _end(later: _LazyModule) -> None:
    """Removes the stand-in, so that the next import returns the real module."""
    if sys.modules.get(later.__name__) is later:
        del sys.modules[later.__name__]
