"""How long the embedded model takes from a picture's file to the letter, one picture at a time.

python -m tests.benchmarks.latency [BUNDLE]
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import torch

from asl_model import Recognizer
from tests.conftest import draw

CALLS, WARM_UP = 100, 10


def main() -> None:
    """Prints the median and the 95th percentile, in milliseconds."""
    recognizer = Recognizer.load(sys.argv[1] if len(sys.argv) > 1 else None)
    times = []
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "hand.jpg"
        draw(0, (200, 200)).save(picture)
        for _ in range(WARM_UP + CALLS):
            started = time.perf_counter()
            recognizer(picture)
            times.append((time.perf_counter() - started) * 1000)
    times = sorted(times[WARM_UP:])
    print(
        f"{recognizer.bundle.name}: median {statistics.median(times):.1f} ms, p95 "
        f"{times[int(0.95 * CALLS)]:.1f} ms over {CALLS} calls, {torch.get_num_threads()} threads"
    )


if __name__ == "__main__":
    main()
