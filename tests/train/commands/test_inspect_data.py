"""`python -m train data` finds planted faults, and copies across a split."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance

from tests.helpers.pictures import draw, write_class_folders
from train.commands import inspect_data
from train.data.duplicates import NEAR, near_training, nearest, warnings
from train.data.pictures import load_pictures, readable


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Writes two sources whose pictures all look different."""
    number = 0
    for source in ("ann", "bob"):
        for name in "ABC":
            folder = tmp_path / "data" / source / name
            folder.mkdir(parents=True)
            for i in range(24):
                number += 1
                draw(number, (64, 64)).save(folder / f"{name}{i + 1}.png")
    return tmp_path / "data"


def run(data: Path, tmp_path: Path, **options: object) -> None:
    given = {"classes": (), "unseen": None, "kind": "blocks", "seed": 0, "held_out": ()} | options
    inspect_data.run(data, sheet=tmp_path / "sheet.jpg", **given)  # type: ignore[arg-type]


def test_what_is_there(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(data, tmp_path)
    said = capsys.readouterr().out
    assert "144 pictures of 3 classes; 0 broken" in said
    row = next(line for line in said.splitlines() if line.startswith("ann "))
    assert row.split() == ["ann", "3", "72", "24", "to", "24", "64x64", "0", "0"]
    assert "ann: no pictures of D, E," in said
    assert "Split 'blocks', seed 0: train" in said
    assert "No held-out picture has a near-copy in train." in said
    with Image.open(tmp_path / "sheet.jpg") as sheet:
        assert sheet.width == 3 * inspect_data.CELL
        assert sheet.height > 2 * inspect_data.CELL


def truncate(data: Path) -> None:
    file = data / "ann" / "A" / "A3.png"
    file.write_bytes(file.read_bytes()[:-40])


def copy_into_another_class(data: Path) -> None:
    for i in range(1, 25):
        source = data / "ann" / "A" / f"A{i}.png"
        (data / "ann" / "C" / f"C{i}.png").write_bytes(source.read_bytes())


def copy_into_another_source(data: Path) -> None:
    (data / "bob" / "B" / "B7.png").write_bytes((data / "ann" / "B" / "B9.png").read_bytes())


def brighten_into_another_source(data: Path) -> None:
    with Image.open(data / "ann" / "B" / "B9.png") as image:
        ImageEnhance.Brightness(image).enhance(1.1).save(data / "bob" / "B" / "B7.png")


def remove_a_class(data: Path) -> None:
    for file in (data / "bob" / "C").iterdir():
        file.unlink()


def repeat_every_frame(data: Path) -> None:
    """Makes all pictures of B look like the first one, in whatever part the split puts them."""
    for source in ("ann", "bob"):
        for i in range(2, 25):
            with Image.open(data / source / "B" / "B1.png") as image:
                image.putpixel((0, 0), (i, i, i))
                image.save(data / source / "B" / f"B{i}.png")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (truncate, "Broken, left out: 1:\n  {data}/ann/A/A3.png: 'A3.png' is damaged or cut off"),
        (
            copy_into_another_class,
            "The same picture under two classes: 24. Is a folder named wrongly?:\n"
            "  {data}/ann/C/C1.png is {data}/ann/A/A1.png",
        ),
        (
            copy_into_another_source,
            "The same picture in two sources: 1:\n  {data}/bob/B/B7.png is {data}/ann/B/B9.png",
        ),
        (
            brighten_into_another_source,
            "Near-copies under two sources: 2:\n  {data}/ann/B/B9.png and {data}/bob/B/B7.png",
        ),
        (remove_a_class, "bob: no pictures of C, D, E,"),
        (repeat_every_frame, "blocks: 5 of 14 pictures (35.7%) have a near-copy in the training"),
    ],
)
def test_a_planted_fault_is_named(
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    fault: Callable[[Path], None],
    message: str,
) -> None:
    fault(data)
    run(data, tmp_path)
    assert message.format(data=data) in capsys.readouterr().out


def test_people_that_were_trained_on_after_all(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unseen = write_class_folders(tmp_path / "unseen", "AB", 5)
    for i in range(1, 25):  # wherever the split puts them, most are trained on
        copy = (data / "ann" / "A" / f"A{i}.png").read_bytes()
        (unseen / "A" / f"copy{i}.png").write_bytes(copy)
    run(data, tmp_path, unseen=unseen)
    assert "unseen: 1" in capsys.readouterr().out


def test_near_copies_are_near_and_others_are_not(tmp_path: Path) -> None:
    for name in "AB":
        (tmp_path / name).mkdir()
    first, other = draw(1), draw(2)
    first.save(tmp_path / "A" / "1.png")
    first.save(tmp_path / "A" / "2.jpg", quality=60)
    first.resize((80, 60)).save(tmp_path / "A" / "3.png")
    other.save(tmp_path / "B" / "1.png")
    number, distance = nearest(readable(load_pictures(tmp_path)))
    assert (distance <= NEAR).tolist() == [True, True, True, False]
    assert set(number[:3].tolist()) <= {0, 1, 2}


def test_a_warning_names_both_pictures(tmp_path: Path) -> None:
    write_class_folders(tmp_path / "a", "AB", 3)
    write_class_folders(tmp_path / "b", "AB", 3)
    train = readable(load_pictures(tmp_path / "a"))
    found = near_training({"train": train, "test": readable(load_pictures(tmp_path / "b"))})
    assert found["test"]["near_duplicates"] == found["test"]["n"] == 6
    (line,) = warnings(found)
    assert line == (
        f"test: 6 of 6 pictures (100.0%) have a near-copy in the training part, for example "
        f"{tmp_path}/b/A/A1.jpg and {tmp_path}/a/A/A1.jpg."
    )
