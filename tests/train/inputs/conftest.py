"""A small task on drawings, which several tests of a network's inputs use."""

from pathlib import Path
from typing import Any

import pytest

from tests.helpers.pictures import write_class_folders
from train.settings import Settings
from train.training.training_task import Task, prepare


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_class_folders(tmp_path / "data", "AB", 24)


@pytest.fixture
def task(tmp_path: Path, data: Path, test_resnet: Path) -> Task:
    return prepare(data, None, settings(), test_resnet)


def settings(**changes: Any) -> Settings:
    few: dict[str, Any] = {"backbone": "test_resnet", "input_size": 40, "views": 1}
    return Settings(**(few | changes))
