"""Gradio is imported without parsing its own source, and without pandas."""

import json
import subprocess
import sys

import pytest

from tests.helpers import ROOT

OURS = "from asl_model.demo.gradio_guards.fast_import import import_gradio; import_gradio()"

COUNTED = """
import ast, inspect, json, sys
parsed, parse, getfile = [], ast.parse, inspect.getfile
ast.parse = lambda *given, **named: parsed.append(1) or parse(*given, **named)
{statement}
import gradio, gradio.caching
button = gradio.components.Button
found = [inspect.getfile is getfile, getfile(button), callable(button.click)]
found.append("pandas.core" in sys.modules)
table = gradio.caching.pd.DataFrame({{"a": [1]}})
import pandas
found.append(type(table) is pandas.DataFrame)
print(json.dumps([len(parsed), *found]))
"""


@pytest.mark.parametrize(
    ("statement", "least", "most", "with_pandas"),
    [
        pytest.param("import gradio", 50, 10_000, True, marks=pytest.mark.slow),
        (OURS, 0, 20, False),
    ],
)
def test_the_demo_spares_gradio_what_it_does_not_use(
    statement: str, least: int, most: int, with_pandas: bool
) -> None:
    """If this fails for a plain `import gradio`, `fast_import` can be shortened."""
    done = subprocess.run(
        [sys.executable, "-c", COUNTED.format(statement=statement)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    parsed, restored, file, has_events, pandas, there_when_asked_for = json.loads(done.stdout)
    assert least <= parsed <= most
    assert restored
    assert file.endswith("button.py")
    assert has_events
    assert pandas == with_pandas
    assert there_when_asked_for
