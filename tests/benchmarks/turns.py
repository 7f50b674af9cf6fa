"""Measures several things in turn, so that other load on the machine affects all of them alike.

If each were measured as a whole, they would run under different conditions. The matrix unit (AMX)
of a virtual machine gave 2.6 TFLOP per second and core and, minutes later, 1.1.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from tests.helpers import ROOT

Turn = Callable[[], list[float]]
"""Takes a turn; returns the milliseconds of each call."""


class Worker:
    """A process of `tests.benchmarks.engines` that measures when asked, and waits otherwise."""

    def __init__(self, engine: str, folder: Path) -> None:
        self._engine = engine
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.engines", engine, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def turn(self, count: int, seconds: float) -> Turn:
        """Returns a function that measures calls with `count` pictures for about `seconds`."""

        def take() -> list[float]:
            self._ask(f"{count} {seconds}")
            return list(map(float, self._said()))

        return take

    def memory(self) -> float:
        """Returns the memory of the process in MB."""
        self._ask("memory")
        return float(self._said())

    def end(self) -> None:
        """Ends the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)

    def _ask(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _said(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"The engine '{self._engine}' has ended; see what it said.")
        return json.loads(line)


@contextmanager
def workers(engines: Iterable[str], folder: Path) -> Iterator[dict[str, Worker]]:
    """Starts a worker for each engine, one after the other, and ends them afterwards."""
    started: dict[str, Worker] = {}
    try:
        for engine in tqdm([*engines], f"starting {folder.name}", unit="engine"):
            started[engine] = Worker(engine, folder)
            started[engine].memory()  # waits until the worker is ready
        yield started
    finally:
        for worker in started.values():
            worker.end()


def in_turn(turns: Mapping[str, Turn], rounds: int, words: str) -> dict[str, list[list[float]]]:
    """Takes all turns in each round; returns milliseconds by name, in a list for each round."""
    found: dict[str, list[list[float]]] = {name: [] for name in turns}
    for _ in tqdm(range(rounds), words, unit="round"):
        for name, turn in turns.items():
            found[name].append(turn())
    return found


def percentiles(measured: list[list[float]]) -> dict[str, float]:
    """Returns p50, p95 and p99 of all calls, in milliseconds."""
    values = np.percentile(np.concatenate(measured), [50, 95, 99])
    return dict(zip(("p50", "p95", "p99"), map(float, values), strict=True))


def times(slower: list[list[float]], faster: list[list[float]]) -> list[float]:
    """Returns least, median and most of the rounds' ratios of medians, slower to faster."""
    return _spread(_medians(slower) / _medians(faster))


def more(longer: list[list[float]], shorter: list[list[float]]) -> list[float]:
    """Returns least, median and most of the rounds' differences of medians, in milliseconds."""
    return _spread(_medians(longer) - _medians(shorter))


def _medians(measured: list[list[float]]) -> np.ndarray:
    return np.array([np.median(row) for row in measured])


def _spread(values: np.ndarray) -> list[float]:
    return [float(value) for value in np.percentile(values, [0, 50, 100])]
