"""Starts the demo in its own process."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tests.helpers import ROOT


def start(
    port: int,
    base: Mapping[str, str] = os.environ,
    folder: Path = ROOT,
    output: int | IO[str] = subprocess.PIPE,
    **environment: str,
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=folder,
        env={**base, "GRADIO_SERVER_PORT": str(port), **environment},
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
    )


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def running(
    uploads: Path,
    base: Mapping[str, str] = os.environ,
    log: Path | None = None,
    folder: Path = ROOT,
) -> Iterator[str]:
    """Runs a demo, yields its URL when it answers, and terminates it at the end.

    Its output goes to the file `log`, because a pipe that nobody reads fills up and blocks it.
    """
    uploads.mkdir(parents=True, exist_ok=True)
    log = log or uploads.with_name(uploads.name + ".log")
    port = free_port()
    output = log.open("w")
    server = start(port, base, folder, output, GRADIO_TEMP_DIR=str(uploads))
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            assert server.poll() is None, log.read_text()
            try:
                urllib.request.urlopen(url, timeout=5)
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait(20)
        output.close()


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def probabilities(answer: dict[str, Any]) -> dict[str, float]:
    return {row["label"]: row["confidence"] for row in answer["confidences"]}


def server_of(address: str) -> int:
    """Returns the id of the demo's process, found by the port in its environment."""
    port = address.rsplit(":", 1)[1]
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"GRADIO_SERVER_PORT={port}\0".encode() in (folder / "environ").read_bytes():
                return int(folder.name)
        except OSError:
            continue
    raise RuntimeError(f"Nothing was started for port {port}.")


def memory(process: int, kind: str = "VmRSS") -> float:
    """Returns the memory of a process in MB; with "VmHWM" the most that it used so far."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(kind)).split()[1]) / 1024
