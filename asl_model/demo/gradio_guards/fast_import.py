"""Imports Gradio for the demo: with safe settings, and without work that the demo does not need."""

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
    # Gradio sends no usage figures to its makers.
    "GRADIO_ANALYTICS_ENABLED": "False",
    # Gradio keeps the times of so many requests and copies the list at every request. With its
    # default of 10,000, memory grows and every answer is slower than the one before.
    "GRADIO_ANALYTICS_MAX_EVENTS": "100",
    # After so many requests Gradio sums them up for a page that is not shown here. With its
    # default of 1 that is part of every request.
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
}
"""Gradio reads these while it is imported. What the user has set is kept."""


def import_gradio() -> Path:
    """Prepares the process for the demo and imports Gradio; to be called before Gradio is imported.

    Returns:
        A new folder for uploads. It is deleted when the program ends.

    Raises:
        OSError: the folder cannot be made.
    """
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    folder = uploads.make_folder()
    with importing():
        importlib.import_module("gradio")
    return folder


@contextmanager
def importing() -> Iterator[None]:
    """While it lasts, Gradio (6.31) writes no `.pyi` files, and importing pandas is put off.

    Gradio parses the source of each of its components at every start, to write the component's
    events into a `.pyi` file for editors (`component_meta.create_or_modify_pyi`). It skips classes
    without a file, so `inspect.getfile` finds no file here. The demo uses neither pandas nor the
    tables that need it. On two cores the import takes 1.8 s instead of 3.3 (2.0 with pandas), and
    131 MB instead of 181 (medians of five, in turn).
    """
    getfile = inspect.getfile

    def without_components(described: Any) -> str:
        if isinstance(described, type) and described.__module__.startswith(
            ("gradio.", "asl_model")
        ):
            raise OSError(f"{described.__name__} is not looked up while Gradio is imported.")
        return getfile(described)

    inspect.getfile = without_components  # type: ignore[assignment]  # its argument has another name
    pandas = _Later("pandas")
    sys.modules.setdefault("pandas", pandas)
    try:
        yield
    finally:
        inspect.getfile = getfile
        _end(pandas)


class _Later(ModuleType):
    """Stands for a module; imports the real one when something of it is used."""

    def __getattr__(self, name: str) -> Any:
        _end(self)
        return getattr(importlib.import_module(self.__name__), name)


def _end(later: _Later) -> None:
    """From now on, importing the module gives the real one."""
    if sys.modules.get(later.__name__) is later:
        del sys.modules[later.__name__]
