"""Finds small files that are costly to decode by their headers, before decoding any pixel."""

import re

from PIL import Image

MAX_SIDE_PIXELS = 30_000
"""Longest side, in pixels. A line of 20,000,000 x 1 is a 19 kB file and takes 570 MB to resize."""

MAX_JPEG_SCANS = 50
"""Most scans of a progressive JPEG: cameras and programs write about ten. At 50 million pixels a
scan takes 50 ms to decode, and a scan without new data is only 14 bytes of the file."""

SLOW_DECODERS = ("bmp_rle",)
"""Pillow's decoders that are written in Python: 0.4 s for each MB of a file."""

_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
"""A JPEG marker other than a restart marker (D0 to D7). Bytes of 255 in compressed data (followed
by 0) and fill bytes of 255 do not match (ITU-T T.81, B.1.1)."""

_START, _END, _SCAN, _ALONE = 0xD8, 0xD9, 0xDA, 0x01
"""Marker codes: start and end of the image, start of a scan, and a marker without a length."""

_TILE_WIDTH, _TILE_LENGTH = 322, 323
"""Numbers of TIFF tags."""


def why_costly(image: Image.Image, most: int) -> str | None:
    """Says why an opened picture would take too much time or memory to decode.

    Args:
        image: the result of `Image.open`, not decoded yet.
        most: the largest number of pixels allowed.

    Returns:
        The reason, as the end of a sentence; None if the picture may be decoded.
    """
    if max(image.size) > MAX_SIDE_PIXELS:
        return f"has a side of more than {MAX_SIDE_PIXELS:,} pixels"
    if image.format in ("JPEG", "MPO") and _scans(image) > MAX_JPEG_SCANS:
        return f"is a JPEG in more than {MAX_JPEG_SCANS} scans"
    if image.format == "TIFF" and _pixels_of_a_tile(image) > most:
        return f"is a TIFF in tiles of more than {most // 1_000_000} million pixels"
    if any(tile[0] in SLOW_DECODERS for tile in getattr(image, "tile", ())):
        return "is compressed in a way that takes too long to read (a run-length encoded BMP)"
    return None


def _scans(image: Image.Image) -> int:
    """Counts the scans before the end of the picture: phones append a video to it."""
    file = getattr(image, "fp", None)
    if file is None:  # already decoded
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
        if code not in (_START, _ALONE):  # skip the segment, which may hold a thumbnail
            place += int.from_bytes(data[place : place + 2], "big")
    return count


def _pixels_of_a_tile(image: Image.Image) -> int:
    tags = getattr(image, "tag_v2", {})
    return int(tags.get(_TILE_WIDTH, 0)) * int(tags.get(_TILE_LENGTH, 0))
