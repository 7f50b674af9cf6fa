"""Damaged pictures (bits flipped, cut or spliced), and files that are not what they claim."""

import io
import json
import re
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from asl_model import ImageError, Recognizer
from tests.helpers.demo import memory, running, server_of
from tests.helpers.pictures import draw
from tests.helpers.rest import Caller

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "BMP")
LONGEST = 5.0
"""Longest time that a picture may take, in seconds. It detects a hang; it is no test of speed."""


def originals() -> list[bytes]:
    files = []
    for number, name in enumerate(FORMATS):
        for options in ({}, {"save_all": True, "append_images": [draw(9)]}):
            if options and name in ("JPEG", "BMP"):
                options = {"progressive": True}  # BMP ignores this
            file = io.BytesIO()
            draw(number).save(file, name, **options)
            files.append(file.getvalue())
    return files


def mutated(count: int, seed: int) -> Iterator[bytes]:
    """Yields pictures with one of three kinds of damage each; always the same for a seed."""
    random, files = np.random.default_rng(seed), originals()
    for number in range(count):
        data = bytearray(files[number % len(files)])
        kind = random.integers(3)
        if kind == 0:  # flip bits, mostly in the header, where sizes and offsets are
            for _ in range(random.integers(1, 20)):
                place = int(random.integers(len(data) if random.random() < 0.5 else 64))
                data[place % len(data)] ^= 1 << int(random.integers(8))
        elif kind == 1:  # cut
            del data[int(random.integers(1, len(data))) :]
        else:  # the beginning of one file, the rest of another
            other = files[int(random.integers(len(files)))]
            data[int(random.integers(4, 200)) :] = other[int(random.integers(4, 200)) :]
        yield bytes(data)


def test_2000_mutated_pictures_are_read_or_refused(embedded: Recognizer) -> None:
    read, refused = 0, []
    for number, data in enumerate(mutated(2000, seed=0)):
        started = time.monotonic()
        try:
            embedded(data)
            read += 1
        except ImageError as error:
            refused.append(str(error))
        assert time.monotonic() - started < LONGEST, number
    assert read > 200  # some damage is not seen, and some is in the last row only
    assert len(refused) > 200
    assert not [message for message in refused if "\n" in message]


@pytest.mark.slow
def test_300_mutated_pictures_through_the_api(tmp_path: Path) -> None:
    log = tmp_path / "log"
    read, refused = 0, []
    with running(tmp_path / "uploads", log=log) as url:
        client = Client(url, verbose=False)
        for number, data in enumerate(mutated(300, seed=1)):
            suffix = FORMATS[number // 2 % len(FORMATS)].lower()
            (tmp_path / f"hand.{suffix}").write_bytes(data)
            started = time.monotonic()
            try:
                client.predict(handle_file(tmp_path / f"hand.{suffix}"), api_name="/predict")
                read += 1
            except AppError as error:
                refused.append(str(error))
            assert time.monotonic() - started < LONGEST, number
    assert read > 30
    assert len(refused) > 30
    assert not [message for message in refused if "hand" not in message]  # it names the file
    assert "Traceback" not in log.read_text()


def png_that_claims(width: int, height: int) -> bytes:
    """Returns a PNG with a complete and valid header and almost no data after it."""
    file = io.BytesIO()
    Image.new("RGB", (1, 1)).save(file, "PNG")
    data = bytearray(file.getvalue())
    data[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    return bytes(data)


def saved(image: Image.Image, name: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, name, **options)
    return file.getvalue()


ODD: dict[str, tuple[bytes, str]] = {
    "zero.jpg": (b"", "is not a picture that can be read"),
    "bomb.png": (png_that_claims(30_000, 30_000), "is too large"),
    "lie.png": (png_that_claims(5_000, 5_000), "is damaged or cut off"),
    "thin.png": (saved(Image.new("L", (1, 20_000)), "PNG"), ""),
    "wide.png": (saved(Image.new("L", (20_000, 1)), "PNG"), ""),
    "dot.gif": (saved(Image.new("P", (1, 1)), "GIF"), ""),
    "page.html": (b"<!doctype html><script>alert(1)</script>", "is not a picture"),
    "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg' width='9'/>", "is not a picture"),
    "film.mp4": (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(5000), "is not a picture"),
    "wave.webp": (
        saved(draw(0), "WEBP", save_all=True, append_images=[draw(n) for n in range(30)]),
        "",
    ),
    "..": (saved(draw(0), "PNG"), "Bad Request"),
    "../../hand.png": (saved(draw(0), "PNG"), ""),
    "h\udcffnd.png": (saved(draw(0), "PNG"), ""),
    "x" * 300 + ".png": (saved(draw(0), "PNG"), ""),
}
"""By the name that a file is sent under: its bytes and the error message, '' if it is read."""


@pytest.mark.parametrize("name", ODD, ids=[ascii(name)[:20] for name in ODD])
def test_what_lies_about_itself(address: str, name: str) -> None:

    content, message = ODD[name]
    caller, server = Caller(address), server_of(address)
    before = memory(server)
    started = time.monotonic()
    event, data = "error", ""
    try:
        sent_as = name.encode("utf-8", "surrogateescape").decode("latin-1")
        event, data = caller.ask(caller.upload(content, sent_as))
    except urllib.error.HTTPError as error:  # refused before it is saved as a file
        data = str(error)
    assert time.monotonic() - started < LONGEST
    assert event == ("error" if message else "complete")
    assert message in str(data)
    assert memory(server, "VmHWM") - before < 300  # the peak: a bomb's memory is freed


@pytest.mark.parametrize(
    "data",
    [
        [],
        [None],
        ["hand.png", 5],
        [{"path": "hand.png"}, 5],
        [{"url": "data:image/png;base64,AAAA"}, 5],
        [{"path": ["a"], "meta": {"_type": "gradio.FileData"}}, 5],
        [[[1.0, float("nan")]], 5],
        [{"path": "../../etc/passwd", "meta": {"_type": "gradio.FileData"}}, 5],
        {"image": "hand.png"},
        "hand.png",
    ],
    ids=str,
)
def test_json_of_the_wrong_shape_is_an_error_and_no_more(address: str, data: Any) -> None:

    request = urllib.request.Request(
        f"{address}/gradio_api/call/predict",
        json.dumps({"data": data}).encode(),
        {"Content-Type": "application/json"},
    )
    said, code = "", 200
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            event = json.load(answer)["event_id"]
        where = f"{address}/gradio_api/call/predict/{event}"
        with urllib.request.urlopen(where, timeout=20) as answer:
            said = answer.read().decode()
    except urllib.error.HTTPError as error:
        said, code = error.read().decode(), error.code
    assert said.startswith("event: error") or 400 <= code < 500
    reasons = "predict takes image, top_k|is not an upload|No picture was given|valid list"
    assert re.search(reasons, said)
    assert "Traceback" not in said
    assert "confidence" not in said


def test_an_upload_of_100_mb_is_refused(address: str) -> None:

    caller = Caller(address)
    with pytest.raises(OSError, match=r"413|reset|Broken pipe"):  # or cut off while it is sent
        caller.upload(bytes(100_000_000))
    event, _ = caller.ask(caller.upload(saved(draw(0), "PNG")))
    assert event == "complete"


@pytest.mark.parametrize(
    "array",
    [
        np.full((9, 9, 3), np.nan),
        np.zeros((9, 9, 3), np.float32),
        np.zeros((9, 9, 3), np.int64),
        np.zeros((2, 9, 9, 3), np.uint8),
        np.zeros((9, 9, 7), np.uint8),
        np.zeros((9, 0, 3), np.uint8),
        np.array(["a"]),
        np.array(None),
    ],
    ids=lambda array: f"{array.dtype}{array.shape}",
)
def test_arrays_that_are_no_picture(embedded: Recognizer, array: np.ndarray) -> None:
    with pytest.raises(ImageError, match="is not a picture"):
        embedded(array)
