"""Models are pushed by the real Hub client, and served by name, tag or commit."""

import json
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import torch
from gradio_client import Client, handle_file

from asl_model import Recognizer
from asl_model.bundle import EMBEDDED
from tests.helpers.demo import probabilities, running
from tests.helpers.hub import TOKEN, Hub, Repository
from tests.helpers.hub.client import environment, load, train, train_each
from tests.helpers.pictures import draw, write_class_folders


def served(hub: Hub, folder: Path, model: str) -> dict[str, Any]:
    """Runs a demo with an empty cache; returns its answer for drawing.png and that of /model."""
    env = environment(hub, folder / f"home of {model.replace('/', ' ')}")
    with running(folder / "uploads", env | {"ASL_MODEL": model}) as address:
        client = Client(address, verbose=False)
        answer = client.predict(handle_file(folder / "drawing.png"), 3, api_name="/predict")
        return client.predict(api_name="/model") | {"answer": probabilities(answer)}


@pytest.mark.slow
def test_fit_push_serve_and_push_again(hub: Hub, tmp_path: Path, test_resnet: Path) -> None:
    data, out = write_class_folders(tmp_path / "data", "ABC", 40), tmp_path / "tiny"
    env = environment(hub, tmp_path / "home", TOKEN)
    small = "--backbone test_resnet --input-size 40 --epochs 2 --views 0 --workers 0"
    places = ["--backbone-weights", test_resnet, "--cache", tmp_path / "cache"]
    result = train(
        env, "fit", "--data", data, "--out", out, "--push", "ann/tiny", *places, *small.split()
    )
    assert result.returncode == 0, result.stderr
    assert f"Uploaded: {hub.url}/ann/tiny (commit" in result.stdout
    assert f"Its page: {hub.url}/ann/tiny/tree/v1" in result.stdout
    assert "Serve it: ASL_MODEL=ann/tiny@v1 python app.py" in result.stdout
    repository = hub.repositories["models/ann/tiny"]
    assert set(repository.files()) == {file.name for file in out.iterdir()}
    assert b'timm.create_model("hf-hub:ann/tiny"' in repository.files()["README.md"]
    assert len(repository.commits) == 2  # one of its creation, and one with all files
    for content in repository.files().values():
        assert TOKEN.encode() not in content

    draw(0).save(tmp_path / "drawing.png")
    first = Recognizer.load(out)
    expected = [dict(first(draw(0)).top(3))]
    config = json.loads((out / "config.json").read_text())
    config["label_names"].reverse()  # now the model answers differently
    (out / "config.json").write_text(json.dumps(config))
    draw(1).save(out / "example-1.jpg")
    (again,) = train_each(env, ["push", out, "ann/tiny"])
    assert "example-1.jpg" in repository.files()
    assert "ASL_MODEL=ann/tiny@v2" in again
    expected.append(dict(Recognizer.load(out)(draw(0)).top(3)))
    assert expected[0] != pytest.approx(expected[1], abs=2e-4)

    commit = repository.refs["v1"]
    for model, which in {"ann/tiny": 1, "ann/tiny@v1": 0, f"ann/tiny@{commit}": 0}.items():
        found = served(hub, tmp_path, model)
        assert found["answer"] == pytest.approx(expected[which], abs=1e-4), model
        assert (found["name"], found["commit"]) == (model, repository.refs[f"v{which + 1}"])


def test_timm_alone_loads_what_was_pushed(hub: Hub, tmp_path: Path) -> None:
    env = environment(hub, tmp_path / "home", TOKEN)
    train_each(env, ["push", EMBEDDED, "ann/letters"])
    hub.requests.clear()
    program = """
import json, sys, timm, torch
model = timm.create_model("hf-hub:ann/letters", pretrained=True).eval()
transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model))
from PIL import Image
logits = model(transform(Image.open("drawing.png").convert("RGB"))[None])
print(json.dumps([model.pretrained_cfg["label_names"], logits[0].tolist()]))
"""
    draw(0).save(tmp_path / "drawing.png")
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    names, logits = json.loads(result.stdout)
    bundle = Recognizer.load().bundle
    assert names == list(bundle.label_names)
    expected = bundle.model(torch.from_numpy(bundle.pixels(draw(0))[:1]))[
        0
    ]  # timm takes the first look only
    assert logits == pytest.approx(expected.tolist(), abs=1e-3)
    gets = [line for line in hub.requests if "/resolve/" in line and line.startswith("GET")]
    fetched = {line.rsplit("/", 1)[1] for line in gets}
    assert fetched == {"config.json", "model.safetensors"}  # and no base model


def test_loading_fetches_what_it_needs_and_no_base_model(hub: Hub, tmp_path: Path) -> None:
    repository = Repository()
    files = {file.name: file.read_bytes() for file in EMBEDDED.iterdir()}
    repository.commit(files | {"optimizer.pt": b"state", "example-2.jpg": b"picture"})
    hub.repositories["models/ann/letters"] = repository
    ((commit, _),) = load(environment(hub, tmp_path / "home"), tmp_path, "ann/letters")
    assert commit == repository.refs["main"]
    gets = [line for line in hub.requests if "/resolve/" in line and line.startswith("GET")]
    assert {line.rsplit("/", 1)[1] for line in gets} == {
        "config.json", "graph.xml", "metrics.json", "model.safetensors", "example-2.jpg"
    }  # fmt: skip
    assert all(" /ann/letters/" in line for line in gets)


@pytest.mark.slow
def test_private_stays_private_and_the_token_is_nowhere(hub: Hub, tmp_path: Path) -> None:
    hub.repositories["models/ann/open"] = Repository()
    env = environment(hub, tmp_path / "home", TOKEN)
    _, refused = train_each(
        env,
        ["push", EMBEDDED, "ann/secret", "--private"],
        ["push", EMBEDDED, "ann/open", "--private"],
    )
    assert hub.repositories["models/ann/secret"].private
    assert "Error: 'ann/open' exists and is public." in refused
    assert hub.repositories["models/ann/open"].files() == {}
    ((error,),) = load(environment(hub, tmp_path / "stranger"), tmp_path, "ann/secret")
    assert "does not show it" in str(error)

    log = tmp_path / "log"
    with running(tmp_path / "uploads", env | {"ASL_MODEL": "ann/secret"}, log) as address:
        said = []
        for page in ("", "config", "gradio_api/info"):
            with urllib.request.urlopen(f"{address}/{page}") as answer:
                said.append(answer.read().decode())
        said.append(str(Client(address, verbose=False).predict(api_name="/model")))
    assert "ann/secret" in said[1]
    assert all(TOKEN not in text for text in [*said, log.read_text()])


@pytest.mark.slow
def test_a_pull_request_for_someone_else_s_repository(hub: Hub, tmp_path: Path) -> None:
    hub.repositories["models/bob/letters"] = Repository()
    env = environment(hub, tmp_path / "home", TOKEN)
    hub.repositories["models/ann/letters"] = Repository()
    same = ["push", EMBEDDED, "ann/letters"]
    said, _, nothing = train_each(
        env, ["push", EMBEDDED, "bob/letters", "--create-pr"], same, [*same, "--create-pr"]
    )
    assert "Nothing to propose: 'ann/letters' holds exactly this bundle." in nothing
    assert f"Proposed: {hub.url}/bob/letters/discussions/1" in said
    assert "Serve it: ASL_MODEL=bob/letters@refs/pr/1 python app.py" in said
    assert hub.repositories["models/bob/letters"].files() == {}  # bob decides
    assert len(load(env, tmp_path, "bob/letters@refs/pr/1")[0]) == 2


def leaking(folder: Path) -> Path:
    """Returns a bundle that contains a link to a private file outside it."""
    bundle = shutil.copytree(EMBEDDED, folder / "leaking")
    (folder / "token").write_text("hf_leaked")
    (bundle / "history.csv").unlink()
    (bundle / "history.csv").symlink_to(folder / "token")
    return bundle


def test_each_refusal_is_one_line_and_a_dry_run_sends_nothing(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    hub.repositories["models/bob/letters"] = Repository()
    expected = {
        ("ann/letters", None): "The Hub does not know you: log in with `hf auth login`",
        ("ann/letters", "hf_wrong"): "The Hub does not know you",
        ("bob/letters", TOKEN): "Your token may not write to 'bob/letters'.",
        ("ann/let ters", TOKEN): "'ann/let ters' is not of the form owner/name",
        ("letters", TOKEN): "'letters' is not of the form owner/name",
    }
    commands = [["push", EMBEDDED, repo_id] for repo_id, _ in expected]
    commands.append(["push", tmp_path / "folder", "ann/letters"])
    commands.append(["push", leaking(tmp_path), "ann/letters"])
    commands.append(["push", EMBEDDED, "bob/letters", "--create-pr", "--private"])
    commands.append(["push", EMBEDDED, "ann/letters", "--dry-run"])
    tokens = [token for _, token in expected]
    *errors, nothing, leak, both, dry = train_each(
        environment(hub, tmp_path), *commands, tokens=[*tokens, *[TOKEN] * 4]
    )
    for error, message in zip(errors, expected.values(), strict=True):
        assert error.splitlines()[-1].startswith(f"Error: {message}")
        assert "hf_wrong" not in error
    assert "is not a bundle: config.json and model.safetensors missing" in nothing
    assert "history.csv' is a link that leads out of the bundle" in leak
    assert "Error: --create-pr needs an existing repository, and cannot be combined" in both
    *listed, last = dry.splitlines()
    assert {line.split()[-1] for line in listed} == {file.name for file in EMBEDDED.iterdir()}
    assert last.startswith("Nothing was uploaded")
    assert list(hub.repositories) == ["models/bob/letters"]
    sent = [line for line in hub.requests if not line.startswith(("GET", "HEAD"))]
    assert not any("lfs" in line or "ann/letters" in line for line in sent)


@pytest.mark.slow
def test_a_tag_that_is_taken_and_a_hub_that_fails_half_way(hub: Hub, tmp_path: Path) -> None:
    env = environment(hub, tmp_path / "home", TOKEN)
    changed = shutil.copytree(EMBEDDED, tmp_path / "changed")
    (changed / "README.md").write_text("another card\n")
    (changed / "graph.xml").unlink()  # as for a network that OpenVINO cannot convert
    tagged = ["push", EMBEDDED, "ann/letters", "--tag", "best"]
    hub.fail("POST /api/models/ann/letters/commit", 503, times=1)
    first, taken, strange = train_each(
        env, tagged, ["push", changed, *tagged[2:]], [*tagged[:3], "--tag", "v1+x"]
    )
    assert "The Hub answers 503; retrying" in first
    assert "ASL_MODEL=ann/letters@best" in first
    assert "Error: 'ann/letters' has the version 'best' already" in taken
    assert "Error: --tag 'v1+x' may contain only letters" in strange
    repository = hub.repositories["models/ann/letters"]
    assert repository.refs["main"] == repository.refs["best"]  # no commit followed

    hub.fail("POST /api/models/ann/letters/tag", 500)
    (untagged,) = train_each(env, ["push", changed, "ann/letters"])
    commit = repository.refs["main"]
    assert f"The bundle is uploaded as ann/letters@{commit}, but has no tag." in untagged
    assert repository.files()["README.md"] == b"another card\n"
    assert "graph.xml" not in repository.files()  # the old one had other weights
    down = train(env | {"HF_ENDPOINT": "http://127.0.0.1:9"}, *tagged)
    assert down.returncode == 2
    assert "Error: The Hub cannot be reached (ConnectError). Nothing was uploaded." in down.stderr
    assert "Traceback" not in down.stderr


@pytest.mark.slow
def test_fit_push_asks_before_it_trains(hub: Hub, tmp_path: Path) -> None:
    env = environment(hub, tmp_path / "home", TOKEN)
    fit = ["fit", "--data", tmp_path, "--out", tmp_path / "out", "--push"]
    others, nameless, unknown = train_each(
        env, [*fit, "bob/letters"], [*fit, "letters"], [*fit, "ann/letters"],
        tokens=[TOKEN, TOKEN, None],
    )  # fmt: skip
    assert "You are ann on the Hub, and 'bob/letters' is someone else's." in others
    assert "'letters' is not of the form owner/name" in nameless
    assert "The Hub does not know you" in unknown
