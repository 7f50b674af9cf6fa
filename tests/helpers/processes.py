"""Starts a training in a process of its own, and waits for what it writes."""

import signal
import subprocess
import time
from pathlib import Path

from tests.helpers import ROOT


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
