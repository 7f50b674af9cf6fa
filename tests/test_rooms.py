"""Packages import only in the order of `tests.helpers.rooms`, and files stay short."""

from pathlib import Path

from tests.helpers import ROOT
from tests.helpers.rooms import ORDER, faults, modules, room_of

MOST_LINES = 230
"""About 200 lines of code, and some more for imports and docstrings."""


def test_no_room_imports_from_one_above_it() -> None:
    assert faults(ROOT) == []


def test_an_import_that_goes_up_is_found(tmp_path: Path) -> None:
    for file, text in (
        ("app.py", "import asl_model\n"),
        ("asl_model/bundle.py", "def f():\n    from asl_model.demo import texts\n"),
        (
            "train/data/split_rules.py",
            "from train.commands.fit import run\nimport asl_model.demo.page\n",
        ),
    ):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    assert sorted(faults(tmp_path)) == [
        "asl_model imports asl_model.demo: asl_model.bundle",
        "train.data imports asl_model.demo.page: train.data.split_rules",
        "train.data imports train.commands: train.data.split_rules",
    ]


def test_every_module_lies_in_a_room() -> None:
    for name, _ in modules(ROOT):
        assert room_of(name) in ORDER


def test_files_are_short() -> None:
    lengths = {name: len(file.read_text().splitlines()) for name, file in modules(ROOT)}
    assert {name: n for name, n in lengths.items() if n > MOST_LINES} == {}
