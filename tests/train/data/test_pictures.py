from pathlib import Path

import numpy as np
import pytest

from asl_model import CLASSES
from tests.helpers.pictures import draw, write_class_folders
from train.data.columns import natural_key
from train.data.pictures import class_names, load_pictures, readable, select_classes
from train.errors import TrainError


def test_one_folder_of_class_folders_is_one_source(tmp_path: Path) -> None:
    pictures = load_pictures(write_class_folders(tmp_path / "mine"))
    assert len(pictures) == 36
    assert set(pictures["source"]) == {"mine"}
    assert class_names(pictures) == ("A", "B", "C")


def test_a_folder_of_sources_keeps_them_apart(tmp_path: Path) -> None:
    write_class_folders(tmp_path / "ann", "AB", 3)
    write_class_folders(tmp_path / "bob", "BC", 4)
    pictures = load_pictures(tmp_path)
    sources, labels = np.array(pictures["source"]), np.array(pictures["label"])
    assert {s: [CLASSES[i] for i in np.unique(labels[sources == s])] for s in ("ann", "bob")} == {
        "ann": ["A", "B"],
        "bob": ["B", "C"],
    }


def test_labels_are_those_of_the_folders(tmp_path: Path) -> None:
    write_class_folders(tmp_path, "AZ", 2)
    draw(0).save(tmp_path / "A" / "extra.png")
    (tmp_path / "nothing").mkdir()
    draw(1).save(tmp_path / "nothing" / "1.jpg")
    for row in load_pictures(tmp_path):
        assert Path(row["image"]["path"]).parent.name == CLASSES[row["label"]]


def test_frames_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    pictures = load_pictures(write_class_folders(tmp_path, "AB", 12))
    names = [Path(row["image"]["path"]).name for row in pictures]
    assert names[:12] == [f"A{i}.jpg" for i in range(1, 13)]
    assert sorted(["A10", "A9", "A100"], key=natural_key) == ["A9", "A10", "A100"]


def test_names_and_metadata_drop_nothing(tmp_path: Path) -> None:
    """By default, `datasets` takes `A_test_1.jpg` for a split and labels from metadata.csv."""
    write_class_folders(tmp_path, "AB", 3)
    for name in ("A_train_0.jpg", "A_test_0.jpg", "eval.jpg"):
        draw(0).save(tmp_path / "A" / name)
    (tmp_path / "metadata.csv").write_text("file_name,text\nA/eval.jpg,hello\n")
    (tmp_path / "B" / "notes.txt").write_text("no picture")
    pictures = load_pictures(tmp_path)
    assert len(pictures) == 9
    assert sorted(pictures["label"]) == [0] * 6 + [1] * 3


def test_pictures_too_deep_are_an_error(tmp_path: Path) -> None:
    write_class_folders(tmp_path, "AB", 3)
    (tmp_path / "A" / "session1").mkdir()
    draw(0).save(tmp_path / "A" / "session1" / "1.jpg")
    with pytest.raises(TrainError, match="not known classes: session1"):
        load_pictures(tmp_path)


def test_broken_pictures_are_named_and_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_class_folders(tmp_path, "AB", 3)
    (tmp_path / "A" / "A2.jpg").write_bytes(b"no picture")
    whole = (tmp_path / "B" / "B1.jpg").read_bytes()
    (tmp_path / "B" / "B1.jpg").write_bytes(whole[: len(whole) // 2])
    assert len(readable(load_pictures(tmp_path))) == 4
    printed = capsys.readouterr().out
    assert "Left out 2 of 6 pictures" in printed
    assert "A/A2.jpg: 'A2.jpg' is not a picture" in printed
    assert "B/B1.jpg: 'B1.jpg' " in printed


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"No folder .*nowhere"):
        load_pictures(tmp_path / "nowhere")


def test_folder_without_classes(tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    with pytest.raises(TrainError, match="holds no class folders"):
        load_pictures(tmp_path)


def test_unknown_class_folders_are_named(tmp_path: Path) -> None:
    write_class_folders(tmp_path)
    (tmp_path / "Ä").mkdir()
    with pytest.raises(TrainError, match="not known classes: Ä"):
        load_pictures(tmp_path)


def test_nothing_that_can_be_read(tmp_path: Path) -> None:
    for name in "AB":
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.jpg").write_bytes(b"no picture")
    with pytest.raises(TrainError, match=r"None of 2 pictures can be read\. The first: .*/A/1.jpg"):
        readable(load_pictures(tmp_path))


def test_files_of_other_kinds_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_class_folders(tmp_path, "AB", 3)
    for name in ("IMG_1.HEIC", "IMG_2.HEIC", ".hidden"):
        (tmp_path / "A" / name).write_bytes(b"of a phone")
    assert len(load_pictures(tmp_path)) == 6
    assert "left out 2 files without a supported extension, such as 'IMG_1.HEIC'" in (
        capsys.readouterr().out
    )


def test_only_files_of_other_kinds_are_one_clear_error(tmp_path: Path) -> None:
    for name in "AB":
        (tmp_path / name).mkdir()
        (tmp_path / name / "IMG_1.HEIC").write_bytes(b"of a phone")
    with pytest.raises(TrainError, match=r"[Nn]o pictures"):
        load_pictures(tmp_path)


def test_classes_are_chosen_by_name(tmp_path: Path) -> None:
    pictures = load_pictures(write_class_folders(tmp_path, ["A", "B", "del"], 3))
    assert class_names(select_classes(pictures, ("A", "del"))) == ("A", "del")
    assert len(select_classes(pictures, ())) == 9
    with pytest.raises(TrainError, match=r"No pictures of C, Z\. Classes found: A, B, del\."):
        select_classes(pictures, ("A", "C", "Z"))


def test_the_key_of_a_picture_is_its_contents(tmp_path: Path) -> None:
    write_class_folders(tmp_path, "AB", 2)
    (tmp_path / "A" / "A2.jpg").write_bytes((tmp_path / "A" / "A1.jpg").read_bytes())
    keys = readable(load_pictures(tmp_path))["key"]
    assert len(set(keys)) == 3
    assert keys[0] == keys[1]
