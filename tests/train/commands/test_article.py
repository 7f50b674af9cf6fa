"""The article's recipe with the real VGG16, from photographs to an answer through the API."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from safetensors import safe_open

from tests.helpers import ROOT
from tests.helpers.demo import probabilities, running
from tests.helpers.hub import TOKEN, Hub
from tests.helpers.hub.client import environment, train

LETTERS, EACH = "ABCDE", 40


@pytest.fixture
def frames(photographs: Path, tmp_path: Path) -> Path:
    """Copies 40 of Kaggle's frames of each letter, spread over its video."""
    for letter in LETTERS:
        files = sorted(
            (photographs / "train" / "kaggle" / letter).iterdir(),
            key=lambda file: int(re.sub(r"\D", "", file.stem)),
        )
        (tmp_path / "frames" / letter).mkdir(parents=True)
        for i in range(EACH):
            shutil.copy(files[i * len(files) // EACH], tmp_path / "frames" / letter)
    return tmp_path / "frames"


@pytest.mark.slow
def test_the_article_from_photographs_to_an_answer(
    frames: Path, imagenet_weights: Path, hub: Hub, tmp_path: Path
) -> None:
    """As in the article: checkpoints by epoch and loss, weights apart, then a test program."""
    out, env = tmp_path / "article", environment(hub, tmp_path / "home", TOKEN)
    weights = imagenet_weights / "vgg16_conv_imagenet.safetensors"
    recipe = ["--recipe", "article", "--backbone-weights", weights, "--keep-checkpoints", 1]
    places = ["--data", frames, "--out", out, "--cache", tmp_path / "cache", "--workers", 0]
    result = train(env, "fit", *recipe, *places, "--push", "ann/article")
    assert result.returncode == 0, result.stderr

    (checkpoint,) = (tmp_path / "article.run").glob("*.safetensors")
    assert re.fullmatch(r"epoch-15-val_loss-\d\.\d{4}\.safetensors", checkpoint.name)
    with safe_open(checkpoint, framework="pt") as opened:
        trained = {name for name in opened.keys() if name.startswith("model.")}  # noqa: SIM118
    assert trained
    assert not any("features" in name for name in trained)  # the convolutions are frozen
    assert all((out / name).is_file() for name in ("curves.png", "history.csv"))
    config = json.loads((out / "config.json").read_text())
    assert (config["architecture"], config["label_names"]) == ("vgg16", list(LETTERS))
    card = (out / "README.md").read_text()
    assert "Visual Geometry Group, University of Oxford, under the licence CC BY 4.0" in card

    tested = ["evaluate", out, "--data", frames, "--part", "frames", "--out", tmp_path / "test"]
    said = subprocess.run(
        [sys.executable, "-m", "train", *map(str, tested)], cwd=ROOT, capture_output=True, text=True
    )
    assert said.returncode == 0, said.stderr
    figures = json.loads((tmp_path / "test" / "metrics.json").read_text())["splits"]
    assert f"{figures['frames']['top1']:.1%}" in said.stdout
    assert figures["frames"]["top1"] > 0.5  # chance is a fifth

    shutil.rmtree(out)  # the demo must take the model from the Hub
    env = environment(hub, tmp_path / "another home") | {"ASL_MODEL": "ann/article"}
    with running(tmp_path / "uploads", env) as address:
        client = Client(address, verbose=False)
        right = 0
        for letter in LETTERS:
            picture = min((frames / letter).iterdir())
            answer = probabilities(client.predict(handle_file(picture), 5, api_name="/predict"))
            assert set(answer) <= {*LETTERS, "not sure"}
            right += max(answer, key=lambda name: answer[name]) == letter
        assert right >= 3  # most were trained on, or are neighbours of such frames
        assert client.predict(api_name="/model")["name"] == "ann/article"
