"""Gradio is imported without the parsing of its own source."""

import json
import subprocess
import sys

import pytest

from tests.conftest import ROOT

COUNTED = """
import ast, inspect, json
parsed, parse, getfile = [], ast.parse, inspect.getfile
ast.parse = lambda *given, **named: parsed.append(1) or parse(*given, **named)
import {module}
import gradio
button = gradio.components.Button
found = inspect.getfile is getfile, getfile(button), callable(button.click)
print(json.dumps([len(parsed), *found]))
"""


@pytest.mark.parametrize(("module", "least", "most"), [("gradio", 50, 10_000), ("app", 0, 20)])
def test_app_alone_spares_gradio_the_writing_of_stubs(module: str, least: int, most: int) -> None:
    """Where Gradio alone no longer parses its source, `stubs` is to be deleted."""
    done = subprocess.run(
        [sys.executable, "-c", COUNTED.format(module=module)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    parsed, restored, file, has_events = json.loads(done.stdout)
    assert least <= parsed <= most
    assert restored
    assert file.endswith("button.py")
    assert has_events
