"""Finds the hand in every picture of a data set once, and caches the boxes."""

from hashlib import blake2b
from typing import Any

import datasets
from PIL import ImageOps

from asl_model.bundle_config import WEIGHTS
from asl_model.hand import embedded_finder
from asl_model.hand.finder_files import EMBEDDED
from asl_model.hand.geometry import Box
from asl_model.images import open_image
from asl_model.inference import engine
from train.data.pictures import contents
from train.errors import make_folder
from train.inputs.features import default_cache

VERSION = 1
"""Increase by one if `asl_model.hand` finds other boxes with the same weights."""


def find_boxes(pictures: datasets.Dataset, name: str, mirror: bool = False) -> list[Box | None]:
    """Returns the box around the hand in each picture; None where no hand is found.

    The boxes are those that the recognizer would crop to (`asl_model.hand.hand_crop`). They are
    cached in the folder `hand-boxes` of `train.inputs.features.default_cache`, a few bytes each.

    Args:
        pictures: with the columns `image` and `key`, as `train.data.pictures.readable` returns.
        name: name of the pictures in the progress bar.
        mirror: look into the mirror images of the pictures.
    """

    def find(row: dict[str, Any]) -> dict[str, Any]:
        image = open_image(contents(row["image"]))
        hands = embedded_finder()(ImageOps.mirror(image) if mirror else image, 1)
        return {"box": list(hands[0].box) if hands else None}

    about = (VERSION, engine(), mirror, list(pictures["key"]))
    weights = (EMBEDDED / WEIGHTS).read_bytes()
    stamp = blake2b(weights + repr(about).encode(), digest_size=16).hexdigest()
    folder = make_folder("--cache", default_cache() / "hand-boxes")
    found = pictures.select_columns(["image"]).map(
        find,
        remove_columns=["image"],
        features=datasets.Features({"box": datasets.List(datasets.Value("float32"))}),
        new_fingerprint=stamp,
        cache_file_name=str(folder / f"{stamp}.arrow"),
        load_from_cache_file=True,
        keep_in_memory=False,
        desc=f"looking for hands in {name}",
    )
    return [tuple(box) if box is not None else None for box in found["box"]]
