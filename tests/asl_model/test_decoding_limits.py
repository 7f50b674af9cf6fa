"""Small files that would take minutes or gigabytes to decode are refused by their headers."""

import io
import struct
import time
from pathlib import Path

import pytest
from PIL import Image

from asl_model.images import ImageError, open_image
from tests.helpers.pictures import draw


def saved(image: Image.Image, name: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, name, **options)
    return file.getvalue()


def jpeg_in_scans(again: int) -> bytes:
    """Returns a progressive JPEG whose last scan is repeated `again` times."""
    data = saved(draw(0), "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * again + data[-2:]


def tiff_of_one_tile(side: int) -> bytes:
    """Returns a TIFF of 16 x 16 grey pixels in one large tile, with almost no data."""
    tags = {256: 16, 257: 16, 258: 8, 259: 1, 262: 1, 277: 1, 322: side, 323: side, 324: 4, 325: 4}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)


def bmp_in_run_lengths() -> bytes:
    data = bytearray(saved(draw(0).convert("P"), "BMP"))
    data[30:34] = struct.pack("<I", 1)  # BI_RLE8
    return bytes(data)


COSTLY = {
    "is a JPEG in more than 50 scans": jpeg_in_scans(60),
    "has a side of more than 30,000 pixels": saved(Image.new("1", (40_000, 1)), "PNG"),
    "is a TIFF in tiles of more than 50 million pixels": tiff_of_one_tile(16_384),
    "is compressed in a way that takes too long": bmp_in_run_lengths(),
}


@pytest.mark.parametrize("message", COSTLY)
def test_what_costs_too_much_is_refused_and_says_why(message: str) -> None:
    started = time.monotonic()
    with pytest.raises(ImageError, match=message):
        open_image(COSTLY[message])
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("again", [0, 30])
def test_a_progressive_jpeg_is_read(again: int) -> None:
    assert open_image(jpeg_in_scans(again)).size == draw(0).size


def test_what_stands_behind_a_jpeg_or_in_its_comments_is_no_scan() -> None:
    """Phones append a film to a JPEG. A comment may contain any bytes, even the end marker."""
    data = saved(draw(0), "JPEG")
    film = b"\xff\xda\x00\x08" * 100
    assert open_image(data + film).size == draw(0).size
    comment = b"\xff\xfe" + (2 + len(film)).to_bytes(2, "big") + film
    assert open_image(data[:2] + comment + data[2:]).size == draw(0).size
    hidden = b"\xff\xfe\x00\x04\xff\xd9"
    with pytest.raises(ImageError, match="50 scans"):
        open_image(data[:2] + hidden + jpeg_in_scans(60)[2:])


def test_a_file_given_by_its_path_is_checked_too(tmp_path: Path) -> None:
    (tmp_path / "hand.jpg").write_bytes(jpeg_in_scans(60))
    with pytest.raises(ImageError, match=r"'hand.jpg' is a JPEG in more than 50 scans"):
        open_image(tmp_path / "hand.jpg")
    with Image.open(tmp_path / "hand.jpg") as opened, pytest.raises(ImageError, match="50 scans"):
        open_image(opened)


def test_what_stands_on_white_is_as_it_was_drawn() -> None:
    """Half-transparent red becomes pink, opaque pixels stay, and transparent ones become white."""
    layer = Image.new("RGBA", (3, 1), (255, 0, 0, 128))
    layer.putpixel((1, 0), (0, 0, 0, 255))
    layer.putpixel((2, 0), (0, 0, 0, 0))
    read = open_image(layer)
    assert [read.getpixel((x, 0)) for x in range(3)] == [
        (255, 127, 127),
        (0, 0, 0),
        (255, 255, 255),
    ]
