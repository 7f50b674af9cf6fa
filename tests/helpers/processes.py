"""Starts a training in its own process, and waits for events in other processes."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tests.helpers import ROOT

T = TypeVar("T")


def start(arguments: list[str], environment: dict[str, str] | None = None) -> subprocess.Popen:
    # Background jobs of a shell ignore Ctrl-C, and their children inherit this.
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
    """Waits until a function returns a true value, which a slow machine may do late; returns it."""
    end = time.monotonic() + seconds
    while not (result := happened()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
    return result
