"""`python -m train evaluate`: like the article's test program, it loads a model that was saved."""

import json
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from asl_model import Recognizer
from asl_model.bundle import load_bundle
from tests.helpers import ROOT
from tests.helpers.pictures import draw, write_class_folders
from train.commands import evaluate, fit, remeasure
from train.errors import TrainError
from train.settings import Settings


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_class_folders(tmp_path_factory.mktemp("data"), "ABCD", 40)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, data: Path, test_resnet: Path) -> Path:
    out = tmp_path_factory.mktemp("bundle") / "out"
    settings = Settings(
        classes=("A", "B", "C"),
        split="random",
        backbone="test_resnet",
        input_size=40,
        batch_size=8,
        epochs=5,
        learning_rate=0.02,
    )
    fit.run(data, out, settings, weights=test_resnet, workers=0)
    return out


@pytest.fixture(scope="module")
def not_hands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("not_hands")
    for i in range(9):
        draw(1000 + i).save(folder / f"{i}.jpg")
    return folder


@pytest.mark.parametrize(
    ("part", "split"), [("frames", "random_frames"), ("blocks", "held_out_blocks"), ("val", "val")]
)
def test_the_parts_that_were_held_out_are_found_again(
    bundle: Path,
    data: Path,
    part: str,
    split: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    measured = json.loads((bundle / "metrics.json").read_text())["splits"][split]
    evaluate.run(str(bundle), data, part, 0, tmp_path)
    said = capsys.readouterr().out
    assert "Left out, because the bundle does not know them: D." in said
    assert f"top-1 {measured['top1']:.1%}" in said
    assert f"(n={measured['n']})" in said
    again = json.loads((tmp_path / "metrics.json").read_text())["splits"][part]
    for name in ("n", "top1", "top1_interval", "macro_f1"):
        assert again[name] == measured[name]


@pytest.mark.slow
def test_all_pictures_from_the_command_line(
    bundle: Path, data: Path, not_hands: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "train", "evaluate", str(bundle), "--data", str(data)]
    more = ["--not-hands", str(not_hands), "--out", str(tmp_path / "report")]
    result = subprocess.run([*command, *more], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "(n=120)" in result.stdout
    assert "measuring all: 100%" in result.stderr  # the progress bar
    metrics = json.loads((tmp_path / "report" / "metrics.json").read_text())
    assert metrics["not_hands"]["n"] == 9
    assert metrics["speed"]["milliseconds"] > 0
    assert sorted(f.name for f in (tmp_path / "report").iterdir()) == [
        "metrics.json",
        "report.html",
    ]


def test_the_page_needs_nothing_beside_it(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The folders of A and B are swapped, so there are mistakes and a suspicious folder to show."""
    others = write_class_folders(tmp_path / "others", "BAC", 8)
    evaluate.run(str(bundle), others, "all", 0, tmp_path)
    assert "others shows A, and" in capsys.readouterr().out
    page = (tmp_path / "report.html").read_text()
    parser = Page()
    parser.feed(page)
    assert all(link.startswith(("data:image/webp;base64,", "#")) for link in parser.links)
    assert "A read as B" in page
    assert page.count("data:image/webp") == parser.pictures > 0
    assert parser.pictures == parser.described
    assert "Is the folder named wrongly" in page
    assert page.count("<svg") == 2


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.pictures = self.described = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        names = ("src", "href", "xlink:href")
        self.links += [value for name in names if (value := own.get(name)) is not None]
        self.pictures += tag == "img"
        self.described += tag == "img" and bool(own.get("alt"))


def test_other_pictures_than_those_of_the_run_are_refused(bundle: Path, tmp_path: Path) -> None:
    others = write_class_folders(tmp_path / "others", "ABC", 25)
    with pytest.raises(TrainError, match=r"not the pictures that .* was trained on"):
        evaluate.run(str(bundle), others, "blocks", 0, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_measuring_what_was_trained_on_is_said(
    bundle: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate.run(str(bundle), data, "all", 0, tmp_path)
    warning = f"The model was trained on {data.name}"
    assert warning in capsys.readouterr().out
    assert warning in (tmp_path / "report.html").read_text()


def test_the_report_never_replaces_a_bundles_own_figures(bundle: Path, data: Path) -> None:
    before = (bundle / "metrics.json").read_bytes()
    with pytest.raises(TrainError, match="is a bundle, whose own metrics"):
        evaluate.run(str(bundle), data, "all", 0, bundle)
    assert (bundle / "metrics.json").read_bytes() == before
    with pytest.raises(TrainError, match="is a file"):
        evaluate.run(str(bundle), data, "all", 0, bundle / "metrics.json")


def test_a_place_that_cannot_be_written_to_is_found_before_the_measuring(
    bundle: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(TrainError, match=r"--out '.*' cannot be written to \(Not a directory\)"):
        evaluate.run(str(bundle), data, "all", 0, tmp_path / "file" / "inside")
    assert "measuring" not in capsys.readouterr().err


def test_no_letters_of_other_people_is_one_clear_error(
    bundle: Path, data: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(bundle, tmp_path / "copy")
    write_class_folders(tmp_path / "people", ["del", "space"], 3)
    with pytest.raises(TrainError, match="has no pictures of A, B, C"):
        remeasure.run(copy, data, tmp_path / "people", None, None, 0)


def test_only_the_pictures_of_the_run_are_measured_again(
    bundle: Path, data: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(bundle, tmp_path / "copy")
    more = shutil.copytree(data, tmp_path / "more" / data.name)
    draw(77).save(more / "A" / "A0.jpg")  # this moves the runs of frames
    with pytest.raises(TrainError, match=r"not the pictures that .* was trained on"):
        remeasure.run(copy, more, None, None, None, 0)
    (copy / "notes.txt").write_text("mine")
    with pytest.raises(TrainError, match="holds other things than a bundle"):
        remeasure.run(copy, data, None, None, None, 0)


def test_what_cannot_be_evaluated(bundle: Path, data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainError, match="No model at 'nowhere'"):
        evaluate.run("nowhere", data, "all", 0, tmp_path)
    with pytest.raises(TrainError, match="--part train is not one of: all, val, frames, blocks"):
        evaluate.run(str(bundle), data, "train", 0, tmp_path)
    with pytest.raises(TrainError, match="--part blocks is measured on all classes of"):
        evaluate.run(str(bundle), data, "blocks", 0, tmp_path, classes=("A", "B"))
    with pytest.raises(TrainError, match="There is no folder 'bundles/mistyped'"):
        remeasure.run(Path("bundles/mistyped"), data, None, None, None, 0)
    others = write_class_folders(tmp_path / "xy", "XY", 2)
    with pytest.raises(TrainError, match="shows none of the classes"):
        evaluate.run(str(bundle), others, "all", 0, tmp_path)


def test_a_bundle_is_measured_again(
    bundle: Path, data: Path, not_hands: Path, tmp_path: Path
) -> None:
    """Calibration, figures and card are new; the weights stay, so timm answers as before."""
    copy = shutil.copytree(bundle, tmp_path / "copy")
    people = tmp_path / "people"
    for name, classes in (("ann", "ABC"), ("bob", "BCA")):  # bob's folders are named wrongly
        write_class_folders(people / name, classes, 8)
    before = load_bundle(copy)
    remeasure.run(copy, data, people, not_hands, None, 0, looks=2)
    after = load_bundle(copy)
    assert (before.looks, after.looks) == (1, 2)
    for name in ("model.safetensors", "graph.xml", "history.csv", "curves.png"):
        assert (copy / name).read_bytes() == (bundle / name).read_bytes()
    metrics = after.metrics
    assert metrics.splits.keys() == {"random_frames", "held_out_blocks", "unseen_people"}
    assert metrics.calibration
    assert metrics.calibration.chosen_on == "unseen_people"
    assert before.metrics.training.split
    assert metrics.training.split
    assert metrics.training.split["blocks"] == before.metrics.training.split["blocks"]
    mirrored = metrics.mirrored
    assert mirrored
    assert (mirrored.n, mirrored.split) == (48, "unseen_people")
    files = [file for name in ("ann", "bob") for file in (people / name).rglob("*.jpg")]
    images = [ImageOps.mirror(Image.open(file).convert("RGB")) for file in files]
    read = [prediction.label for prediction in Recognizer(after).many(images)]
    right = [one == file.parent.name for one, file in zip(read, files, strict=True)]
    assert mirrored.top1 == pytest.approx(sum(right) / 48)  # both sources have 24 pictures
    assert mirrored.lost == metrics.splits["unseen_people"].top1 - mirrored.top1
    # The model was sure, but for one of the two people it is wrong.
    assert after.calibration.temperature > 1.5 * before.calibration.temperature
    assert not after.calibration.biases  # two people are too few
    card = (copy / "README.md").read_text()
    assert f"divides the logits by a temperature of {after.calibration.temperature:.2f}" in card
    assert "It averages the logits of two crops" in card


def test_biases_are_chosen_by_many_people(bundle: Path, data: Path, tmp_path: Path) -> None:
    """Five people put pictures of A into B, so B gets a higher bias. A second run is the same."""
    copy = shutil.copytree(bundle, tmp_path / "copy")
    people = tmp_path / "people"
    for number in range(5):
        write_class_folders(people / f"p{number}", "ABC", 6)
        for file in list((people / f"p{number}" / "A").iterdir())[:4]:
            file.rename(people / f"p{number}" / "B" / f"a-{file.name}")
    remeasure.run(copy, data, people, None, None, 0)
    once = load_bundle(copy)
    record, biases = once.metrics.calibration, once.calibration.biases
    assert record
    assert record.cross_fitted
    assert record.without_biases
    assert 0 < record.without_biases.top1 < 1
    assert biases["B"] > biases["A"]
    assert sum(biases.values()) == pytest.approx(0, abs=1e-9)
    assert "a bias for each letter" in (copy / "README.md").read_text()
    remeasure.run(copy, data, people, None, None, 0)
    assert load_bundle(copy).calibration == once.calibration
