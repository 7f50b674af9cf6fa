"""Small files that are costly to decode: known by their headers, before a pixel is decoded."""

import re

from PIL import Image

MAX_SIDE_PIXELS = 30_000
"""Pixels of a side. A line of 20,000,000 x 1 is a file of 19 kB, and takes 570 MB to be resized."""

MAX_JPEG_SCANS = 50
"""Passes over a progressive JPEG: cameras and programs take about ten. At 50 million pixels each of
them takes 50 ms, and a pass that shows nothing new is 14 bytes of the file."""

SLOW_DECODERS = ("bmp_rle",)
"""Those of Pillow's that are written in Python: 0.4 s for each MB of a file."""

_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
"""A marker of JPEG, as opposed to a 255 of what is compressed (followed by 0), a place to begin
again (D0 to D7) and a filling 255 (ITU-T T.81, B.1.1)."""

_START, _END, _SCAN, _ALONE = 0xD8, 0xD9, 0xDA, 0x01
"""Codes of markers: of the picture's start and end, of a scan; and one that no length follows."""

_TILE_WIDTH, _TILE_LENGTH = 322, 323
"""Tags of TIFF."""


def why_costly(image: Image.Image, most: int) -> str | None:
    """What is wrong with an opened picture that would take too long or too much to decode.

    Args:
        image: as `Image.open` gives it, not decoded yet.
        most: pixels it may have.

    Returns:
        The reason, as the end of a sentence; None if it may be decoded.
    """
    if max(image.size) > MAX_SIDE_PIXELS:
        return f"has a side of more than {MAX_SIDE_PIXELS:,} pixels"
    if image.format in ("JPEG", "MPO") and _scans(image) > MAX_JPEG_SCANS:
        return f"is a JPEG in more than {MAX_JPEG_SCANS} scans"
    if image.format == "TIFF" and _pixels_of_a_tile(image) > most:
        return f"is a TIFF in tiles of more than {most // 1_000_000} million pixels"
    if any(tile[0] in SLOW_DECODERS for tile in getattr(image, "tile", ())):
        return "is compressed in a way that takes too long to read (a BMP with run lengths)"
    return None


def _scans(image: Image.Image) -> int:
    """How often a scan begins before the picture ends: phones put a film behind it."""
    file = getattr(image, "fp", None)
    if file is None:  # decoded already
        return 0
    before = file.tell()
    file.seek(0)
    data: bytes = file.read()
    file.seek(before)
    count = place = 0
    while found := _MARKER.search(data, place):
        code, place = found[1][0], found.end()
        if code == _END:
            break
        count += code == _SCAN
        if code not in (_START, _ALONE):  # what follows may hold a small picture of its own
            place += int.from_bytes(data[place : place + 2], "big")
    return count


def _pixels_of_a_tile(image: Image.Image) -> int:
    tags = getattr(image, "tag_v2", {})
    return int(tags.get(_TILE_WIDTH, 0)) * int(tags.get(_TILE_LENGTH, 0))
