"""Old uploads are deleted, and nothing else."""

import os
import time
from pathlib import Path

import pytest

from asl_model.demo.gradio_guards.uploads import keep_swept, make_folder, sweep


def date_back(path: Path, seconds: int) -> None:
    os.utime(path, (10_000 - seconds, 10_000 - seconds))


def test_what_is_old_is_swept(tmp_path: Path) -> None:
    for age, name in ((400, "old"), (100, "new")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "hand.png").write_bytes(b"a picture")
        date_back(tmp_path / name / "hand.png", age)
    sweep(tmp_path, before=10_000 - 300)
    assert not (tmp_path / "old" / "hand.png").exists()
    assert (tmp_path / "new" / "hand.png").exists()
    date_back(tmp_path / "old", 400)  # deleting the file changed the folder's time
    sweep(tmp_path, before=10_000 - 300)
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_it_goes_on_by_itself(tmp_path: Path) -> None:
    keep_swept(tmp_path, every=0.05, oldest=0.2)
    (tmp_path / "hand.png").write_bytes(b"a picture")
    for _ in range(200):
        if not any(tmp_path.iterdir()):
            return
        time.sleep(0.05)
    raise AssertionError("It is still there.")


def test_what_a_killed_program_left_is_swept_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "not there yet"))
    first = make_folder()
    (first / "hand.png").write_bytes(b"a picture")
    date_back(first / "hand.png", 0)
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(first.parent))
    second = make_folder()
    assert first != second
    assert not (first / "hand.png").exists()
    (first / "later.png").write_bytes(b"a picture")  # killed just before the next start
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "hand.png").write_bytes(b"not ours")
    date_back(tmp_path / "others" / "hand.png", 0)
    (first.parent / "asl-letters-link").symlink_to(tmp_path / "others")
    keep_swept(second, every=0.05, oldest=0.2)
    for _ in range(200):
        if not (first / "later.png").exists():
            break
        time.sleep(0.05)
    assert not (first / "later.png").exists()
    assert (tmp_path / "others" / "hand.png").exists()
