import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from asl_model import BundleError
from asl_model.bundle import load_bundle, read_bundle
from asl_model.calibration import Calibration
from asl_model.metrics_file import Metrics
from tests.helpers import ROOT
from tests.helpers.bundles import NAMES, tiny_bundle
from train.publishing.save_bundle import rewrite_config, save_bundle


def test_what_is_saved_is_loaded(folder: Path) -> None:
    saved, loaded = tiny_bundle(), load_bundle(folder)
    assert loaded.label_names == NAMES
    assert loaded.calibration == saved.calibration
    assert loaded.metrics == saved.metrics
    for (name, old), new in zip(
        saved.model.state_dict().items(), loaded.model.state_dict().values(), strict=True
    ):
        assert torch.equal(old, new), name
    assert loaded.preprocessing == saved.preprocessing


def test_looks_are_kept_and_bounded(folder: Path) -> None:
    assert load_bundle(folder).looks == 1
    save_bundle(folder, replace(tiny_bundle(), looks=2), "# card\n")
    loaded = load_bundle(folder)
    assert loaded.looks == 2
    side = loaded.model.pretrained_cfg["input_size"][-1]
    assert loaded.pixels(Image.new("RGB", (200, 100))).shape == (2, 3, side, side)
    config = json.loads((folder / "config.json").read_text())
    config["asl"]["looks"] = 9
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(BundleError, match=r"is invalid at looks: .*less than or equal to 2"):
        load_bundle(folder)


def test_exactly_these_files_are_written(folder: Path) -> None:
    names = {"config.json", "model.safetensors", "graph.xml", "README.md", "metrics.json"}
    assert {file.name for file in folder.iterdir()} == names
    assert [file.name for file in folder.parent.iterdir()] == ["bundle"]  # no leftovers next to it


def test_a_bundle_is_replaced_whole(folder: Path) -> None:
    save_bundle(folder, tiny_bundle(), "# new card\n")
    assert (folder / "README.md").read_text() == "# new card\n"
    assert len(list(folder.iterdir())) == 5


def test_a_failed_save_leaves_the_old_bundle_and_nothing_half_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(metrics: Metrics) -> str:
        raise TypeError("not serialisable")

    monkeypatch.setattr(Metrics, "to_json", fail)
    old = (folder / "metrics.json").read_bytes()
    with pytest.raises(TypeError):
        save_bundle(folder, tiny_bundle(), "# card\n")
    with pytest.raises(TypeError):
        rewrite_config(folder, tiny_bundle(), "# card\n")
    assert (folder / "metrics.json").read_bytes() == old
    assert [file.name for file in folder.parent.iterdir()] == ["bundle"]


def test_a_description_is_rewritten_and_the_weights_stay(folder: Path) -> None:
    (folder / "example-1.jpg").write_bytes(b"a picture")
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    changed = replace(tiny_bundle(), looks=2, calibration=Calibration(temperature=2.0))
    rewrite_config(folder, changed, "# new card\n")
    after = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert {name for name in after if after[name] != before[name]} == {"config.json", "README.md"}
    loaded = read_bundle(folder)
    assert (loaded.looks, loaded.calibration) == (2, changed.calibration)
    assert [file.name for file in folder.parent.iterdir()] == ["bundle"]


def test_what_is_no_bundle_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "photo.jpg").write_bytes(b"precious")
    (tmp_path / "clone").mkdir()
    save_bundle(tmp_path / "clone", tiny_bundle(), "# card\n")
    (tmp_path / "clone" / ".git").mkdir()
    holiday, clone = tmp_path / "holiday", tmp_path / "clone"
    for place in (holiday, holiday / "photo.jpg", clone):
        with pytest.raises(BundleError, match="holds other things than a bundle"):
            save_bundle(place, tiny_bundle(), "# card\n")
    assert (tmp_path / "holiday" / "photo.jpg").read_bytes() == b"precious"
    assert (tmp_path / "clone" / ".git").is_dir()


def change_config(folder: Path, **changes: Any) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changes))


def strange(**figures: Any) -> str:
    """Returns a metrics.json whose figures for unseen people the page could not show."""
    letter = {"n": 1, "read_as": {"A": 1}}
    split = {"n": 1, "top1": 1, "top3": 1, "sources": {}, "letters": {"A": letter | figures}}
    return json.dumps({"splits": {"unseen_people": split | figures}})


FAULTS: list[tuple[Any, str]] = [
    (lambda f: (f / "config.json").unlink(), "is not a bundle: config.json missing"),
    (lambda f: (f / "model.safetensors").unlink(), "model.safetensors missing.*pickled"),
    (lambda f: (f / "config.json").write_text("{"), "missing or invalid entry"),
    (lambda f: (f / "metrics.json").write_text("{"), "is invalid at the top level: Invalid JSON"),
    (
        lambda f: (f / "metrics.json").write_text(strange(n=0)),
        r"metrics.json is invalid at splits.unseen_people.n: ",
    ),
    (
        lambda f: (f / "metrics.json").write_text(strange(top1="0.9")),
        r"is invalid at splits.unseen_people.top1: ",
    ),
    (lambda f: (f / "metrics.json").write_text(strange(read_as=None)), "A.read_as: "),
    (
        lambda f: (f / "metrics.json").write_text(strange(read_as={"A": "x"})),
        r"letters.A.read_as.A: ",
    ),
    (lambda f: change_config(f, asl={}), "missing or invalid entry: 'threshold'"),
    (lambda f: change_config(f, label_names=["A", "B", "cat"]), r"not in this alphabet.*\['cat'\]"),
    (lambda f: change_config(f, label_names=["A", "B"]), "3 outputs but 2 label names"),
    (lambda f: change_config(f, architecture="vgg16"), "do not fit its config.json"),
    (lambda f: change_config(f, architecture="no_such_net"), "do not fit its config.json"),
    (lambda f: (f / "model.safetensors").write_bytes(b"\x80\x04."), "do not fit its graph.xml"),
]


@pytest.mark.parametrize(("fault", "message"), FAULTS, ids=[message for _, message in FAULTS])
def test_each_fault_of_a_bundle_is_one_clear_error(folder: Path, fault: Any, message: str) -> None:
    fault(folder)
    with pytest.raises(BundleError, match=message):
        load_bundle(folder)


@pytest.mark.parametrize("name", ["config.json", "metrics.json", "graph.xml"])
def test_a_file_that_may_not_be_read_is_said_to_be_so(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_text(file: Path, encoding: str) -> str:
        if file.name == name:
            raise PermissionError(13, "Permission denied", str(file))
        return file.read_bytes().decode(encoding)

    monkeypatch.setattr(Path, "read_text", read_text)  # chmod would not stop root
    with pytest.raises(BundleError, match=f"cannot be read .*Permission denied.*{name}"):
        load_bundle(folder)


@pytest.mark.parametrize(
    "name", ["config.json", "model.safetensors", "metrics.json", "example-1.jpg"]
)
def test_a_link_that_leads_out_of_the_folder_is_refused(folder: Path, name: str) -> None:
    (folder / "example-1.jpg").write_bytes(b"a picture")
    (folder / name).rename(folder.parent / name)
    (folder / name).symlink_to(folder.parent / name)
    with pytest.raises(BundleError, match=f"its {name} is a link that leads out of it"):
        load_bundle(folder)


def test_a_name_that_is_neither_folder_nor_hub_id() -> None:
    with pytest.raises(BundleError, match="No model at 'nowhere': it is neither a folder"):
        load_bundle("nowhere")


def test_a_hub_model_that_cannot_be_reached_is_never_replaced_by_another() -> None:
    with pytest.raises(BundleError, match="'owner/name@v1' is not in the local cache and the Hub"):
        load_bundle("owner/name@v1")


def test_the_package_does_not_import_what_serving_does_not_use() -> None:
    heavy = ("gradio", "datasets", "matplotlib", "sklearn", "torch", "torchvision", "timm")
    code = (
        "import sys, asl_model, numpy; r = asl_model.Recognizer.load(); "
        "r(numpy.zeros((9, 9, 3), numpy.uint8)); "
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
