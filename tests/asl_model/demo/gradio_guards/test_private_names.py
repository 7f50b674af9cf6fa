"""Tripwires for the private names of Gradio that the demo uses, and the error without them."""

import importlib
import inspect
import subprocess
import sys

import gradio as gr
import pytest

from asl_model.demo.gradio_guards.private_names import NAMES, check, exists
from tests.helpers import ROOT


@pytest.mark.parametrize("name", NAMES)
def test_tripwire(name: str) -> None:
    """If this fails, the file that NAMES gives for the name must be rewritten."""
    assert exists(name)


@pytest.mark.parametrize("name", NAMES)
def test_the_file_that_is_said_to_use_it_does(name: str) -> None:
    file = ROOT / "asl_model" / "demo" / "gradio_guards" / NAMES[name]
    assert name.rpartition(".")[2] in file.read_text()


def test_tripwire_blocks_fetches_by_the_name_that_is_replaced() -> None:
    source = inspect.getsource(importlib.import_module("gradio.blocks"))
    assert "processing_utils.async_ssrf_protected_download(" in source


def test_tripwire_the_mark_that_hides_from_mcp() -> None:
    source = inspect.getsource(importlib.import_module("gradio.mcp"))
    assert "block_fn.fn._mcp_type" in source


def test_a_name_that_is_gone_ends_the_program_with_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check()  # with the installed Gradio nothing happens
    monkeypatch.delattr("gradio.processing_utils.async_ssrf_protected_download")
    with pytest.raises(SystemExit) as ended:
        check()
    message = str(ended.value)
    assert message.startswith(f"Error: Gradio {gr.__version__} has no gradio.processing_utils.")
    assert message.endswith("pip install -r requirements.txt")
    assert "\n" not in message


def test_an_attribute_that_only_init_sets_is_found() -> None:
    assert exists("gradio.queueing.Queue.pending_event_ids_session")
    assert not exists("gradio.queueing.Queue.no_such_attribute")
    assert not exists("gradio.queueing.NoSuchClass.anything")


def test_no_other_room_touches_a_private_name_of_gradio() -> None:
    """Outside `gradio_guards`, code uses only what `gradio` itself exports."""
    for file in (ROOT / "asl_model").rglob("*.py"):
        if file.parent.name != "gradio_guards":
            assert "from gradio." not in file.read_text(), file
    assert "gradio" not in (ROOT / "app.py").read_text().replace("gradio_guards", "").replace(
        "import_gradio", ""
    )


def test_importing_app_changes_nothing() -> None:
    """The import makes no folder, sets no variable and imports no Gradio; `main` does all of it."""
    code = (
        "import os, sys, tempfile; from pathlib import Path;"
        "before = dict(os.environ), set(Path(tempfile.gettempdir()).iterdir());"
        "import app;"
        "assert before == (dict(os.environ), set(Path(tempfile.gettempdir()).iterdir()));"
        "assert 'gradio' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
