import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from asl_model import ImageError
from asl_model.images import MAX_PIXELS, open_image

RED = (255, 0, 0)


def png(image: Image.Image, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return file.getvalue()


def test_path_bytes_image_and_array_give_the_same_picture(
    tmp_path: Path, drawing: Image.Image
) -> None:
    drawing.save(tmp_path / "hand.png")
    sources = (
        tmp_path / "hand.png",
        str(tmp_path / "hand.png"),
        png(drawing),
        drawing,
        np.asarray(drawing),
    )
    for source in sources:
        assert open_image(source).tobytes() == drawing.tobytes()


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr", "HSV", "LAB", "I", "F"]
)
def test_every_mode_becomes_rgb(mode: str) -> None:
    grey = Image.new("L", (8, 6), 200)
    image = grey.convert(mode) if mode not in ("HSV", "LAB", "LA") else Image.new(mode, (8, 6))
    assert open_image(image).mode == "RGB"
    assert open_image(image).size == (8, 6)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "gif", "bmp", "tiff", "avif"])
def test_every_listed_format_is_read(tmp_path: Path, drawing: Image.Image, suffix: str) -> None:
    drawing.save(tmp_path / f"hand.{suffix}")
    opened = open_image(tmp_path / f"hand.{suffix}")
    difference = np.abs(np.asarray(opened, dtype=int) - np.asarray(drawing, dtype=int)).mean()
    assert difference < 8  # of 255: what a lossy format or a palette of 256 colours loses


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_large_jpeg_is_decoded_smaller(
    tmp_path: Path, drawing: Image.Image, mode: str, progressive: bool
) -> None:
    large = drawing.convert(mode).resize((2624, 2560))
    exif = Image.Exif()
    exif[0x0112] = 6
    large.save(tmp_path / "hand.jpg", exif=exif, quality=95, progressive=progressive)
    opened = open_image(tmp_path / "hand.jpg")
    assert opened.size == (640, 656)  # a quarter, upright
    whole = Image.open(tmp_path / "hand.jpg")
    upright = open_image(whole)  # a caller's image is left as it is
    assert whole.size == upright.size[::-1] == (2624, 2560)
    small = [np.asarray(image.resize((192, 192)), dtype=int) for image in (opened, upright)]
    assert np.abs(small[0] - small[1]).mean() < 1  # of 255


@pytest.mark.parametrize("size", [(2000, 1279), (1279, 1279)])
def test_a_jpeg_that_is_not_so_large_keeps_its_size(size: tuple[int, int]) -> None:
    file = io.BytesIO()
    Image.new("RGB", size, RED).save(file, "JPEG")
    assert open_image(file.getvalue()).size == size


def test_exif_rotation_is_applied() -> None:
    image = Image.new("RGB", (20, 10), "blue")
    image.paste(RED, (0, 0, 10, 10))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: show it rotated clockwise
    upright = open_image(png(image, exif=exif))
    assert upright.size == (10, 20)
    assert upright.getpixel((5, 2)) == RED


def test_a_broken_exif_header_does_not_spoil_the_picture(drawing: Image.Image) -> None:
    file = io.BytesIO()
    drawing.save(file, "JPEG")
    data = file.getvalue()
    tag = b"Exif\0\0" + bytes(8)
    broken = data[:2] + b"\xff\xe1" + (len(tag) + 2).to_bytes(2, "big") + tag + data[2:]
    assert open_image(broken).tobytes() == open_image(data).tobytes()
    given = Image.open(io.BytesIO(broken))
    open_image(given).putpixel((0, 0), RED)  # a caller's image is left alone then, too
    assert given.tobytes() == open_image(data).tobytes()


def test_transparency_becomes_white() -> None:
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    image.putpixel((1, 1), (*RED, 255))
    opened = open_image(image)
    assert opened.getpixel((0, 0)) == (255, 255, 255)
    assert opened.getpixel((1, 1)) == RED


def test_transparent_palette_becomes_white() -> None:
    image = Image.new("P", (4, 4), 0)
    image.putpalette([0, 0, 0, *RED])
    image.putpixel((1, 1), 1)
    opened = open_image(png(image, transparency=0))
    assert opened.getpixel((0, 0)) == (255, 255, 255)
    assert opened.getpixel((1, 1)) == RED


def test_16_bit_grey_keeps_its_brightness() -> None:
    values = np.array([[0, 257 * 128, 65535]], dtype=np.uint16)
    opened = open_image(png(Image.fromarray(values)))
    assert [opened.getpixel((x, 0)) for x in range(3)] == [(v, v, v) for v in (0, 128, 255)]


def test_first_frame_of_an_animation(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(tmp_path / "wave.gif", save_all=True, append_images=frames[1:])
    assert open_image(tmp_path / "wave.gif").getpixel((4, 4)) == RED


def test_the_callers_image_is_left_alone(drawing: Image.Image) -> None:
    before = drawing.tobytes()
    open_image(drawing).putpixel((0, 0), RED)
    assert drawing.tobytes() == before


BAD: list[tuple[Any, str]] = [
    (b"", "the 0 bytes given is not a picture"),
    (b"hello, I am text", "the 16 bytes given is not a picture"),
    (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is not a picture"),
    ("nowhere/hand.jpg", "No picture at 'nowhere/hand.jpg': there is no such file"),
    ("a" * 5000, "cannot be opened .*File name too long"),
    (".", "cannot be opened .*directory"),
    ("hand\0.jpg", "cannot be opened .*null"),
    (None, "of type NoneType is not a picture"),
    (42, "of type int is not a picture"),
    (np.zeros((4, 4, 3)), r"array of shape \(4, 4, 3\) and type float64 is not a picture"),
    (np.zeros((4, 4, 2), np.uint8), r"array of shape \(4, 4, 2\)"),
    (np.zeros((0, 4, 3), np.uint8), r"array of shape \(0, 4, 3\)"),
    (np.zeros(4, np.uint8), r"array of shape \(4,\)"),
    (Image.new("RGB", (0, 5)), r"the PIL image is empty \(0 x 5 pixels\)"),
    (png(Image.effect_noise((64, 64), 50))[:600], "is damaged or cut off"),
    (
        png(Image.new("1", (MAX_PIXELS // 1000 + 1, 1000))),
        "is too large .* at most 50 million pixels",
    ),
]


@pytest.mark.parametrize(("source", "message"), BAD, ids=[message for _, message in BAD])
def test_what_is_no_picture_is_an_image_error(source: Any, message: str) -> None:
    with pytest.raises(ImageError, match=message):
        open_image(source)


def test_image_error_is_a_value_error() -> None:
    assert issubclass(ImageError, ValueError)
