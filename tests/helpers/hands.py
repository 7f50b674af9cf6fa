"""Drawings with labelled 'hands', so that tests need no photographs."""

import csv
from collections.abc import Callable
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


def network_that_sees_white(seen: list[np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """Returns a network whose hand is the white part of a view, and notes the views it gets."""

    def network(views: np.ndarray) -> np.ndarray:
        seen.extend(views)
        maps = np.full((len(views), 24, 24, 24), -9.0, np.float32)
        for view, out in zip(views, maps, strict=True):
            cells = view.mean(0).reshape(24, 8, 24, 8).mean((1, 3)) > 0.5
            if not cells.any():
                continue
            rows, columns = np.nonzero(cells)
            row, column = round(rows.mean()), round(columns.mean())
            out[0, row, column] = 5
            out[1], out[2] = np.log((np.ptp(columns) + 1) / 24), np.log((np.ptp(rows) + 1) / 24)
            first, last = (rows.min(), columns.min()), (rows.max(), columns.max())
            for n in range(21):  # half of the points in one corner, half in the other
                out[3 + n][first if n % 2 else last] = 9
        return maps

    return network


def with_white(box: tuple[int, int, int, int], size: tuple[int, int] = (640, 480)) -> Image.Image:
    """Returns a black picture with a white rectangle."""
    image = Image.new("RGB", size, "black")
    ImageDraw.Draw(image).rectangle(box, fill="white")
    return image
