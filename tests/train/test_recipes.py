"""Recipes, and which settings win: options, then the settings file, then the recipe."""

import json
from pathlib import Path
from typing import Any

import pytest
from torch import nn

from train.commands.settings_from_options import chosen_settings
from train.errors import TrainError
from train.network.backbone import create
from train.recipes import RECIPES, settings_for
from train.settings import Settings, read_settings


@pytest.mark.slow
def test_the_articles_head_is_the_articles() -> None:
    """Flatten, Dense 8192 ReLU, Dropout 0.8, Dense 4096 ReLU, Dropout 0.5, Dense 5."""
    model = create(settings_for("article"), 5)
    head = model.pre_logits
    assert (head.fc1.weight.numel(), head.fc1.bias.numel()) == (8192 * 512 * 7 * 7, 8192)
    assert (head.fc2.weight.numel(), head.fc2.bias.numel()) == (4096 * 8192, 4096)
    assert (head.drop.p, model.head.drop.p) == (0.8, 0.5)
    assert model.head.fc.weight.shape == (5, 4096)
    assert isinstance(head.act1, nn.ReLU)
    assert model.pretrained_cfg["input_size"] == (3, 224, 224)


def test_the_articles_training_is_the_articles() -> None:
    article = settings_for("article")
    assert article.classes == ("A", "B", "C", "D", "E")
    expected = ("sgd", "constant", 1e-3, 0.0, 0.0, 0.0, 32, 15, "random", "all")
    assert expected == (
        article.optimizer,
        article.schedule,
        article.learning_rate,
        article.weight_decay,
        article.label_smoothing,
        article.clip_norm,
        article.batch_size,
        article.epochs,
        article.split,
        article.freeze,
    )
    assert (article.keep_checkpoints, article.views) == (0, 0)


def test_options_win_over_the_file_and_the_file_over_the_recipe(tmp_path: Path) -> None:
    file = tmp_path / "best.json"
    file.write_text(json.dumps({"learning_rate": 0.5, "epochs": 3, "classes": ["A", "Z"]}))
    given: dict[str, Any] = {"recipe": "article", "settings": file, "epochs": 7, "seed": None}
    given |= {"model_arg": ["mlp_ratio=0.5"], "dropout": ["head.drop=0.1"], "classes": None}
    settings = chosen_settings(given)
    assert (settings.epochs, settings.learning_rate, settings.batch_size) == (7, 0.5, 32)
    assert settings.classes == ("A", "Z")
    assert settings.model_args == {"mlp_ratio": 0.5}
    assert settings.dropouts == {"pre_logits.drop": 0.8, "head.drop": 0.1}
    assert chosen_settings(given | {"classes": "C, D"}).classes == ("C", "D")
    assert chosen_settings(given | {"classes": "all"}).classes == ()


@pytest.mark.parametrize("recipe", list(RECIPES))
@pytest.mark.parametrize("backbone", ["vgg19", "resnet50", "mobilenetv2_100"])
def test_every_recipe_takes_other_backbones(recipe: str, backbone: str) -> None:
    settings = settings_for(recipe, {"backbone": backbone, "input_size": 64})
    assert bool(settings.model_args) == (backbone == "vgg19")
    if backbone != "vgg19" or recipe == "default":  # the article's head takes a gigabyte
        assert create(settings, 4).num_classes == 4


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"split": "even"}, "split 'even' is not possible: .*'blocks', 'random' or 'sources'"),
        ({"optimizer": "adam"}, "optimizer 'adam' is not possible: .*'adamw' or 'sgd'"),
        ({"classes": ("A", "AA")}, "No such classes: AA. Known are A to Z, del, nothing, space"),
        ({"epochs": 0}, "epochs 0 is not possible: .*greater than or equal to 1"),
        ({"batch_size": 1}, "batch_size 1 is not possible: .*greater than or equal to 2"),
        ({"learning_rate": -1.0}, r"learning_rate -1\.0 is not possible: .*equal to 0"),
        ({"input_size": "160"}, "input_size '160' is not possible: .*a valid integer"),
        ({"input_size": 2000}, "input_size 2000 is not possible: .*less than or equal to 1024"),
        ({"seed": -1}, "seed -1 is not possible: .*greater than or equal to 0"),
        ({"seed": 20261124123456}, "seed 20261124123456 is not possible: .*less than"),
        ({"looks": 3}, "looks 3 is not possible: .*less than or equal to 2"),
        (
            {"dropouts": {"head.drop": 1.5}},
            r"dropouts.head.drop 1\.5 is not possible: .*less than 1",
        ),
        ({"dropouts": {"head.drop": -0.1}}, r"dropouts.head.drop -0\.1 is not possible"),
        ({"dropouts": {"head.drop": "half"}}, r"dropouts.head.drop 'half' is not possible"),
        ({"from_scratch": True}, "Random weights cannot be frozen: give --freeze none"),
    ],
)
def test_settings_that_cannot_be(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(TrainError, match=message):
        settings_for("default", changes)


def test_an_unknown_recipe() -> None:
    with pytest.raises(TrainError, match=r"No recipe 'soup'\. There are: default, article"):
        settings_for("soup")


def test_a_dropout_that_is_not_there() -> None:
    with pytest.raises(
        TrainError, match=r"no such layer\. Its dropout layers: pre_logits\.drop, head\.drop"
    ):
        create(Settings(model_args={"mlp_ratio": 0.01}, dropouts={"drop": 0.1}), 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"learning": 1}', "'learning' is not a setting. Settings are: classes, "),
        ('{"epochs": "many"}', "epochs 'many' is not possible: .*a valid integer"),
        ("[1]", "should be an object"),
        ("{", "cannot be read: "),
    ],
)
def test_a_file_of_other_things(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(TrainError, match=message):
        read_settings(tmp_path / "x.json")
