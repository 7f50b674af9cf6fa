"""Gradio imported without what the demo does not use: less than two thirds of the time it takes."""

import importlib
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


class Later(ModuleType):
    """Stands for a module that is imported once something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        """What the module has by that name."""
        _end(self)
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def importing() -> Iterator[None]:
    """For the import of Gradio (6.31): it writes no `.pyi` files, and pandas comes when it is used.

    At every start Gradio parses the source of each of its components, to write its events into a
    `.pyi` beside it, for editors (`component_meta.create_or_modify_pyi`). It leaves out a class
    that has no file, as `inspect.getfile` says of all of them in here. Pandas is for tables and for
    caches of functions, of which the demo has none. On a slow core the import takes 10.5 s, without
    the first 6.8, and without both 6.1 (CPU time, medians of four each, in turn).
    """
    getfile = inspect.getfile

    def of_others(described: Any) -> str:
        if isinstance(described, type) and described.__module__.startswith("gradio."):
            raise OSError(f"{described.__name__} is not looked up while Gradio is imported.")
        return getfile(described)

    inspect.getfile = of_others  # type: ignore[assignment]  # its argument has another name
    pandas = Later("pandas")
    sys.modules.setdefault("pandas", pandas)
    try:
        yield
    finally:
        inspect.getfile = getfile
        _end(pandas)


def _end(later: Later) -> None:
    """From here on whoever imports the module gets the real one."""
    if sys.modules.get(later.__name__) is later:
        del sys.modules[later.__name__]
