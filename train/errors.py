"""The one error that a user of the training program can mend."""

import tempfile
from pathlib import Path


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
