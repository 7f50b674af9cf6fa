"""Runs programs in their own processes that use the real Hub client with the local test Hub."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.helpers import ROOT
from tests.helpers.hub.reading import TOKEN
from tests.helpers.hub.server import Hub
from tests.helpers.pictures import draw


def environment(hub: Hub, home: Path, token: str | None = None) -> dict[str, str]:
    """Returns environment variables that make a process use this Hub and no other."""
    own = {k: v for k, v in os.environ.items() if k not in ("HF_TOKEN", "HF_HUB_OFFLINE")}
    own |= {"HF_ENDPOINT": hub.url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"}
    return own | ({"HF_TOKEN": token} if token else {})


def train(env: dict[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    """Runs `python -m train` and checks that it does not print the token."""
    result = subprocess.run(
        [sys.executable, "-m", "train", *map(str, arguments)],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
    )
    assert TOKEN not in result.stdout + result.stderr
    return result


EACH = """
import contextlib, io, json, os, sys
from train.__main__ import app
from train.errors import TrainError
for token, arguments in json.load(sys.stdin):
    os.environ.pop("HF_TOKEN", None)
    if token:
        os.environ["HF_TOKEN"] = token
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            app(arguments, standalone_mode=False)
        except TrainError as error:
            print("Error:", error)
    print(json.dumps(said.getvalue()))
"""


def train_each(
    env: dict[str, str], *commands: Sequence[object], tokens: Sequence[str | None] = ()
) -> list[str]:
    """Runs commands of `python -m train` in one process, because starting one takes long.

    Returns:
        The output of each command. After a mistake of the user the last line is 'Error: ...'.
    """
    given = list(tokens) or [env.get("HF_TOKEN")] * len(commands)
    todo = [
        [token, list(map(str, command))] for token, command in zip(given, commands, strict=True)
    ]
    result = subprocess.run(
        [sys.executable, "-c", EACH],
        cwd=ROOT,
        env=env,
        input=json.dumps(todo),
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert TOKEN not in result.stdout + result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


LOAD = """
import json, sys
from asl_model import BundleError, Recognizer
for name in sys.argv[1:]:
    try:
        recognizer = Recognizer.load(name)
        print(json.dumps([recognizer.bundle.commit, recognizer("drawing.png").top(29)]))
    except BundleError as error:
        print(json.dumps([str(error)]))
"""


def load(env: dict[str, str], folder: Path, *names: str) -> list[list[object]]:
    """Loads models in a new process; returns [commit, answer] or [error] for each model."""
    draw(0).save(folder / "drawing.png")
    result = subprocess.run(
        [sys.executable, "-c", LOAD, *names],
        cwd=folder,
        env=env | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert TOKEN not in result.stdout + result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]
