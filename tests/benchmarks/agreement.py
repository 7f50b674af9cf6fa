"""Compares the served model with timm's model in plain float32: how often is the class the same?

python -m tests.benchmarks.agreement --data photos/dev [BUNDLE]

Both are calibrated.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from asl_model import Recognizer
from asl_model.bundle import load_bundle
from asl_model.images import open_image
from asl_model.inference import best_precision


def main() -> None:
    """Prints the number of pictures of the same class, and the largest probability difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", nargs="?", help="default: the embedded model")
    parser.add_argument("--data", type=Path, required=True, help="pictures, in any subfolders")
    parser.add_argument("--every", type=int, default=1, help="use only every N-th picture")
    given = parser.parse_args()
    recognizer, plain = Recognizer.load(given.bundle), load_bundle(given.bundle)
    files = sorted(file for file in given.data.rglob("*") if file.is_file())[:: given.every]
    same, largest = 0, 0.0
    for file in tqdm(files, unit="picture"):
        pixels = plain.pixels(open_image(file))
        with torch.inference_mode():
            logits = plain.model(torch.from_numpy(pixels)).mean(0, keepdim=True).numpy()
        expected, found = (
            plain.calibration.probabilities(values, plain.label_names)[0]
            for values in (logits, recognizer.logits(pixels[None]))
        )
        same += int(found.argmax() == expected.argmax())
        largest = max(largest, float(np.abs(found - expected).max()))
    graph = recognizer.bundle.graph
    precision = best_precision(graph) if graph is not None else "by torch or converted at start"
    print(
        f"{recognizer.bundle.name} ({precision}): the same class on {same} of {len(files)} "
        f"pictures ({same / len(files):.2%}); probabilities differ by {largest:.6f} at most"
    )
    print(json.dumps({"same": same, "n": len(files), "largest": largest, "precision": precision}))


if __name__ == "__main__":
    main()
