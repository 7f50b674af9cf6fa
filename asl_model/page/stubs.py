"""Gradio imported without what it writes for editors, a quarter of the time that takes."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def unwritten() -> Iterator[None]:
    """For the import of Gradio: its components get no `.pyi` file.

    At every start Gradio (6.31, `component_meta.create_or_modify_pyi`) parses the source of each of
    its components, to write its events into a `.pyi` beside it: 2.8 s of 10.2 on two slow cores.
    It leaves out a class that has no file, as `inspect.getfile` says of all of them in here.
    """
    getfile = inspect.getfile

    def of_others(described: Any) -> str:
        if isinstance(described, type) and described.__module__.startswith("gradio."):
            raise OSError(f"{described.__name__} is not looked up while Gradio is imported.")
        return getfile(described)

    inspect.getfile = of_others  # type: ignore[assignment]  # its argument has another name
    try:
        yield
    finally:
        inspect.getfile = getfile
