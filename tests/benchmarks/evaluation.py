"""Measures the time and memory of an evaluation, compared with the network alone.

    python -m tests.benchmarks.evaluation --data photos/dev [--bundle FOLDER]

Evaluates 500, 2,000 and all pictures, evenly drawn, each number in its own process: reading and
network, and then the figures with their intervals. The floor is the same network on as many random
tensors, in the same batches and in the same process.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SIZES = (500, 2_000, 10**9)


def main() -> None:
    """Prints a table with a row for each number of pictures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--bundle", help="default: the embedded model")
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.size:
        print(json.dumps(_measure(options)))
        return
    print(
        "| pictures | reading and network, s | network alone, s | ratio | figures, s | peak, GB |"
    )
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for size in SIZES:
        command = [sys.executable, "-m", "tests.benchmarks.evaluation", *sys.argv[1:]]
        output = subprocess.run(
            [*command, "--size", str(size)], stdout=subprocess.PIPE, text=True, check=True
        ).stdout
        row = json.loads(output.splitlines()[-1])
        print(
            f"| {row['pictures']:,} | {row['answer']:.1f} | {row['network']:.1f} | "
            f"{row['answer'] / row['network']:.2f} | {row['figures']:.1f} | {row['peak_gb']:.2f} |",
            flush=True,
        )


def _measure(options: argparse.Namespace) -> dict[str, Any]:
    import numpy as np

    from asl_model.recognizer import Recognizer
    from train.data.pictures import load_pictures, readable
    from train.measuring.metrics import measure
    from train.measuring.predict import answer

    pictures = load_pictures(options.data)
    count = min(options.size, len(pictures))
    chosen = np.linspace(0, len(pictures) - 1, count).astype(int)
    pictures = readable(pictures.select(chosen))
    recognizer = Recognizer.load(options.bundle)
    bundle = recognizer.bundle
    noise = np.random.default_rng(0)
    shape = (32, bundle.looks, 3, *bundle.preprocessing.size)
    batch = noise.standard_normal(shape, np.float32)
    recognizer.logits(batch)
    started = time.perf_counter()
    for start in range(0, count, 32):
        recognizer.logits(batch[: count - start])
    network = time.perf_counter()
    answers = answer(recognizer, pictures, "all")
    answered = time.perf_counter()
    measure(answers, by_run=False)
    return {
        "pictures": count,
        "network": network - started,
        "answer": answered - network,
        "figures": time.perf_counter() - answered,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


if __name__ == "__main__":
    main()
