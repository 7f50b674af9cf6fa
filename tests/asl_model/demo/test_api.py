"""The API beyond `/predict` with one picture, and what nobody may call."""

import json
import re
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from asl_model import Recognizer
from asl_model.demo.tabs import shared_camera
from tests.helpers import ROOT
from tests.helpers.demo import probabilities
from tests.helpers.in_process import serving
from tests.helpers.pictures import draw
from tests.helpers.rest import Caller, ask_the_queue


def test_many_pictures_are_answered_in_one_call(
    client: Client, embedded: Recognizer, tmp_path: Path
) -> None:
    """A file that is not a picture does not affect the answers for the others."""
    pictures = [tmp_path / f"{number}.png" for number in range(3)]
    for number, picture in enumerate(pictures):
        draw(number).save(picture)
    pictures[1].write_text("hello, I am text")
    given = [handle_file(picture) for picture in pictures]
    assert client.predict([given[1], given[0]], api_name="/predict_many")[0]["letter"] is None
    answers = client.predict(given, top_k=2, api_name="/predict_many")
    for picture, answer in zip(pictures[::2], answers[::2], strict=True):
        expected = embedded(picture)
        assert answer["letter"] == expected.letter
        assert probabilities(answer) == pytest.approx(dict(expected.top(2)), abs=1e-3)
        assert answer["error"] is None
        assert answer["box"] is None  # no hand is in a drawing
    assert answers[1]["confidences"] == []
    assert "is not a picture that can be read" in answers[1]["error"]
    with pytest.raises(AppError, match="No picture was given"):
        client.predict([], api_name="/predict_many")
    with pytest.raises(AppError, match="101 pictures were given; one call takes 100"):
        client.predict([given[0]] * 101, api_name="/predict_many")


def test_names_and_types_that_scripts_rely_on(client: Client) -> None:
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert {
        name: [(p["parameter_name"], p["python_type"]["type"]) for p in endpoint["parameters"]]
        for name, endpoint in endpoints.items()
    } == {
        "/predict": [("image", "filepath"), ("top_k", "float")],
        "/predict_many": [("images", "list[filepath]"), ("top_k", "float")],
        "/model": [],
    }
    for endpoint in endpoints.values():
        assert endpoint["description"]


def test_values_of_another_kind_are_explained(client: Client, tmp_path: Path) -> None:
    """The usual mistake is to give a file's name instead of the file."""
    draw(3).save(tmp_path / "hand.png")
    with pytest.raises(AppError, match=r"predict takes image, top_k.*handle_file"):
        client.predict(str(tmp_path / "hand.png"), api_name="/predict")
    with pytest.raises(AppError, match=r"predict_many takes images, top_k.*handle_file"):
        client.predict([str(tmp_path / "hand.png")], api_name="/predict_many")
    picture = handle_file(tmp_path / "hand.png")
    with pytest.raises(AppError, match=r"given .*'many'"):
        client.predict(picture, top_k="many", api_name="/predict")
    with pytest.raises(AppError, match="29"):  # Gradio's own words: greater than the maximum
        client.predict(picture, top_k=30, api_name="/predict")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_readmes_curl(address: str, embedded: Recognizer, tmp_path: Path) -> None:
    """Runs the block in docs/api.md word for word, except for the address."""
    readme = (ROOT / "docs" / "api.md").read_text("utf-8")
    (block,) = re.findall(r"^```bash\n(url=.*?)^```$", readme, flags=re.M | re.S)
    draw(3).save(tmp_path / "hand.jpg")
    script = block.replace("http://127.0.0.1:7860", address)
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True)
    event, data = done.stdout.strip().splitlines()
    assert event == "event: complete"
    (answer,) = json.loads(data.removeprefix("data: "))
    expected = embedded(tmp_path / "hand.jpg").top(3)
    assert probabilities(answer) == pytest.approx(dict(expected), abs=1e-3)


def test_an_upload_that_was_swept_is_asked_for_again(address: str, tmp_path: Path) -> None:
    """The message does not show the path, because it is on a server that the user cannot see."""
    draw(3).save(tmp_path / "hand.png")
    caller = Caller(address)
    path = caller.upload((tmp_path / "hand.png").read_bytes())
    Path(path).unlink()
    given = {"path": path, "meta": {"_type": "gradio.FileData"}}
    with urllib.request.urlopen(f"{address}/config") as answer:
        calls = {call["api_name"]: call["id"] for call in json.load(answer)["dependencies"]}
    for name, data in {"predict": [given, 5], "predict_many": [[given], 5]}.items():
        body = {"fn_index": calls[name], "data": data, "session_hash": "someone"}
        said = ask_the_queue(address, body)
        assert "uploads are deleted after five minutes" in said
        assert path not in said


@pytest.mark.parametrize("meta", [{}, {"meta": {"_type": "gradio.FileData"}}])
def test_no_other_file_of_the_machine_is_read(
    embedded: Recognizer, tmp_path: Path, meta: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the API nor the page's own calls read a picture that lies on the server."""
    monkeypatch.setattr(shared_camera, "TURN_SECONDS", 1)  # a camera's call stays open this long
    with serving(embedded) as address:
        ask_for_a_private_file(address, tmp_path, meta)


def ask_for_a_private_file(address: str, tmp_path: Path, meta: Any) -> None:
    draw(3).save(tmp_path / "private.png")
    given = {"path": str(tmp_path / "private.png"), **meta}
    with urllib.request.urlopen(f"{address}/config") as answer:
        calls = json.load(answer)["dependencies"]
    tried = 0
    for call in calls:
        data = {
            "predict": [given, 5],
            "predict_many": [[given], 5],
            "show": [given, 5, True],
            "look": [given, None],
        }.get(call["api_name"] or "")
        if data:
            tried += 1
            body = {"fn_index": call["id"], "data": data, "session_hash": "someone"}
            said = ask_the_queue(address, body)
            assert "confidence" not in said
            assert "process_completed" in said
            if call["api_name"] != "look":  # it reads frames from data URLs only
                assert '"success":false' in said
    assert tried == 4
