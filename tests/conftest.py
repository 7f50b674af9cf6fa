"""What several tests share. No test uses a network; photographs come from `ASL_DATA`."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

# Read when huggingface_hub and datasets are imported; nobody's own cache is read or filled.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HOME"] = tempfile.mkdtemp(prefix="asl-tests-")
os.environ["XDG_CACHE_HOME"] = os.environ["HF_HOME"]
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["CUDA_VISIBLE_DEVICES"] = ""  # with a GPU other figures would come out

import timm
import torch
from safetensors.torch import save_file

from asl_model import Recognizer
from tests.helpers.hub import Hub

ROOT = Path(__file__).parent.parent


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as server:
        yield server


@pytest.fixture(scope="session")
def photographs() -> Path:
    """The folder with `train/` and `dev/`, or a skip."""
    if "ASL_DATA" not in os.environ:
        pytest.skip("set ASL_DATA to the folder of photographs (with train/ and dev/) to run this")
    return Path(os.environ["ASL_DATA"])


@pytest.fixture(scope="session")
def embedded() -> Recognizer:
    return Recognizer.load()


@pytest.fixture(scope="session")
def test_resnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights from a file, as a user without a network has them: here, of a random network."""
    file = tmp_path_factory.mktemp("weights") / "test_resnet.safetensors"
    torch.manual_seed(0)
    save_file(timm.create_model("test_resnet", num_classes=0).state_dict(), file)
    return file


@pytest.fixture
def drawing() -> Image.Image:
    """A drawn picture, the same every time: 160 x 120, not symmetric in any way."""
    return draw(0)


def draw(seed: int, size: tuple[int, int] = (160, 120)) -> Image.Image:
    random = np.random.default_rng(seed)
    image = Image.new("RGB", size, tuple(random.integers(0, 256, 3).tolist()))
    pen = ImageDraw.Draw(image)
    for _ in range(6):
        x, y, w, h = (random.random(4) * (*size, *size) / 2).tolist()
        pen.ellipse([x, y, x + w, y + h], fill=tuple(random.integers(0, 256, 3).tolist()))
    return image


def write_class_folders(root: Path, classes: Iterable[str] = "ABC", count: int = 12) -> Path:
    """Class folders of drawings, red, green, blue ... by class, so that they can be learnt."""
    for number, name in enumerate(classes):
        folder = root / name
        folder.mkdir(parents=True)
        for i in range(count):
            picture = draw(100 * number + i, (40, 40))
            tint = Image.new("RGB", (40, 40), ["red", "lime", "blue"][number % 3])
            Image.blend(picture, tint, 0.7).save(folder / f"{name}{i + 1}.jpg")
    return root
