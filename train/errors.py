"""What a user of the training program can mend, and how it is said."""

import os
import tempfile
from errno import ENOSPC
from pathlib import Path

from asl_model.errors import BundleError


class TrainError(Exception):
    """A mistake in what was asked for; printed as one line, without a traceback."""


class DivergedError(TrainError):
    """A training whose loss is no number any more."""


def make_folder(option: str, folder: Path) -> Path:
    """Makes a folder that can be written to; found out now, and not after an hour of computing.

    Raises:
        TrainError: it cannot be made, or not be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise TrainError(
            f"{option} '{folder}' cannot be written to ({error.strerror}). Give another folder."
        ) from None


def for_a_user(error: Exception) -> str | None:
    """What to print instead of a traceback; None for what no user can mend."""
    # safetensors writes in Rust and hands on only the text of what the system said.
    if getattr(error, "errno", None) == ENOSPC or os.strerror(ENOSPC) in str(error):
        return "The disc is full. Make room; the same command goes on where it stopped."
    if isinstance(error, TrainError | BundleError):
        return str(error)
    if isinstance(error, OSError) and error.filename is not None:  # a file to name another for
        return str(error)
    return None
