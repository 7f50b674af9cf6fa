"""A view of a picture is always the same, whoever reads it and whatever was read before."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from asl_model.images import open_image
from asl_model.preprocessing import Preprocessing
from tests.helpers import ROOT
from tests.helpers.pictures import draw, write_class_folders
from tests.train.inputs.conftest import settings
from train.inputs import augmentations, features
from train.training.training_task import Task, prepare

PLAIN_MEANS = [0.4569, 0.095, 0.1188]
AUGMENTED_MEANS = [
    0.545, 0.223, -0.05, -0.095, -0.295, -0.123, 0.444, 0.135, 0.298, 0.878, 0.561, 0.644,
]  # fmt: skip


def test_the_pixels_are_those_of_their_version() -> None:
    """If this fails, a network gets other pixels: raise PIXELS_VERSION or augmentations.VERSION."""
    picture = draw(0)
    plain = Preprocessing((48, 48), (0.5,) * 3, (0.5,) * 3, "bicubic")(open_image(picture))
    assert features.PIXELS_VERSION == 1
    assert plain.mean(axis=(1, 2)).tolist() == pytest.approx(PLAIN_MEANS, abs=1e-4)
    torch.manual_seed(0)
    transform = augmentations.training_transform(48, (0.5,) * 3, (0.5,) * 3, [], "moderate")
    changed = torch.stack([transform(picture) for _ in range(4)])
    assert augmentations.VERSION == 1
    assert changed.mean(dim=(2, 3)).flatten().tolist() == pytest.approx(AUGMENTED_MEANS, abs=5e-3)


def test_views_do_not_depend_on_what_was_read_before(task: Task) -> None:
    views = task.views(task.pictures.parts["train"])
    draws = [[(0, 1), (1, 1)], [(0, 2), (0, 1)]]
    first, second = (batch["pixels"] for batch in views.batches(draws, 0))
    assert torch.equal(first[0], second[1])
    assert not torch.equal(first[0], second[0])
    state = torch.get_rng_state()
    _ = views[0, 3]
    assert torch.equal(state, torch.get_rng_state())


WITH_WORKERS = """
import sys
from pathlib import Path
import torch
from train.settings import Settings
from train.training.training_task import prepare

settings = Settings(backbone="test_resnet", input_size=40, views=1)
task = prepare(sys.argv[1], None, settings, Path(sys.argv[2]))
views = task.views(task.pictures.parts["train"])
draws = [[(0, 1), (1, 1)], [(0, 2), (0, 1)]]
alone, helped = ([b["pixels"] for b in views.batches(draws, workers)] for workers in (0, 2))
assert all(torch.equal(one, two) for one, two in zip(alone, helped, strict=True))
"""


@pytest.mark.slow
def test_views_do_not_depend_on_who_reads_them(data: Path, test_resnet: Path) -> None:
    """In a process of its own: worker processes are forks, and this one has many threads."""
    command = [sys.executable, "-c", WITH_WORKERS, str(data), str(test_resnet)]
    subprocess.run(command, cwd=ROOT, check=True)


def test_a_view_of_a_drawing_differs_from_the_drawing(task: Task) -> None:
    views = task.views(task.pictures.parts["train"])
    assert isinstance(Image.open(views.pictures[0]["image"]["path"]), Image.Image)
    assert not torch.equal(views[0, 0]["pixels"], views[0, 1]["pixels"])


def test_pictures_of_nothing_are_backgrounds_and_decide_the_views(
    tmp_path: Path, test_resnet: Path
) -> None:
    data = write_class_folders(tmp_path / "data", ["A", "B", "nothing"], 24)
    task = prepare(data, None, settings(), test_resnet)
    views = task.views(task.pictures.parts["train"])
    nothing = [key for key, n in zip(views.keys, views.labels, strict=True) if n == 2]
    assert nothing
    assert all(key in views.augment_settings for key in nothing)
    assert views[0, 1]["pixels"].shape == (3, 40, 40)
