"""The folder where uploads lie while they are read: ours alone, swept, and gone with the program.

Gradio can sweep by itself (`delete_cache`), but leaves what MCP clients send (6.31).
"""

import os
import stat
import tempfile
import threading
import time
from pathlib import Path

SWEEP_INTERVAL_SECONDS, MAX_AGE_SECONDS = 60.0, 300.0
"""Time between two sweeps, and the age from which a file is deleted: visitors who ask to see where
the model looked, or for more letters, have five minutes to do so."""

PREFIX = "asl-letters-"


def make_folder() -> Path:
    """A new folder for Gradio's files, deleted when the program ends.

    In GRADIO_TEMP_DIR, if that is set, and named by it from then on; so to be called before Gradio
    is imported, which reads it only once.
    """
    parent = Path(os.environ.get("GRADIO_TEMP_DIR") or tempfile.gettempdir())
    parent.mkdir(parents=True, exist_ok=True)
    _sweep_left(parent, time.time() - MAX_AGE_SECONDS)
    folder = tempfile.TemporaryDirectory(prefix=PREFIX, dir=parent)
    _kept.append(folder)
    os.environ["GRADIO_TEMP_DIR"] = folder.name
    return Path(folder.name)


_kept: list[tempfile.TemporaryDirectory[str]] = []
"""A folder is deleted when nothing refers to it any more."""


def keep_swept(
    folder: Path, every: float = SWEEP_INTERVAL_SECONDS, oldest: float = MAX_AGE_SECONDS
) -> None:
    """Sweeps now and then, in a thread that ends with the program."""

    def run() -> None:
        while True:
            time.sleep(every)
            sweep(folder, time.time() - oldest)
            _sweep_left(folder.parent, time.time() - oldest)

    threading.Thread(target=run, name="sweeping uploads", daemon=True).start()


def _sweep_left(parent: Path, before: float) -> None:
    """Sweeps what programs left that were killed. Folders of others, and links, are not ours."""
    for left in parent.glob(f"{PREFIX}*"):
        try:
            facts = left.lstat()
        except OSError:  # gone meanwhile
            continue
        ours = not hasattr(os, "getuid") or facts.st_uid == os.getuid()  # Windows knows no such ids
        if stat.S_ISDIR(facts.st_mode) and ours:
            sweep(left, before)


def sweep(folder: Path, before: float) -> None:
    """Deletes the files in a folder that were written before a time, and folders left empty."""
    try:
        paths = sorted(folder.rglob("*"), reverse=True)  # what lies in a folder comes before it
    except OSError:  # someone else's folder
        return
    for path in paths:
        try:
            if path.is_dir():
                if path.stat().st_mtime < before:
                    path.rmdir()
            elif path.stat().st_mtime < before:
                path.unlink()
        except OSError:  # not empty, or deleted by someone else
            continue
