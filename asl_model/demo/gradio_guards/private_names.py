"""Checks that Gradio (6.31) has the private names that this package uses.

They are not part of Gradio's documented interface, so any release may change them. Therefore
requirements.txt pins one minor version, and `tests` has a tripwire for each name.
"""

import importlib
import sys
from collections.abc import Callable
from typing import Any

NAMES = {
    "gradio.blocks.Blocks.preprocess_data": "input_errors.py",
    "gradio.state_holder.SessionState._update_value_in_config": "input_errors.py",
    "gradio.state_holder.SessionState.config_values": "input_errors.py",
    "gradio.queueing.Queue.pending_event_ids_session": "session_memory.py",
    "gradio.blocks.Blocks.temp_file_sets": "session_memory.py",
    "gradio.state_holder.StateHolder.session_data": "session_memory.py",
    "gradio.state_holder.StateHolder.time_last_used": "session_memory.py",
    "gradio.state_holder.StateHolder.lock": "session_memory.py",
    "gradio.state_holder.SessionState.state_data": "session_memory.py",
    "gradio.processing_utils.async_ssrf_protected_download": "url_fetching.py",
    "gradio.route_utils.API_PREFIX": "request_limits.py",
    "gradio.utils.get_upload_folder": "components.py",
    "gradio.data_classes.ImageData": "components.py",
    "gradio.component_meta.create_or_modify_pyi": "fast_import.py",
}
"""Each name and the file that uses it. Some attributes are set only by `__init__`."""


def check() -> None:
    """Ends the program with a one-line message if the installed Gradio lacks one of `NAMES`."""
    for name in NAMES:
        if not exists(name):
            version = sys.modules["gradio"].__version__
            sys.exit(
                f"Error: Gradio {version} has no {name}, which this demo needs. "
                "Install the tested version: pip install -r requirements.txt"
            )


def exists(name: str) -> bool:
    """Returns whether a dotted name exists: in a module, in a class, or set by its `__init__`."""
    place, _, attribute = name.rpartition(".")
    module, _, owner = place.rpartition(".")
    try:
        if not owner[0].isupper():  # a module, not a class
            return hasattr(importlib.import_module(place), attribute)
        kind: Any = getattr(importlib.import_module(module), owner)
    except (ImportError, AttributeError):
        return False
    return hasattr(kind, attribute) or attribute in kind.__init__.__code__.co_names


def hide_from_mcp(function: Callable[..., Any]) -> None:
    """Keeps a function out of the MCP server's list of tools; it stays in the API.

    Gradio has no documented way to do this. A version that ignores `_mcp_type` would list the tool.
    """
    function._mcp_type = "none"  # type: ignore[attr-defined]
