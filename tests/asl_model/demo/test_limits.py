"""Limits of the demo: what it accepts, how much at once, and what happens with more."""

import os
import socket
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from asl_model import Prediction, Recognizer
from asl_model.bundle import read_bundle
from asl_model.demo import api, page
from asl_model.demo.gradio_guards import uploads
from asl_model.demo.page import build
from asl_model.demo.tabs import shared_camera
from tests.benchmarks.load import run_load
from tests.helpers.demo import files_in, running, server_of
from tests.helpers.in_process import Slow, app_launched, serving
from tests.helpers.pictures import draw
from tests.helpers.processes import wait_until
from tests.helpers.rest import Caller


@pytest.fixture
def picture(tmp_path: Path) -> bytes:
    draw(3).save(tmp_path / "hand.png")
    return (tmp_path / "hand.png").read_bytes()


def test_a_full_queue_refuses_at_once_and_serves_the_others(picture: bytes) -> None:
    begin = threading.Event()
    outcomes: list[str] = []

    def call(caller: Caller, path: str) -> None:
        try:
            outcomes.append(caller.ask(path)[0])
        except OSError as error:
            outcomes.append(str(error))

    with serving(Slow(begin.wait)) as url:
        caller = Caller(url)
        path = caller.upload(picture)
        more = page.MAX_WAITING + page.CONCURRENT_REQUESTS + 10
        threads = [threading.Thread(target=call, args=(caller, path)) for _ in range(more)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(outcomes) >= 10)
        refused = list(outcomes)
        begin.set()
        for thread in threads:
            thread.join(60)
    assert len(refused) == 10
    assert all("503" in words for words in refused)
    assert outcomes[10:] == ["complete"] * (page.MAX_WAITING + page.CONCURRENT_REQUESTS)


@pytest.mark.slow
def test_slow_and_vanished_clients_hold_nothing_up(picture: bytes, tmp_path: Path) -> None:
    with running(tmp_path / "uploads") as url:
        host, port = url.removeprefix("http://").split(":")
        caller, sockets = Caller(url), []
        path = caller.upload(picture)
        for number in range(40):
            connection = socket.create_connection((host, int(port)))
            head = "POST /gradio_api/upload HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n"
            kind = "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\nContent-"
            connection.sendall((head + kind).encode())
            sockets.append(connection)  # 40 uploads that never end
            if number % 2:
                connection.close()
        for _ in range(5):  # clients that leave before the answer
            data = f'{{"data": [{{"path": "{path}", "meta": {{"_type": "gradio.FileData"}}}}, 5]}}'
            connection = socket.create_connection((host, int(port)))
            head = (
                f"POST /gradio_api/call/predict HTTP/1.1\r\nHost: a\r\nContent-Length: {len(data)}"
            )
            connection.sendall(f"{head}\r\nContent-Type: application/json\r\n\r\n{data}".encode())
            connection.close()
        event, _ = caller.ask(path)
        assert event == "complete"
        for connection in sockets:
            connection.close()


def test_a_call_with_many_pictures_ends_in_time(tmp_path: Path, embedded: Recognizer) -> None:
    files = []
    for number in range(4):
        draw(number).save(tmp_path / f"{number}.png")
        files.append(str(tmp_path / f"{number}.png"))
    now = iter([100.0, 100.0, 129.9, 130.1, 140.0])  # at the start, then before each picture
    answers = api._answers(embedded, files, 5, lambda: next(now))
    assert [len(answer["confidences"]) for answer in answers] == [5, 5, 0, 0]
    assert [answer["error"] for answer in answers[:2]] == [None, None]
    assert all("took longer than 30 seconds" in answer["error"] for answer in answers[2:])


def test_lists_beyond_a_few_are_refused_and_letters_still_read(
    picture: bytes, tmp_path: Path
) -> None:
    begin = threading.Event()

    class SlowLists(Recognizer):
        def read_many(self, pictures: Iterable[Image.Image]) -> Iterator[Prediction]:
            begin.wait()
            return super().read_many(pictures)

    outcomes: list[str] = []

    def call(client: Client) -> None:
        files = [handle_file(tmp_path / "hand.png")]
        try:
            outcomes.append(client.predict(files, api_name="/predict_many")[0]["letter"])
        except AppError as error:
            outcomes.append(str(error))

    with serving(SlowLists(read_bundle())) as url:
        client = Client(url, verbose=False)
        threads = [
            threading.Thread(target=call, args=(client,)) for _ in range(api.CONCURRENT_LISTS + 1)
        ]
        for thread in threads:
            thread.start()
        wait_until(lambda: outcomes)
        refused = list(outcomes)
        begin.set()
        for thread in threads:
            thread.join(60)
        assert "4 lists of pictures are being read" in refused[0]
        assert len(outcomes) == api.CONCURRENT_LISTS + 1
        assert not [words for words in outcomes[1:] if words and "lists" in words]
        call(client)  # places are free again
        assert outcomes[-1] == outcomes[-2]


def test_what_was_given_is_not_kept(picture: bytes, tmp_path: Path) -> None:
    """Gradio stores the inputs of each session; neither refused nor read inputs may stay there."""
    demo = build(Recognizer.load())
    _, url, _ = app_launched(demo)
    try:
        client = Client(url, verbose=False)
        with pytest.raises(AppError, match="takes"):
            client.predict(handle_file(tmp_path / "hand.png"), ["x" * 9], api_name="/predict")
        client.predict(handle_file(tmp_path / "hand.png"), 3, api_name="/predict")
        sessions = list(demo.app.state_holder.session_data.values())
        assert sessions
        predict = next(fn for fn in demo.fns.values() if fn.api_name == "predict")
        for block in predict.inputs:
            for session in sessions:
                assert session.config_values[block._id]["props"]["value"] is None
    finally:
        demo.close()


def test_nobody_skips_the_queue(picture: bytes) -> None:
    with serving(Slow(bool)) as url:
        caller = Caller(url)
        body = f'{{"data": [{{"path": "{caller.upload(picture)}"}}, 5]}}'.encode()
        with pytest.raises(OSError, match="404"):
            caller._post("run/predict", body, {"Content-Type": "application/json"})


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")
def test_many_clients_at_once_lose_nothing(tmp_path: Path) -> None:
    """A short run of `tests/benchmarks/load.py`."""
    (tmp_path / "pictures").mkdir()
    with running(tmp_path / "uploads") as url:
        process = server_of(url)
        run_load(url, process, 100, 32, tmp_path / "pictures")
        tally = run_load(url, process, 600, 32, tmp_path / "pictures")
    assert set(tally.outcomes) <= {"right", "refused"}
    assert tally.outcomes["right"] == 600
    assert max(tally.memory) - tally.memory[0] < 50
    # While the demo runs, uploads are deleted after five minutes (`test_uploads.py`).
    assert files_in(tmp_path / "uploads") == []


def test_gradio_is_asked_for_safe_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page as launched: reachable from this machine only, no other files, small uploads."""
    swept: list[Path] = []
    monkeypatch.setattr(uploads, "keep_swept", swept.append)
    demo = build(Recognizer.load())
    try:
        _, url, share = app_launched(demo)
        assert url.startswith(("http://127.0.0.1", "http://localhost"))
        assert demo.server_name == "127.0.0.1"  # `url` is the same if it serves everyone
        assert not share
        assert demo.max_file_size == 20 * 1024 * 1024
        assert not demo.enable_monitoring  # it would show all requests to everybody
        assert demo._queue.ANALYTICS_MAX_EVENTS == 100
        assert demo._queue.ANAYLTICS_CACHE_FREQUENCY > 10**6  # Gradio's spelling
        assert demo.allowed_paths == []
        assert demo._queue.max_size == page.MAX_WAITING
        assert swept == [Path(os.environ["GRADIO_TEMP_DIR"])]
        watching = [fn for fn in demo.fns.values() if fn.concurrency_id == "camera"]
        assert len(watching) == 2  # Live and Practice together leave places for other requests
        assert {fn.concurrency_limit for fn in watching} == {shared_camera.CONCURRENT_CAMERAS}
    finally:
        demo.close()
