"""What the training program prints instead of a traceback."""

from pathlib import Path

import pytest
from safetensors import SafetensorError

from asl_model.errors import BundleError
from train.errors import TrainError, user_message

FULL = Path("/dev/full")
"""Linux's device that is always full."""


def test_a_full_disc_is_said_to_be_full() -> None:
    with pytest.raises(OSError, match="No space left") as by_python:
        FULL.write_text("x")
    # What `save_file` raises on a full disc. It cannot be called here: it would replace /dev/full.
    text = "Error while serializing: I/O error: No space left on device (os error 28)"
    for error in (by_python.value, SafetensorError(text)):
        assert "The disc is full." in str(user_message(error))


def test_what_a_user_can_mend_is_said_in_one_line() -> None:
    assert user_message(TrainError("no such folder")) == "no such folder"
    assert user_message(BundleError("holds other things")) == "holds other things"
    with pytest.raises(FileNotFoundError) as absent:
        Path("absent.json").read_text()
    assert "absent.json" in str(user_message(absent.value))


def test_what_no_user_can_mend_keeps_its_traceback() -> None:
    assert user_message(ZeroDivisionError("division by zero")) is None
    assert user_message(OSError("no file is named")) is None
