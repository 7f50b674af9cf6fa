"""Errors that a user of the training program can fix, and their messages."""

import os
import tempfile
from errno import ENOSPC
from pathlib import Path

from asl_model.errors import BundleError


class TrainError(Exception):
    """An error that the user can fix; printed as one line, without a traceback."""


class DivergedError(TrainError):
    """Training diverged: the loss is no longer a finite number."""


def make_folder(option: str, folder: Path) -> Path:
    """Creates a folder; fails now, not after an hour of computing, if it cannot be written to.

    Raises:
        TrainError: the folder cannot be created or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise TrainError(
            f"{option} '{folder}' cannot be written to ({error.strerror}). Give another folder."
        ) from None


def user_message(error: Exception) -> str | None:
    """Returns what to print instead of a traceback; None for errors that no user can fix."""
    # safetensors is written in Rust, and passes on only the text of the system's error.
    if getattr(error, "errno", None) == ENOSPC or os.strerror(ENOSPC) in str(error):
        return "The disc is full. Free some space, then run the same command again to resume."
    if isinstance(error, TrainError | BundleError):
        return str(error)
    if isinstance(error, OSError) and error.filename is not None:  # the user can give another file
        return str(error)
    return None
