"""Turns a user's picture into a safe, upright RGB image."""

import io
import os
import warnings
from pathlib import Path
from typing import IO, TypeAlias

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from asl_model.decoding_limits import why_costly

ImageSource: TypeAlias = str | os.PathLike[str] | bytes | Image.Image | np.ndarray

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
"""Raster formats that Pillow decodes itself; JPEG includes the MPO of some phones. EPS is left out
because it starts Ghostscript, and PPM because Pillow reads it in Python, at 1.5 s per MB."""

MAX_PIXELS = 50_000_000
"""Largest picture accepted, width times height: 200 MB once decoded, three times as much while
transparent parts are laid on white. Phones take pictures of 12 to 48 million pixels."""

MIN_DECODED_SIDE = 640
"""Shorter side, in pixels, that remains when a large JPEG is decoded at a smaller size. It is more
than twice the input of a 224 px network, also in a closer crop. A photograph of 12 million pixels
then takes a sixth of the time (89 ms instead of 544, two slow cores)."""

_WHAT_WORKS = "Give a picture file (JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF)"


class ImageError(ValueError):
    """The input is not a picture that can be read; the message says what to give instead."""


def open_image(source: ImageSource, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Opens a picture given as a path, bytes, PIL image or array.

    Args:
        source: a path, the bytes of a file, a PIL image, or a uint8 array of shape (H, W),
            (H, W, 3) for RGB or (H, W, 4) for RGBA.
        max_pixels: the largest number of pixels allowed.

    Returns:
        The picture in mode RGB, turned upright by its EXIF tag. Of an animation, the first frame.
        Transparent parts become white; 16-bit and float greys are scaled to 8 bit. A large JPEG is
        decoded at a half, a quarter or an eighth of its size, see MIN_DECODED_SIDE.

    Raises:
        ImageError: the source has another type, is not a picture, is cut off, or has too many
            pixels.
    """
    if isinstance(source, np.ndarray):
        return _to_rgb(_from_array(source), "the array", max_pixels)
    if isinstance(source, Image.Image):
        return _to_rgb(source, "the PIL image", max_pixels)
    if isinstance(source, bytes):
        name = f"the {len(source):,} bytes given"
        return _to_rgb(
            _open_file(io.BytesIO(source), name, max_pixels), name, max_pixels, ours=True
        )
    if isinstance(source, str | os.PathLike):
        return _from_path(Path(source), max_pixels)
    raise ImageError(
        f"An object of type {type(source).__name__} is not a picture. {_WHAT_WORKS} by "
        "its path, its bytes, a PIL image or a uint8 array of shape (height, width, 3)."
    )


def _from_path(path: Path, max_pixels: int) -> Image.Image:
    name = repr(path.name)
    try:
        with path.open("rb") as file:
            return _to_rgb(_open_file(file, name, max_pixels), name, max_pixels, ours=True)
    except FileNotFoundError:
        raise ImageError(f"No picture at '{path}': there is no such file. {_WHAT_WORKS}.") from None
    except ImageError:
        raise
    except (OSError, ValueError) as error:  # a folder, a name too long, or a null byte in it
        shown, reason = str(path)[:100], getattr(error, "strerror", None) or error
        raise ImageError(f"{shown!r} cannot be opened ({reason}). {_WHAT_WORKS}.") from None


def _from_array(array: np.ndarray) -> Image.Image:
    shape_fits = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3, 4))
    if array.dtype != np.uint8 or not shape_fits or array.size == 0:
        raise ImageError(
            f"An array of shape {array.shape} and type {array.dtype} is not a picture. "
            "Give uint8 values from 0 to 255 in shape (height, width, 3)."
        )
    return Image.fromarray(array.squeeze(2) if array.ndim == 3 and array.shape[2] == 1 else array)


def _open_file(file: IO[bytes], name: str, max_pixels: int) -> Image.Image:
    """Opens a file without decoding it, so that the caller can check its size first."""
    try:
        with warnings.catch_warnings():  # our limit is lower than Pillow's warning
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(file, formats=FORMATS)
    except UnidentifiedImageError:
        raise ImageError(f"{name} is not a picture that can be read. {_WHAT_WORKS}.") from None
    except Image.DecompressionBombError:
        raise ImageError(f"{name} is too large. {_at_most(max_pixels)}") from None
    except Exception as error:  # damaged bytes can make Pillow raise anything
        raise ImageError(f"{name} cannot be read ({error}). {_WHAT_WORKS}.") from None


def _at_most(max_pixels: int) -> str:
    return f"Give a picture of at most {max_pixels // 1_000_000} million pixels."


def _to_rgb(image: Image.Image, name: str, max_pixels: int, ours: bool = False) -> Image.Image:
    width, height = image.size
    if width * height > max_pixels:
        raise ImageError(f"{name} is too large ({width} x {height} pixels). {_at_most(max_pixels)}")
    if width == 0 or height == 0:
        raise ImageError(f"{name} is empty ({width} x {height} pixels). {_WHAT_WORKS}.")
    try:
        costly = why_costly(image, max_pixels)
        if costly:
            raise ImageError(f"{name} {costly}. Save it again as a plain JPEG or PNG.")
        if ours:  # a caller's image must not change; _upright makes a copy
            image.draft(image.mode, (MIN_DECODED_SIDE, MIN_DECODED_SIDE))  # affects only JPEG
        image = _upright(image)
        if image.mode.startswith(("I", "F")):
            return _scaled_to_8_bit(image).convert("RGB")
        if image.has_transparency_data:
            layer = image.convert("RGBA")
            white = Image.new("RGB", layer.size, "white")
            white.paste(layer, mask=layer.getchannel("A"))
            return white
        return image if image.mode == "RGB" else image.convert("RGB")
    except ImageError:
        raise
    except Exception as error:  # damaged bytes can make Pillow raise anything
        raise ImageError(
            f"{name} is damaged or cut off ({error}). Save or send it again."
        ) from None


def _upright(image: Image.Image) -> Image.Image:
    """Returns a copy turned by its EXIF tag; a broken tag is ignored, the picture may be intact."""
    image.load()
    try:
        return ImageOps.exif_transpose(image)
    except MemoryError:
        raise
    except Exception:  # damaged bytes can make Pillow raise anything
        return image.copy()


def _scaled_to_8_bit(image: Image.Image) -> Image.Image:
    """Scales greys of more than 8 bits: 16-bit from 0..65535, floats from their own range."""
    values: np.ndarray = np.nan_to_num(np.asarray(image).astype(np.float32))
    if image.mode == "F":
        low, high = values.min(), values.max()
        values = (values - low) * (255 / max(high - low, 1e-6))
    elif image.mode.startswith("I;16") or values.max() > 255:
        values = values / 257  # 65535 / 255
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))
