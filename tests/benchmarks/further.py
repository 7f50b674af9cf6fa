"""Copies frames to larger backgrounds, as if the person was further away.

    python -m tests.benchmarks.further photos/dev_frames 3 further-3
    python -m train evaluate asl_model/embedded --data further-3

The folder has the layout SOURCE/LETTER/file. Each frame is laid on a flat picture with sides 3
times as long, in the colour of its edge, at a random place. Then it is shrunk to 640 pixels, the
longest side of many cameras' frames.
"""

import argparse
from pathlib import Path

import numpy as np
from tqdm import tqdm

from asl_model.images import open_image
from train.hand.measure import on_larger

LONGEST = 640


def copy_further(folder: Path, times: int, out: Path) -> None:
    """Writes every picture of a folder to `out`, on a background with sides `times` as long."""
    files = sorted(file for file in folder.glob("*/*/*") if file.is_file())
    for number, file in enumerate(tqdm(files, "copying", unit="picture")):
        larger, _ = on_larger(open_image(file), times, np.random.default_rng(number))
        larger.thumbnail((LONGEST, LONGEST))
        target = (out / file.relative_to(folder)).with_suffix(".png")
        target.parent.mkdir(parents=True, exist_ok=True)
        larger.save(target)


def main() -> None:
    """Copies the folder that is given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("times", type=int)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    copy_further(given.folder, given.times, given.out)


if __name__ == "__main__":
    main()
