"""Fixtures that several tests share. No test uses a network.

Photos come from the folder `ASL_DATA`, pre-trained weights from the folder `ASL_WEIGHTS`.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from asl_model.demo.gradio_guards.fast_import import ENVIRONMENT
from tests.helpers.pictures import draw

# huggingface_hub and datasets read these at import. The user's own cache is not read or filled.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HOME"] = tempfile.mkdtemp(prefix="asl-tests-")
os.environ["XDG_CACHE_HOME"] = os.environ["HF_HOME"]
os.environ["GRADIO_TEMP_DIR"] = tempfile.mkdtemp(prefix="asl-tests-")
os.environ |= ENVIRONMENT
os.environ["CUDA_VISIBLE_DEVICES"] = ""  # results on a GPU differ

from gradio_client import Client

from asl_model import Recognizer
from tests.helpers.demo import running
from tests.helpers.hub import Hub


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as server:
        yield server


@pytest.fixture(scope="session")
def photographs() -> Path:
    """Returns the folder with `train/` and `dev/`, or skips the test."""
    if "ASL_DATA" not in os.environ:
        pytest.skip("set ASL_DATA to the folder of photographs (with train/ and dev/) to run this")
    return Path(os.environ["ASL_DATA"])


@pytest.fixture(scope="session")
def imagenet_weights() -> Path:
    """Returns the folder with `vgg16_conv_imagenet.safetensors`, or skips the test."""
    if "ASL_WEIGHTS" not in os.environ:
        pytest.skip("set ASL_WEIGHTS to the folder of ImageNet weights to run this")
    return Path(os.environ["ASL_WEIGHTS"])


@pytest.fixture(scope="session")
def embedded() -> Recognizer:
    return Recognizer.load()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Runs a demo with the embedded model, which many tests share, and yields its URL."""
    with running(tmp_path_factory.mktemp("uploads")) as url:
        yield url


@pytest.fixture(scope="session")
def client(address: str) -> Client:
    return Client(address, verbose=False)


@pytest.fixture(scope="session")
def test_resnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Saves random weights as a file, like the weights of a user without a network."""
    import timm
    import torch
    from safetensors.torch import save_file

    file = tmp_path_factory.mktemp("weights") / "test_resnet.safetensors"
    torch.manual_seed(0)
    save_file(timm.create_model("test_resnet", num_classes=0).state_dict(), file)
    return file


@pytest.fixture
def drawing() -> Image.Image:
    """Returns a drawing that is always the same: 160 x 120 pixels, without any symmetry."""
    return draw(0)


@pytest.fixture(scope="session")
def saved_tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.helpers.bundles import tiny_bundle
    from train.publishing.save_bundle import save_bundle

    folder = tmp_path_factory.mktemp("saved") / "bundle"
    save_bundle(folder, tiny_bundle(), "# card\n")
    return folder


@pytest.fixture
def folder(saved_tiny_bundle: Path, tmp_path: Path) -> Path:
    """Returns a copy of a small bundle, which the test may change."""
    return Path(shutil.copytree(saved_tiny_bundle, tmp_path / "bundle"))
