"""Runs the demo as a program, and measures the time to its first answer and of whole calls."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from gradio_client import Client, handle_file

from tests.benchmarks.engines import PICTURE
from tests.helpers import ROOT
from tests.helpers.demo import free_port, memory
from tests.helpers.rest import Caller

CALLS = 5
"""Calls in a turn, after one warm-up call."""

PATIENCE = 120
"""Seconds after which a start is given up."""


class Program:
    """A demo to start and to call, with the picture in its model's folder."""

    def __init__(self, command: list[str], model: Path) -> None:
        port = free_port()
        self._command = command
        self._address = f"http://127.0.0.1:{port}"
        self._environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "ASL_MODEL": str(model)}
        self._caller = Caller(self._address)
        self._picture = model / PICTURE

    def first_answer(self) -> list[float]:
        """Starts and ends the demo; returns the milliseconds to its first answer, in a list."""
        started = time.perf_counter()
        with self._process():
            return [1000 * (time.perf_counter() - started)]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Keeps the demo running, so that `rest`, `gradio_client` and `memory` can be called."""
        with self._process() as process:
            self._number = process.pid
            self._client = Client(self._address, verbose=False)
            yield

    def rest(self) -> list[float]:
        """Takes a turn of calls as curl makes them; returns milliseconds of each."""
        content = self._picture.read_bytes()
        return _turn(lambda: self._caller.ask(self._caller.upload(content), 5))

    def gradio_client(self) -> list[float]:
        """Takes a turn of calls by the package `gradio_client`; returns milliseconds of each."""
        picture = handle_file(self._picture)
        return _turn(lambda: self._client.predict(picture, 5, api_name="/predict"))

    def memory(self) -> float:
        """Returns the memory of the demo in MB."""
        return memory(self._number)

    @contextmanager
    def _process(self) -> Iterator[subprocess.Popen[bytes]]:
        """Starts the demo, waits for its first answer, and ends it afterwards."""
        with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("w+") as log:
            process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env={**self._environment, "GRADIO_TEMP_DIR": folder},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            try:
                self._wait(process, Path(folder) / "log")
                yield process
            finally:
                process.terminate()
                process.wait(30)

    def _wait(self, process: subprocess.Popen[bytes], log: Path) -> None:
        content, end = self._picture.read_bytes(), time.perf_counter() + PATIENCE
        while True:
            try:
                event, _ = self._caller.ask(self._caller.upload(content), 5)
                assert event == "complete", log.read_text()
                return
            except OSError:
                assert process.poll() is None, log.read_text()
                assert time.perf_counter() < end, log.read_text()
                time.sleep(0.02)


def _turn(call: Callable[[], object]) -> list[float]:
    found = []
    for _ in range(1 + CALLS):
        started = time.perf_counter()
        call()
        found.append(1000 * (time.perf_counter() - started))
    return found[1:]
