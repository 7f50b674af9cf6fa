"""Pictures from unusual folders, from Kaggle and from the Hub. Every fault has a message."""

import io
import json
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import datasets
import pytest

from asl_model import CLASSES
from tests.helpers import ROOT
from tests.helpers.pictures import draw, write_class_folders
from train.data.pictures import class_names, load_pictures, readable
from train.errors import TrainError


def kaggles_root(root: Path) -> Path:
    """Writes folders as in the ASL Alphabet: class folders two deep, and loose test pictures."""
    write_class_folders(root / "asl_alphabet_train" / "asl_alphabet_train", ["A", "B", "del"], 3)
    test = root / "asl_alphabet_test" / "asl_alphabet_test"
    test.mkdir(parents=True)
    draw(0).save(test / "A_test.jpg")
    return root


def parts_of_one_source(root: Path) -> Path:
    write_class_folders(root / "train", "AB", 3)
    write_class_folders(root / "Test", "AB", 2)
    return root


def people_with_parts(root: Path) -> Path:
    for name in ("ann", "bob"):
        parts_of_one_source(root / name)
    return root


def small_letters(root: Path) -> Path:
    return write_class_folders(root, ["a", "B", "DEL", "Nothing"], 2)


def both_cases(root: Path) -> Path:
    write_class_folders(root, ["A", "B"], 2)
    return write_class_folders(root, ["a"], 3)


def people_called_like_classes(root: Path) -> Path:
    for name in "AB":
        write_class_folders(root / name, "ab", 2)
    return root


def people_in_split_folders(root: Path) -> Path:
    for name in ("ann_train", "ann_test", "bob_train"):
        write_class_folders(root / name, "AB", 2)
    return root


def with_folders_of_the_system(root: Path) -> Path:
    write_class_folders(root, "AB", 2)
    for name in (".ipynb_checkpoints", "__MACOSX/A", "@eaDir"):
        (root / name).mkdir(parents=True)
    (root / "__MACOSX" / "A" / "._A1.jpg").write_bytes(b"of a Mac")
    return root


def with_a_link(root: Path) -> Path:
    write_class_folders(root / "ann", "AB", 2)
    (root / "latest").symlink_to(root / "ann")
    return root


def odd_name(root: Path) -> Path:
    write_class_folders(root / "asl [v2]*", "AB", 2)
    return root


@pytest.mark.parametrize(
    ("layout", "sources", "classes", "count"),
    [
        (people_called_like_classes, {"A", "B"}, ("A", "B"), 8),
        (people_in_split_folders, {"ann", "bob"}, ("A", "B"), 12),
        (with_folders_of_the_system, {"mine"}, ("A", "B"), 4),
        (with_a_link, {"ann"}, ("A", "B"), 4),
        (odd_name, {"asl [v2]*"}, ("A", "B"), 4),
        (kaggles_root, {"asl_alphabet"}, ("A", "B", "del"), 9),
        (parts_of_one_source, {"mine"}, ("A", "B"), 10),
        (people_with_parts, {"ann", "bob"}, ("A", "B"), 20),
        (small_letters, {"mine"}, ("A", "B", "del", "nothing"), 8),
        (both_cases, {"mine"}, ("A", "B"), 7),
    ],
)
def test_the_usual_layouts(
    tmp_path: Path,
    layout: Callable[[Path], Path],
    sources: set[str],
    classes: tuple[str, ...],
    count: int,
) -> None:
    pictures = load_pictures(layout(tmp_path / "mine"))
    assert set(pictures["source"]) == sources
    assert class_names(pictures) == classes
    assert len(pictures) == count
    for row in pictures:
        folder = Path(row["image"]["path"]).parent.name
        assert CLASSES[row["label"]].casefold() == folder.casefold()


def test_mixed_letter_cases_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load_pictures(small_letters(tmp_path / "mine"))
    said = capsys.readouterr().out
    assert "mine: matched the folders DEL, Nothing, a to classes, ignoring letter case." in said


def test_wanted_classes_leave_unknown_folders_out(tmp_path: Path) -> None:
    root = write_class_folders(tmp_path, ["A", "B", "C", "5"], 2)
    assert class_names(load_pictures(root, ("A", "B"))) == ("A", "B")
    with pytest.raises(TrainError, match=r"not known classes: 5\. .* with --classes"):
        load_pictures(root)


def test_parts_of_a_source_are_one_video(tmp_path: Path) -> None:
    """Frames that were split at random are put back into the order of the video."""
    for name, frames in (("train", (1, 3, 4)), ("test", (2, 10))):
        for letter in "AB":
            (tmp_path / "ann" / name / letter).mkdir(parents=True)
            for i in frames:
                draw(i).save(tmp_path / "ann" / name / letter / f"{letter}{i}.jpg")
    pictures = load_pictures(tmp_path / "ann")
    names = [Path(image["path"]).stem for image in pictures["image"]]
    assert names == [f"{letter}{i}" for letter in "AB" for i in (1, 2, 3, 4, 10)]


def test_a_person_without_the_wanted_classes_is_left_out(tmp_path: Path) -> None:
    write_class_folders(tmp_path / "ann", ["A", "del"], 2)
    write_class_folders(tmp_path / "bob", ["A"], 2)
    write_class_folders(tmp_path / "eve", ["C"], 2)
    pictures = load_pictures(tmp_path, ("A", "del"))
    assert set(pictures["source"]) == {"ann", "bob"}
    with pytest.raises(TrainError, match="has no pictures of X"):
        load_pictures(tmp_path, ("X",))


def test_the_order_in_which_sources_are_given_changes_nothing(tmp_path: Path) -> None:
    one = write_class_folders(tmp_path / "ann", "AB", 2)
    two = write_class_folders(tmp_path / "bob", "AB", 2)
    assert list(load_pictures([one, two])["image"]) == list(load_pictures([two, one])["image"])


def test_several_sources_together(tmp_path: Path) -> None:
    one = write_class_folders(tmp_path / "ann", "AB", 2)
    two = write_class_folders(tmp_path / "bob", "BC", 3)
    pictures = load_pictures([one, str(two)])
    assert set(pictures["source"]) == {"ann", "bob"}
    assert len(pictures) == 10


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    one = write_class_folders(tmp_path / "x" / "ann", "AB", 2)
    two = write_class_folders(tmp_path / "y" / "ann", "AB", 2)
    with pytest.raises(TrainError, match="Two sources are called 'ann'"):
        load_pictures([one, two])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("grassknoted/asl-alphabet", r"write kaggle:grassknoted/asl-alphabet or hf:grassknoted"),
        ("kaggle:nonsense", r"'nonsense' is not the name of a Kaggle .* Write kaggle:owner/name"),
        ("hf:no/such", r"Cannot load the data set 'no/such' from .*log in with `hf auth"),
    ],
)
def test_sources_that_cannot_be_had(source: str, message: str) -> None:
    with pytest.raises(TrainError, match=message):
        load_pictures(source)


def encoded(count: int) -> list[dict[str, bytes | None]]:
    pictures: list[dict[str, bytes | None]] = []
    for i in range(count):
        buffer = io.BytesIO()
        draw(i).save(buffer, "png")
        pictures.append({"bytes": buffer.getvalue(), "path": None})
    return pictures


def hub_set(folder: Path, names: list[str], labels: list[int]) -> Path:
    features = datasets.Features(
        {"photo": datasets.Image(), "letter": datasets.ClassLabel(names=names)}
    )
    rows = {"photo": encoded(len(labels)), "letter": labels}
    folder.mkdir()
    datasets.Dataset.from_dict(rows, features=features).to_parquet(folder / "train.parquet")
    return folder


def test_a_data_set_of_the_hub(tmp_path: Path) -> None:
    """`load_dataset` reads a folder of Parquet files with the same code as one on the Hub."""
    root = hub_set(tmp_path / "letters", ["space", "b", "A"], [0, 1, 2, 2, -1])
    pictures = readable(load_pictures(f"hf:{root}"))
    assert [CLASSES[label] for label in pictures["label"]] == ["space", "B", "A", "A"]
    assert len(set(pictures["key"])) == 4
    assert pictures["width"] == [160] * 4


def test_labels_of_the_hub_that_are_no_classes(tmp_path: Path) -> None:
    root = hub_set(tmp_path / "letters", ["A", "B", "hello"], [0, 1, 2])
    with pytest.raises(TrainError, match="has labels that are not known classes: hello"):
        load_pictures(f"hf:{root}")
    assert len(load_pictures(f"hf:{root}", ("A", "B"))) == 2


def test_a_dropped_label_column_is_noticed(tmp_path: Path) -> None:
    features = datasets.Features({"image": datasets.Image(), "name": datasets.Value("string")})
    rows = {"image": encoded(2), "name": ["a", "b"]}
    (tmp_path / "set").mkdir()
    datasets.Dataset.from_dict(rows, features=features).to_parquet(tmp_path / "set" / "x.parquet")
    with pytest.raises(TrainError, match=r"no column of labels .*; its columns are image, name"):
        load_pictures(f"hf:{tmp_path / 'set'}")


class Kaggle(BaseHTTPRequestHandler):
    """The part of Kaggle's API that `kagglehub` uses: the version, then the archive."""

    archive = b""

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        asked = json.loads(self.rfile.read(length))
        if asked["datasetSlug"] != "asl-alphabet":
            self._send(404, b'{"code": 404, "message": "no such data set"}', "application/json")
        elif self.path.endswith("/GetDataset"):
            self._send(200, b'{"currentVersionNumber": 7}', "application/json")
        elif self.path.endswith("/DownloadDataset"):
            self._send(200, self.archive, "application/zip")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Prints nothing."""


@pytest.fixture
def kaggle(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Serves a local Kaggle; yields environment variables with which `kagglehub` finds it."""
    root = kaggles_root(tmp_path / "packed")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in root.rglob("*.jpg"):
            archive.write(file, file.relative_to(root))
    handler = type("Handler", (Kaggle,), {"archive": buffer.getvalue()})
    server = ThreadingHTTPServer(("localhost", 7777), handler)  # the address kagglehub tests with
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield os.environ | {
        "KAGGLE_API_ENVIRONMENT": "TEST",
        "KAGGLEHUB_CACHE": str(tmp_path / "cache"),
        "HOME": str(tmp_path),
    }
    server.shutdown()
    server.server_close()


def survey(source: str, sheet: Path, environment: dict[str, str]) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "train", "data", source, "--sheet", str(sheet)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_kaggle_by_its_own_client(kaggle: dict[str, str], tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.jpg"
    result = survey("kaggle:grassknoted/asl-alphabet", sheet, kaggle)
    assert result.returncode == 0, result.stderr
    assert "9 pictures of 3 classes; 0 broken" in result.stdout
    assert "asl-alphabet" in result.stdout
    assert sheet.is_file()
    absent = survey("kaggle:grassknoted/nothing-here", sheet, kaggle)
    assert absent.returncode == 2
    message = absent.stderr.strip().splitlines()[-1]
    assert "Error: Cannot download the Kaggle data set 'grassknoted/nothing-here'" in message
    assert "download it by hand and give its folder" in message
    assert "Traceback" not in absent.stderr
