"""The demo as a Space: what is uploaded, which model it serves there, and on which hardware."""

import os
from pathlib import Path

import pytest
from gradio_client import Client
from huggingface_hub import RepoCard

from asl_model.bundle import EMBEDDED
from tests.helpers import ROOT
from tests.helpers.demo import running, start
from tests.helpers.hub import TOKEN, Hub, Repository
from tests.helpers.hub.client import environment, train_each

PACKAGE = {str(file.relative_to(ROOT)) for file in (ROOT / "asl_model").rglob("*.py")}
FINDER = {f"asl_model/hand/embedded/{name}" for name in ("model.safetensors", "graph.xml")}
FILES = {"README.md", "app.py", "requirements.txt", "LICENSE"} | PACKAGE | FINDER


def model() -> Repository:
    repository = Repository()
    repository.commit({file.name: file.read_bytes() for file in EMBEDDED.iterdir()})
    return repository


@pytest.mark.slow
def test_a_space_gets_exactly_what_it_needs_and_runs(hub: Hub, tmp_path: Path) -> None:
    hub.repositories["models/ann/letters"] = model()
    env = environment(hub, tmp_path / "home", TOKEN)
    dry, absent, nameless = train_each(
        env,
        ["space", "ann/demo", "--model", "ann/letters", "--dry-run"],
        ["space", "ann/demo", "--model", "ann/absent"],
        ["space", "ann/demo", "--model", "letters"],
    )
    assert {line.split()[-1] for line in dry.splitlines()[:-1]} == FILES
    assert "would be one commit to ann/demo, which also removes" in dry
    assert "Error: The Hub has no 'ann/absent', or" in absent
    assert "Error: --model 'letters' is not of the form owner/name" in nameless
    assert list(hub.repositories) == ["models/ann/letters"]

    before = Repository()
    before.commit({".gitattributes": b"", "old.py": b"", "app.py": b"another"})
    hub.repositories["spaces/ann/demo"] = before
    made, again, public = train_each(
        env,
        ["space", "ann/demo", "--model", "ann/letters"],
        ["space", "ann/demo", "--model", "ann/letters@main"],
        ["space", "ann/demo", "--model", "ann/letters", "--private"],
    )
    assert "'ann/demo' exists and is public." in public
    commit = hub.repositories["models/ann/letters"].refs["main"]
    assert f"It is being built: {hub.url}/spaces/ann/demo" in made
    assert "removed  old.py" in made
    assert f"The Space serves ann/letters@{commit}" in again  # and is brought up to date
    space = hub.repositories["spaces/ann/demo"]
    assert set(space.files()) == FILES | {".gitattributes"}
    assert space.variables == {"ASL_MODEL": f"ann/letters@{commit}"}
    for path, content in space.files().items():
        (tmp_path / "space" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "space" / path).write_bytes(content)
        if path not in ("README.md", ".gitattributes"):
            assert content == (ROOT / path).read_bytes()
    front = RepoCard.load(tmp_path / "space" / "README.md").data.to_dict()
    assert front["models"] == ["ann/letters"]
    (preloaded,) = front["preload_from_hub"]
    assert preloaded.split() == [
        "ann/letters", "config.json,model.safetensors,graph.xml,metrics.json", commit
    ]  # fmt: skip
    assert {"sdk_version", "python_version", "short_description"} <= set(front)
    text = space.files()["README.md"].decode()
    assert "# Letters of the American manual alphabet" in text
    assert "It serves the model `ann/letters`." in text
    assert "](docs/" not in text  # the Space has no docs folder
    assert len(front["short_description"]) <= 60  # the Hub refuses more

    served = environment(hub, tmp_path / "cache") | space.variables
    with running(tmp_path / "uploads", served, folder=tmp_path / "space") as address:
        said = Client(address, verbose=False).predict(api_name="/model")
    assert (said["name"], said["commit"]) == (f"ann/letters@{commit}", commit)


def test_only_files_that_the_model_has_are_fetched_beforehand(hub: Hub, tmp_path: Path) -> None:
    """A network that OpenVINO cannot convert has no graph."""
    without = model()
    without.commit({n: content for n, content in without.files().items() if n != "graph.xml"})
    hub.repositories["models/ann/letters"] = without
    env = environment(hub, tmp_path / "home", TOKEN)
    train_each(env, ["space", "ann/demo", "--model", "ann/letters"])
    readme = hub.repositories["spaces/ann/demo"].files()["README.md"].decode()
    assert "- ann/letters config.json,model.safetensors,metrics.json " in readme


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kept", "named"), [(True, "ann/letters"), (False, "embedded")], ids=["owner's", "none"]
)
def test_with_nothing_set_a_space_serves_its_owner_s_model(
    hub: Hub, tmp_path: Path, kept: bool, named: str
) -> None:
    if kept:
        hub.repositories["models/ann/letters"] = model()
    log = tmp_path / "log"
    env = environment(hub, tmp_path / "home") | {"SPACE_ID": "ann/letters"}
    with running(tmp_path / "uploads", env, log) as address:
        assert Client(address, verbose=False).predict(api_name="/model")["name"] == named
    assert ("No model 'ann/letters'" in log.read_text()) is not kept


def test_an_owner_s_model_that_is_broken_is_not_replaced(hub: Hub, tmp_path: Path) -> None:
    broken = model()
    broken.commit(broken.files() | {"config.json": b"{}"})
    hub.repositories["models/ann/letters"] = broken
    server = start(0, environment(hub, tmp_path / "home"), SPACE_ID="ann/letters")
    output, _ = server.communicate(timeout=100)
    assert server.returncode == 1
    assert "'ann/letters' is not a bundle of this project" in output


def test_zero_gpu_finds_the_function_that_it_wants(tmp_path: Path) -> None:
    """The package `spaces` exists on Spaces only, so a module of that name stands in for it."""
    (tmp_path / "spaces.py").write_text(
        "import pathlib\n"
        "def GPU(function):\n"
        f"    pathlib.Path({str(tmp_path / 'seen')!r}).write_text(function.__name__)\n"
        "    return function\n"
    )
    base = {**os.environ, "PYTHONPATH": str(tmp_path)}
    with running(tmp_path / "uploads", base):
        assert (tmp_path / "seen").read_text()
