"""The private folder for uploads. Old files are deleted; at the end the folder is deleted too.

Gradio (6.31) can delete old files by itself (`delete_cache`), but not those that MCP clients send.
"""

import os
import stat
import tempfile
import threading
import time
from pathlib import Path

SWEEP_INTERVAL_SECONDS, MAX_AGE_SECONDS = 60.0, 300.0
"""Time between two sweeps, and the age from which a file is deleted. Visitors have five minutes to
ask for more letters or for where the model looked."""

PREFIX = "asl-letters-"


def make_folder() -> Path:
    """Creates a new folder for Gradio's files, which is deleted when the program ends.

    The folder is created inside GRADIO_TEMP_DIR, if that is set. GRADIO_TEMP_DIR then names the new
    folder. Call this before Gradio is imported, because Gradio reads the variable only once.
    """
    parent = Path(os.environ.get("GRADIO_TEMP_DIR") or tempfile.gettempdir())
    parent.mkdir(parents=True, exist_ok=True)
    _sweep_left(parent, time.time() - MAX_AGE_SECONDS)
    folder = tempfile.TemporaryDirectory(prefix=PREFIX, dir=parent)
    _kept.append(folder)
    os.environ["GRADIO_TEMP_DIR"] = folder.name
    return Path(folder.name)


_kept: list[tempfile.TemporaryDirectory[str]] = []
"""Keeps the folders alive: each is deleted when nothing refers to its object any more."""


def keep_swept(
    folder: Path, every: float = SWEEP_INTERVAL_SECONDS, oldest: float = MAX_AGE_SECONDS
) -> None:
    """Deletes old files at intervals, in a thread that ends with the program."""

    def run() -> None:
        while True:
            time.sleep(every)
            sweep(folder, time.time() - oldest)
            _sweep_left(folder.parent, time.time() - oldest)

    threading.Thread(target=run, name="sweeping uploads", daemon=True).start()


def _sweep_left(parent: Path, before: float) -> None:
    """Deletes old files that killed programs left. Links and other users' folders are skipped."""
    for left in parent.glob(f"{PREFIX}*"):
        try:
            facts = left.lstat()
        except OSError:  # deleted meanwhile
            continue
        ours = not hasattr(os, "getuid") or facts.st_uid == os.getuid()  # Windows has no user ids
        if stat.S_ISDIR(facts.st_mode) and ours:
            sweep(left, before)


def sweep(folder: Path, before: float) -> None:
    """Deletes files in a folder that were last written before a time, and folders left empty."""
    try:
        paths = sorted(folder.rglob("*"), reverse=True)  # a folder comes after its contents
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
