"""Faults while the demo runs: nothing is lost or half-written, and errors are clear."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from asl_model import BundleError, Recognizer
from asl_model.bundle import EMBEDDED
from asl_model.demo.tabs import photo
from tests.helpers import ROOT
from tests.helpers.demo import files_in, free_port, running, server_of
from tests.helpers.hub import Hub
from tests.helpers.hub.client import environment
from tests.helpers.in_process import Slow, serving
from tests.helpers.pictures import draw
from tests.helpers.processes import wait_until
from tests.helpers.rest import Caller


def copy_of_embedded(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EMBEDDED, tmp_path / "bundle"))


FILLED = """
import resource, signal, sys
from pathlib import Path
from asl_model.bundle import load_bundle
from train.publishing.save_bundle import save_bundle
bundle = load_bundle()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))  # no file may grow beyond it
save_bundle(Path(sys.argv[1]), bundle, "# new card")
"""


@pytest.mark.slow
def test_a_disk_that_is_full_while_saving_loses_nothing(tmp_path: Path) -> None:
    folder = copy_of_embedded(tmp_path)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    done = subprocess.run(
        [sys.executable, "-c", FILLED, str(folder)], cwd=ROOT, capture_output=True, text=True
    )
    assert "File too large" in done.stderr
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]  # nothing half-written


def test_a_cache_that_cannot_be_written_is_one_clear_error(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the cache's folder is to be")
    code = (
        "from asl_model import BundleError, Recognizer\n"
        "try: Recognizer.load('ann/letters')\n"
        "except BundleError as error: print('told:', error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(hub, tmp_path / "home"),
        capture_output=True,
        text=True,
    )
    assert "told: " in done.stdout, done.stderr
    assert "ann/letters" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_the_embedded_model_answers_where_nothing_can_be_written(tmp_path: Path) -> None:
    """The model needs no cache and no compiled file: home and cache are files, not folders."""
    (tmp_path / "nothing").write_text("")
    code = (
        "import numpy; from asl_model import Recognizer; "
        "print(Recognizer.load()(numpy.zeros((9, 9, 3), numpy.uint8)).label)"
    )
    place = str(tmp_path / "nothing")
    environment = {"HOME": place, "XDG_CACHE_HOME": place, "HF_HOME": place}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("change", ["replaced", "deleted", "cut off"])
def test_a_model_folder_that_changes_while_it_serves(tmp_path: Path, change: str) -> None:
    folder = copy_of_embedded(tmp_path)
    recognizer = Recognizer.load(folder)
    before = recognizer(draw(0))
    weights = folder / "model.safetensors"
    if change == "replaced":
        size = weights.stat().st_size
        weights.unlink()
        weights.write_bytes(bytes(size))
    elif change == "deleted":
        shutil.rmtree(folder)
    else:
        with weights.open("r+b") as file:
            file.truncate(1000)
    assert recognizer(draw(0)) == before
    draw(0).save(tmp_path / "hand.png")
    with pytest.raises(BundleError, match="have changed since it was loaded"):
        _ = recognizer.bundle.model
    words, label, _, lit = photo.answer(recognizer, str(tmp_path / "hand.png"), 5, explained=True)
    assert label == dict(before.top(5))  # only the picture of where it looked is missing
    assert not lit.visible
    assert words


WAITING = """
import sys, time
from pathlib import Path
import app
from asl_model import Recognizer
from asl_model.bundle import read_bundle

folder = Path(sys.argv[1])

class Waiting(Recognizer):
    def read(self, picture, last=None):
        (folder / "asked").touch()
        while not (folder / "go-on").exists():
            time.sleep(0.01)
        return super().read(picture, last)

app.load_model = lambda: Waiting(read_bundle())
app.main()
"""


def test_a_request_in_work_is_finished_before_the_demo_ends(tmp_path: Path) -> None:
    draw(3).save(tmp_path / "hand.png")
    uploads, port = tmp_path / "uploads", free_port()
    environment = {"GRADIO_SERVER_PORT": str(port), "GRADIO_TEMP_DIR": str(uploads)}
    with (tmp_path / "log").open("w+") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", WAITING, str(tmp_path)],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            caller = Caller(f"http://127.0.0.1:{port}")
            path = wait_until(lambda: uploaded(caller, tmp_path / "hand.png"))
            answers: list[tuple[str, Any]] = []
            thread = threading.Thread(target=lambda: answers.append(caller.ask(path)))
            thread.start()
            wait_until((tmp_path / "asked").exists)
            server.send_signal(signal.SIGTERM)
            (tmp_path / "go-on").touch()
            thread.join(30)
            assert [event for event, _ in answers] == ["complete"]
            assert server.wait(30) == 0
        finally:
            server.kill()
        log.seek(0)
        assert "Traceback" not in log.read()
    assert files_in(uploads) == []


def uploaded(caller: Caller, picture: Path) -> str:
    """Uploads a picture and returns its path; returns '' while the server is starting."""
    try:
        return caller.upload(picture.read_bytes())
    except OSError:
        return ""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no such signal on Windows")
def test_nohup_is_heeded(tmp_path: Path) -> None:
    """A program that was started with `nohup` goes on when its terminal is closed."""
    draw(3).save(tmp_path / "hand.png")
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the program inherits this
    try:
        with running(tmp_path / "uploads") as url:
            os.kill(server_of(url), signal.SIGHUP)
            time.sleep(1)
            caller = Caller(url)
            event, _ = caller.ask(caller.upload((tmp_path / "hand.png").read_bytes()))
            assert event == "complete"
    finally:
        signal.signal(signal.SIGHUP, before)


def test_an_exception_is_reported_and_the_next_request_is_fine(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    faults: list[Exception] = [RuntimeError("secret detail"), MemoryError("no memory")]

    def fail() -> None:
        if faults:
            raise faults.pop(0)

    draw(3).save(tmp_path / "hand.png")
    with serving(Slow(fail)) as url:
        client = Client(url, verbose=False)
        for _ in range(2):
            with pytest.raises(AppError) as raised:
                client.predict(handle_file(tmp_path / "hand.png"), api_name="/predict")
            assert "secret detail" not in str(raised.value)
        answer = client.predict(handle_file(tmp_path / "hand.png"), api_name="/predict")
        assert len(answer["confidences"]) == 5
    said = capfd.readouterr()
    assert "secret detail" in said.out + said.err  # for whoever runs the demo
