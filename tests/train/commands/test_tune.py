"""The search for settings writes its results, can be resumed, and `fit` takes its best settings."""

import csv
import dataclasses
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import optuna
import pytest
from PIL import Image

from tests.helpers.pictures import write_class_folders
from train.commands import fit, tune
from train.errors import TrainError
from train.publishing.tuning_results import BEST, TABLE
from train.recipes import settings_for
from train.settings import Settings, read_settings

SETTINGS = Settings(backbone="test_resnet", input_size=40, batch_size=8, epochs=3, views=1)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_class_folders(tmp_path_factory.mktemp("data"), "ABC", 20)


@pytest.fixture(scope="module")
def unseen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unseen")
    write_class_folders(folder / "one", "ABC", 5)
    write_class_folders(folder / "two", "AB", 5)
    return folder


def search(data: Path, unseen: Path, out: Path, trials: int, weights: Path, **rest: Any) -> None:
    tune.run(data, unseen, out, rest.get("settings", SETTINGS), trials, weights, 0, out / "cache")


def study(out: Path) -> optuna.Study:
    return optuna.load_study(study_name="head", storage=f"sqlite:///{out / tune.STUDY}")


def test_what_a_search_cannot_do_is_said_before_it_computes(
    tmp_path: Path, data: Path, unseen: Path, test_resnet: Path
) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(TrainError, match=r"--out .* cannot be written to"):
        search(data, unseen, tmp_path / "file", 1, test_resnet)
    averaged = dataclasses.replace(SETTINGS, ema_decay=0.9)
    with pytest.raises(TrainError, match="does not average weights"):
        search(data, unseen, tmp_path / "out", 1, test_resnet, settings=averaged)
    assert not (tmp_path / "out" / "cache").exists()


def test_a_search_goes_on_and_its_best_setting_trains(
    tmp_path: Path, data: Path, unseen: Path, test_resnet: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "tuning"
    search(data, unseen, out, 2, test_resnet)
    assert len(study(out).trials) == 2
    running = study(out).ask()  # a search that was killed leaves such a trial
    search(data, unseen, out, 4, test_resnet)
    states = [trial.state.name for trial in study(out).trials]
    assert states[running.number] == "FAIL"
    assert sum(state in ("COMPLETE", "PRUNED") for state in states) == 4
    search(data, unseen, out, 4, test_resnet)
    assert len(study(out).trials) == len(states)  # nothing left to do

    rows = list(csv.DictReader((out / TABLE).open()))
    assert len(rows) == 4
    best = max(float(row["top1_unseen_people"]) for row in rows if row["state"] == "complete")
    assert best == study(out).best_value
    assert f"{best:.1%}" in capsys.readouterr().out
    assert Image.open(out / "trials.png").width > 300
    chosen = settings_for("default", read_settings(out / BEST))
    assert chosen.learning_rate == study(out).best_params["learning_rate"]
    fit.run(data, tmp_path / "out", chosen, weights=test_resnet, workers=0)
    trained = json.loads((tmp_path / "out" / "metrics.json").read_text())["training"]
    assert trained["settings"]["weight_decay"] == study(out).best_params["weight_decay"]


@pytest.mark.slow
def test_a_setting_is_chosen_by_unseen_people_each_source_counting_the_same(
    tmp_path: Path, data: Path, unseen: Path, test_resnet: Path
) -> None:
    """With pictures in the wrong class folders, a model that learns the letters scores badly."""
    wrong = tmp_path / "wrong"
    for name, taken in (("A", "B"), ("B", "A")):
        (wrong / name).mkdir(parents=True)
        for file in (unseen / "one" / taken).iterdir():
            (wrong / name / file.name).write_bytes(file.read_bytes())
    settings = Settings(**{**vars(SETTINGS), "epochs": 20, "learning_rate": 0.01})
    search(data, unseen, tmp_path / "right", 1, test_resnet, settings=settings)
    search(data, wrong, tmp_path / "wrong-out", 1, test_resnet, settings=settings)
    assert study(tmp_path / "right").best_value > 0.6
    assert study(tmp_path / "wrong-out").best_value < 0.4
    many, few = tmp_path / "both" / "many", tmp_path / "both" / "few"
    write_class_folders(many, "AB", 9)
    shutil.copytree(wrong, few)
    for folder in few.iterdir():
        for file in list(folder.iterdir())[1:]:
            file.unlink()
    search(data, tmp_path / "both", tmp_path / "both-out", 1, test_resnet, settings=settings)
    # All 18 pictures of one source are right, and both of the other are wrong: 0.9 of all.
    assert study(tmp_path / "both-out").best_value == pytest.approx(0.5, abs=0.1)


@pytest.mark.slow
def test_a_study_of_other_data_is_not_gone_on_with(
    tmp_path: Path, data: Path, unseen: Path, test_resnet: Path
) -> None:
    search(data, unseen, tmp_path, 1, test_resnet)
    settings = Settings(**{**vars(SETTINGS), "seed": 1})
    with pytest.raises(TrainError, match="holds a study of other data, people or settings"):
        search(data, unseen, tmp_path, 1, test_resnet, settings=settings)
    with pytest.raises(TrainError, match="holds a study of other data, people or settings"):
        search(data, unseen / "one", tmp_path, 1, test_resnet)
    with sqlite3.connect(tmp_path / tune.STUDY) as opened:
        assert opened.execute("select count(*) from trials").fetchone() == (1,)


def test_only_a_frozen_backbone_has_features_to_search_on(
    tmp_path: Path, data: Path, unseen: Path, test_resnet: Path
) -> None:
    settings = Settings(**{**vars(SETTINGS), "freeze": "none"})
    with pytest.raises(TrainError, match="give --freeze all"):
        search(data, unseen, tmp_path, 1, test_resnet, settings=settings)


def test_a_setting_that_diverges_does_not_end_the_search(
    tmp_path: Path,
    data: Path,
    unseen: Path,
    test_resnet: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    suggest = tune._suggest

    def far_first(trial: optuna.Trial, task: Any) -> Settings:
        settings = suggest(trial, task)
        return dataclasses.replace(settings, learning_rate=1e30) if not trial.number else settings

    monkeypatch.setattr(tune, "_suggest", far_first)
    search(data, unseen, tmp_path, 2, test_resnet)
    assert [trial.state.name for trial in study(tmp_path).trials] == ["PRUNED", "COMPLETE"]
    assert len(list(csv.DictReader((tmp_path / TABLE).open()))) == 2
