"""Starts a training in a process of its own, and waits for what happens in others."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tests.helpers import ROOT

T = TypeVar("T")


def start(arguments: list[str], environment: dict[str, str] | None = None) -> subprocess.Popen:
    # A shell starts what runs in its background deaf to Ctrl-C, and children inherit that.
    return subprocess.Popen(
        arguments,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def wait_for(folder: Path, pattern: str, process: subprocess.Popen) -> None:
    for _ in range(6000):
        if list(folder.glob(pattern)):
            return
        assert process.poll() is None, process.communicate()[0].decode()
        time.sleep(0.01)
    raise AssertionError(f"no {pattern} in {folder}")


def wait_until(happened: Callable[[], T], seconds: float = 60) -> T:
    """Waits for something that a slow machine may do later; returns what it gives."""
    end = time.monotonic() + seconds
    while not (result := happened()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
    return result
