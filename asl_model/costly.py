"""Small files that are costly to decode: known by their headers, before a pixel is decoded."""

from PIL import Image

LONGEST_SIDE = 30_000
"""Pixels of a side. A line of 20,000,000 x 1 is a file of 19 kB, and takes 570 MB to be resized."""

MOST_SCANS = 50
"""Passes over a progressive JPEG: cameras and programs take about ten. At 50 million pixels each of
them takes 50 ms, and a pass that shows nothing new is 14 bytes of the file."""

SLOW_DECODERS = ("bmp_rle",)
"""Those of Pillow's that are written in Python: 0.4 s for each MB of a file."""

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
    if max(image.size) > LONGEST_SIDE:
        return f"has a side of more than {LONGEST_SIDE:,} pixels"
    if image.format in ("JPEG", "MPO") and _scans(image) > MOST_SCANS:
        return f"is a JPEG in more than {MOST_SCANS} scans"
    if image.format == "TIFF" and _pixels_of_a_tile(image) > most:
        return f"is a TIFF in tiles of more than {most // 1_000_000} million pixels"
    if any(tile[0] in SLOW_DECODERS for tile in getattr(image, "tile", ())):
        return "is compressed in a way that takes too long to read (a BMP with run lengths)"
    return None


def _scans(image: Image.Image) -> int:
    """How often a scan begins; in what is compressed these two bytes do not occur."""
    file = getattr(image, "fp", None)
    if file is None:  # decoded already
        return 0
    place = file.tell()
    file.seek(0)
    count: int = file.read().count(b"\xff\xda")
    file.seek(place)
    return count


def _pixels_of_a_tile(image: Image.Image) -> int:
    tags = getattr(image, "tag_v2", {})
    return int(tags.get(_TILE_WIDTH, 0)) * int(tags.get(_TILE_LENGTH, 0))
