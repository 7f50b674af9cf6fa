"""Sends requests from many clients at once; checks the answers, measures time and memory.

python -m tests.benchmarks.load [--requests 10000] [--clients 32]
"""

import argparse
import json
import os
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from asl_model import Recognizer
from tests.helpers.demo import memory, running, server_of
from tests.helpers.pictures import draw
from tests.helpers.rest import Caller

PICTURES = 20


@dataclass
class Tally:
    """What the clients measured.

    Attributes:
        outcomes: how many answers were 'right', 'wrong', 'refused' (and asked again) or 'lost'.
        seconds: time from the upload to the answer, for each request.
        memory: memory of the server in MB, read from time to time.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


def run_load(address: str, process: int, requests: int, clients: int, folder: Path) -> Tally:
    """Sends the requests and compares each answer with that of `Recognizer`."""
    recognizer, tally, lock = Recognizer.load(), Tally(), threading.Lock()
    pictures, expected = [], []
    for number in range(PICTURES):
        file = folder / f"{number}.png"
        draw(number, (200, 200)).save(file)
        pictures.append(file.read_bytes())
        expected.append(dict(recognizer(file).top(29)))
    todo = iter(range(requests))

    def work() -> None:
        caller = Caller(address)
        while True:
            with lock:
                number = next(todo, None)
                if number is not None and number % max(1, requests // 50) == 0:
                    tally.memory.append(memory(process))
            if number is None:
                return
            which = number % PICTURES
            started = time.perf_counter()
            # Bytes after the end of a PNG make it a different file that shows the same picture.
            content = pictures[which] + number.to_bytes(4, "big")
            outcome = _one(caller, content, expected[which], tally, lock)
            with lock:
                tally.outcomes[outcome] += 1
                tally.seconds.append(time.perf_counter() - started)

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.memory.append(memory(process))
    return tally


def _one(
    caller: Caller, picture: bytes, expected: dict[str, float], tally: Tally, lock: threading.Lock
) -> str:
    while True:
        try:
            event, data = caller.ask(caller.upload(picture))
        except urllib.error.HTTPError as error:
            if error.code != 503:
                return "lost"
            with lock:
                tally.outcomes["refused"] += 1
            time.sleep(0.05)  # the server asks to try again
            continue
        except (OSError, ValueError):
            return "lost"
        if event != "complete":
            return "lost"
        found = {row["label"]: row["confidence"] for row in data[0]["confidences"]}
        close = all(abs(found[name] - expected[name]) < 1e-3 for name in expected)
        return "right" if close else "wrong"


def main() -> None:
    """Runs the requests and prints the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=32)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        environment = {name: value for name, value in os.environ.items() if name != "ASL_MODEL"}
        with running(folder / "uploads", environment) as address:
            process = server_of(address)
            run_load(address, process, 200, given.clients, folder)  # fills the caches
            started = time.perf_counter()
            tally = run_load(address, process, given.requests, given.clients, folder)
            took = time.perf_counter() - started
        left = [file for file in (folder / "uploads").rglob("*") if file.is_file()]
    p50, p95, p99 = np.percentile(tally.seconds, [50, 95, 99]) * 1000
    figures = {
        "outcomes": dict(tally.outcomes),
        "requests_per_second": given.requests / took,
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "memory_mb": [tally.memory[0], max(tally.memory), tally.memory[-1]],
        "files_left": len(left),
    }
    print(
        f"{given.requests} requests of {given.clients} clients: {dict(tally.outcomes)}, "
        f"{given.requests / took:.0f} a second, p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} "
        f"ms; memory {tally.memory[0]:.0f} MB before, at most {max(tally.memory):.0f}, "
        f"{tally.memory[-1]:.0f} after; {len(left)} files left "
        "when it had ended"
    )
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
