"""Drawings with labelled 'hands', so that tests need no photographs."""

import csv
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tests.helpers.pictures import draw

COLOURS = [(255, 12 * n, 255 - 12 * n) for n in range(21)]
"""The colour of each point's dot."""


def drawn_hand(seed: int, size: tuple[int, int] = (160, 120)) -> tuple[Image.Image, np.ndarray]:
    """Returns a dark drawing with 21 bright dots, and the dots' middles (21, 2)."""
    image = draw(seed, size).point(lambda value: value // 4)
    random = np.random.default_rng(seed)
    corner, side = random.random(2) * np.array(size) / 2, min(size) / 2.5
    grid = np.array([(n % 5, n // 5) for n in range(21)]) / 4
    points = corner + side * grid
    pen = ImageDraw.Draw(image)
    for (x, y), colour in zip(points.tolist(), COLOURS, strict=True):
        pen.ellipse([x - 4, y - 4, x + 4, y + 4], fill=colour)
    return image, points.astype(np.float32)


def write_hands(root: Path, name: str, count: int = 12) -> Path:
    """Writes drawings to root/name/ann/A and their points to root/landmarks/name.npz."""
    folder = root / name / "ann" / "A"
    folder.mkdir(parents=True)
    paths, points = [], []
    for seed in range(count):
        image, where = drawn_hand(seed)
        image.save(folder / f"{seed}.png")
        paths.append(f"ann/A/{seed}.png")
        points.append(np.concatenate([where, np.zeros((21, 1))], axis=1))
    paths.append("ann/A/lost.png")
    points.append(np.full((21, 3), np.nan))  # MediaPipe found no hand
    (root / "landmarks").mkdir(exist_ok=True)
    np.savez(root / f"landmarks/{name}.npz", path=np.array(paths), points=np.array(points))
    return root / name


def write_boxes(root: Path, count: int = 4) -> Path:
    """Writes drawings and their boxes.csv to root/boxes/bob; the first has two hands."""
    folder = root / "boxes" / "bob"
    folder.mkdir(parents=True)
    rows = [["0.png", "hand", 10, 10, 40, 50]]
    for seed in range(count):
        draw(seed).save(folder / f"{seed}.png")
        rows.append([f"{seed}.png", "hand", 80, 30, 120, 90])
    with (folder / "boxes.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["file", "letter", "x0", "y0", "x1", "y1"], *rows])
    return folder.parent
