"""Times finding a hand: in a picture, in a film, and with reading its letter.

    python -m tests.benchmarks.hands photos/dev_frames [--mediapipe PYTHON]

Prints medians in milliseconds at batch 1, for JPEGs of 640 x 480 and 1280 x 720 pixels, made of the
frames in the folder. PYTHON is an interpreter that has mediapipe 0.10.14: its own hands are then
timed in turn, on the same pictures. Run nothing else meanwhile.
"""

import argparse
import io
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from asl_model import Recognizer
from asl_model.hand import Hand, load_finder
from asl_model.hand.hand_crop import crop_hand
from asl_model.images import open_image
from tests.benchmarks.turns import Turn, in_turn, percentiles

SIZES = ((640, 480), (1280, 720))
FRAMES, ROUNDS = 40, 5

MEDIAPIPE = """
import io, json, sys, time
import mediapipe, numpy
from PIL import Image
still = mediapipe.solutions.hands.Hands(static_image_mode=True, max_num_hands=2)
film = mediapipe.solutions.hands.Hands(static_image_mode=False, max_num_hands=2)
for line in sys.stdin:
    kind, *files = json.loads(line)
    hands, took = (still if kind == "still" else film), []
    for file in files:
        image = numpy.asarray(Image.open(file).convert("RGB"))
        started = time.perf_counter()
        hands.process(image)
        took.append((time.perf_counter() - started) * 1e3)
    print(json.dumps(took), flush=True)
"""
"""Times MediaPipe without decoding: each line of input is a kind and files."""


def timed(work: Callable[[Any], object], things: Sequence[Any]) -> Turn:
    """Returns a turn that does the work on each thing; the milliseconds of each."""

    def take() -> list[float]:
        took = []
        for thing in things:
            started = time.perf_counter()
            work(thing)
            took.append((time.perf_counter() - started) * 1e3)
        return took

    return take


def turns(files: Sequence[Path]) -> dict[str, Turn]:
    """Returns what is timed on the files of one size."""
    finder, recognizer = load_finder(), Recognizer.load()
    letters = Recognizer(replace(recognizer.bundle, crop="none"))
    contents = [file.read_bytes() for file in files]
    images = [open_image(content) for content in contents]
    found = [(image, hand) for image in images for hand in finder(image, 1)]

    def letter(pair: tuple[Any, Hand]) -> object:
        image, hand = pair
        return letters.read(crop_hand(image, hand.box))

    return {
        "decode the JPEG": timed(open_image, contents),
        "find the hand": timed(lambda image: finder(image, 1), images),
        "follow the hand": timed(lambda pair: finder.follow(*pair), found),
        "read the letter": timed(letter, found),
        "all, from the JPEG": timed(recognizer, contents),
        "all, from a frame of a film": timed(lambda pair: recognizer.read(*pair), found),
    }


def main() -> None:
    """Times each size, and prints a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mediapipe", help="an interpreter with mediapipe 0.10.14")
    given = parser.parse_args()
    frames = sorted(given.folder.rglob("*.webp"))
    frames = frames[:: max(1, len(frames) // FRAMES)][:FRAMES]
    work = Path(tempfile.mkdtemp())
    other = start_mediapipe(given.mediapipe) if given.mediapipe else None
    print("| size | what | p50 ms | p95 ms |\n| --- | --- | ---: | ---: |")
    for size in SIZES:
        files = [jpeg(frame, size, work / f"{number}.jpg") for number, frame in enumerate(frames)]
        measured = turns(files)
        for kind in ("still", "film") if other else ():
            measured[f"MediaPipe, {kind}"] = ask(other, kind, files)
        for name, rows in in_turn(measured, ROUNDS, f"{size[0]} x {size[1]}").items():
            p = percentiles(rows[1:])  # the first round warms up
            print(f"| {size[0]} x {size[1]} | {name} | {p['p50']:.1f} | {p['p95']:.1f} |")
        for file in files:
            file.unlink()


def jpeg(frame: Path, size: tuple[int, int], file: Path) -> Path:
    """Writes a frame as a JPEG of another size."""
    stream = io.BytesIO()
    open_image(frame).resize(size).save(stream, "JPEG", quality=90)
    file.write_bytes(stream.getvalue())
    return file


def start_mediapipe(python: str) -> "subprocess.Popen[str]":
    """Starts a process that times MediaPipe's hands."""
    return subprocess.Popen(
        [python, "-c", MEDIAPIPE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def ask(process: "subprocess.Popen[str] | None", kind: str, files: Sequence[Path]) -> Turn:
    """Returns a turn of MediaPipe on the files."""

    def take() -> list[float]:
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps([kind, *map(str, files)]) + "\n")
        process.stdin.flush()
        took: list[float] = json.loads(process.stdout.readline())
        return took

    return take


if __name__ == "__main__":
    main()
