"""Makes drawings and class folders of drawings, so that tests need no photographs."""

import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw


def draw(seed: int, size: tuple[int, int] = (160, 120)) -> Image.Image:
    random = np.random.default_rng(seed)
    image = Image.new("RGB", size, tuple(random.integers(0, 256, 3).tolist()))
    pen = ImageDraw.Draw(image)
    for _ in range(6):
        x, y, w, h = (random.random(4) * (*size, *size) / 2).tolist()
        pen.ellipse([x, y, x + w, y + h], fill=tuple(random.integers(0, 256, 3).tolist()))
    return image


def write_class_folders(root: Path, classes: Iterable[str] = "ABC", count: int = 12) -> Path:
    """Writes class folders of drawings. Each class has a colour, so that it can be learnt."""
    for number, name in enumerate(classes):
        folder = root / name
        folder.mkdir(parents=True)
        for i in range(count):
            picture = draw(100 * number + i, (40, 40))
            tint = Image.new("RGB", (40, 40), ["red", "lime", "blue"][number % 3])
            Image.blend(picture, tint, 0.7).save(folder / f"{name}{i + 1}.jpg")
    return root


def encoded(image: Image.Image, name: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, name)
    return file.getvalue()
