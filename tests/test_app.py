"""The demo as users see it: the real program, called by the real client."""

import json
import urllib.request
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from asl_model import CLASSES, Prediction, Recognizer
from asl_model.demo.tabs.photo import describe
from tests.helpers.demo import files_in, probabilities, running, start
from tests.helpers.pictures import draw


def test_the_api_answers_as_the_package_does(
    client: Client, embedded: Recognizer, tmp_path: Path
) -> None:
    draw(3).save(tmp_path / "hand.png")
    answer = client.predict(handle_file(tmp_path / "hand.png"), 29, api_name="/predict")
    expected = embedded(tmp_path / "hand.png")
    assert answer["label"] == expected.label
    assert list(probabilities(answer)) == [name for name, _ in expected.top(29)]
    assert probabilities(answer) == pytest.approx(dict(expected.top(29)), abs=1e-3)


def test_a_photograph_of_a_person_never_seen(
    client: Client, embedded: Recognizer, photographs: Path
) -> None:
    photos = [sorted(folder.iterdir())[0] for folder in sorted(photographs.glob("dev/*/B"))]
    right = 0
    for photo in photos:
        answer = client.predict(handle_file(photo), api_name="/predict")
        expected = dict(embedded(photo).top(5))
        assert probabilities(answer) == pytest.approx(expected, abs=1e-3)
        right += answer["label"] == "B"
    assert right > len(photos) / 2


def test_top_k_is_five_unless_asked_for(client: Client, tmp_path: Path) -> None:
    draw(3).save(tmp_path / "hand.png")
    photo = handle_file(tmp_path / "hand.png")
    assert len(client.predict(photo, api_name="/predict")["confidences"]) == 5
    assert len(client.predict(photo, top_k=2, api_name="/predict")["confidences"]) == 2


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("text.jpg", b"hello, I am text", "'text.jpg' is not a picture that can be read"),
        ("empty.png", b"", "is not a picture that can be read"),
        ("page.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not a picture"),
    ],
)
def test_what_is_no_picture_gets_a_message(
    client: Client, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AppError, match=message):
        client.predict(handle_file(tmp_path / name), api_name="/predict")


def test_a_picture_that_is_cut_off_gets_a_message(client: Client, tmp_path: Path) -> None:
    Image.effect_noise((200, 200), 60).save(tmp_path / "hand.jpg")
    (tmp_path / "cut.jpg").write_bytes((tmp_path / "hand.jpg").read_bytes()[:3000])
    with pytest.raises(AppError, match=r"'cut\.jpg' is damaged or cut off"):
        client.predict(handle_file(tmp_path / "cut.jpg"), api_name="/predict")


def test_no_picture_and_too_many_letters(client: Client, tmp_path: Path) -> None:
    with pytest.raises(AppError, match="No picture was given"):
        client.predict(None, api_name="/predict")
    draw(3).save(tmp_path / "hand.png")
    with pytest.raises(AppError, match=f"greater than maximum value {len(CLASSES)}"):
        client.predict(handle_file(tmp_path / "hand.png"), 99, api_name="/predict")


@pytest.mark.parametrize(
    ("probabilities", "words"),
    [
        ({"A": 0.97, "S": 0.03}, "<h2>A</h2><p>97% sure."),
        ({"A": 0.5, "S": 0.4}, "<h2>Not sure</h2><p>It may be <strong>A</strong> (50%)."),
        ({"nothing": 0.99, "A": 0.01}, "<h2>No sign seen</h2>"),
        ({"J": 0.97, "I": 0.03}, "so this may be an I."),
        ({"Z": 0.97, "D": 0.03}, "so this may be a D or a G."),
    ],
)
def test_an_answer_in_words(probabilities: dict[str, float], words: str) -> None:
    names, values = zip(*probabilities.items(), strict=True)
    assert words in describe(Prediction(names, values, threshold=0.8))


def test_the_page_says_which_model_answers_and_how_good_it_is(
    address: str, embedded: Recognizer
) -> None:
    with urllib.request.urlopen(f"{address}/config") as answer:
        page = json.dumps(json.load(answer))
    unseen = embedded.bundle.metrics.splits["unseen_people"]
    assert "Model: **embedded**" in page
    assert f"**{unseen.top1:.1%}** of pictures of people" in page
    low, high = unseen.top1_interval
    assert f"{unseen.n:,} pictures; 95% interval {low:.1%} to {high:.1%} for other people" in page
    alarms = embedded.bundle.metrics.not_hands
    assert alarms
    assert f"a letter on {alarms.letter_claimed:.1%} of {alarms.n} pictures" in page


def test_scripts_learn_which_model_answers(client: Client, embedded: Recognizer) -> None:
    said = client.predict(api_name="/model")
    assert (said["name"], said["commit"]) == ("embedded", None)
    assert said["classes"] == list(CLASSES)
    assert said["threshold"] == embedded.bundle.calibration.threshold
    unseen = embedded.bundle.metrics.splits["unseen_people"]
    expected = {"n": unseen.n, "top1": unseen.top1, "top3": unseen.top3}
    assert said["figures"]["unseen_people"] == expected


@pytest.mark.slow
def test_no_picture_stays_when_the_demo_is_terminated(tmp_path: Path) -> None:
    draw(3).save(tmp_path / "hand.png")
    uploads = tmp_path / "uploads"
    with running(uploads) as url:
        client = Client(url, verbose=False)
        client.predict(handle_file(tmp_path / "hand.png"), api_name="/predict")
        assert files_in(uploads)  # kept for a moment, to be read
    assert files_in(uploads) == []


@pytest.mark.parametrize(
    ("model", "message"),
    [("nowhere", "Error: No model at 'nowhere'"), ("owner/name", "Error: The model 'owner/name'")],
)
def test_a_model_that_cannot_be_had_is_never_replaced(model: str, message: str) -> None:
    server = start(0, ASL_MODEL=model)
    output, _ = server.communicate(timeout=100)
    assert server.returncode == 1
    assert output.splitlines()[-1].startswith(message)
    assert "Traceback" not in output
