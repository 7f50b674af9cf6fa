"""A bundle: a model in timm's Hub format, in a folder or on the Hugging Face Hub.

    config.json        architecture, label names, preprocessing; "asl": crops and calibration
    model.safetensors  the weights
    graph.xml          the network's graph, for inference without torch (`asl_model.inference`)
    README.md          the model card
    metrics.json       what was measured, on which split, on how many pictures
    history.csv        loss and accuracy of each epoch
    curves.png         a plot of history.csv, shown in the card
    example-1.jpg ...  up to six pictures for visitors of the demo to try, added by hand

`timm.create_model('local-dir:FOLDER', pretrained=True)` and `'hf-hub:owner/name'` load the network
without this project. Its output is then not calibrated, and it sees the picture as it is: no hand
is looked for, and no closer crop is used.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from safetensors.numpy import load_file

from asl_model import older_bundles
from asl_model.bundle_config import (
    CONFIG,
    METRICS,
    WEIGHTS,
    BundleConfig,
    Cropping,
    read_config,
)
from asl_model.calibration import Calibration
from asl_model.crops import CROPS
from asl_model.errors import BundleError
from asl_model.graph_file import GRAPH, read_graph
from asl_model.hub_download import HUB_ID, download, file_names
from asl_model.inference import Graph
from asl_model.metrics_file import Metrics
from asl_model.preprocessing import Preprocessing
from asl_model.timm_model import TimmModel, build_model, once, stamp_of

CARD, HISTORY, CURVES = "README.md", "history.csv", "curves.png"
SERVED = (CONFIG, WEIGHTS, GRAPH, METRICS)
"""The files that inference needs. Of all others, only EXAMPLES are fetched from the Hub."""

EXAMPLES = tuple(f"example-{number}.jpg" for number in range(1, 7))
"""Pictures that the model's publisher may show to everyone; `fit` writes none."""

PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
"""File extensions of pickled weights."""

EMBEDDED = Path(__file__).with_name("embedded")
"""The model that comes with the project: it needs no download."""


@dataclass(frozen=True)
class Bundle:
    """A loaded model with its preprocessing, calibration and metrics.

    Attributes:
        build: builds the timm model (eval mode, float32); every call returns the same object.
        preprocessing: turns a picture into the network's input.
        label_names: the classes in the order of the logits.
        calibration: turns logits into probabilities and decides when a prediction is sure.
        looks: the number of `asl_model.crops.CROPS` whose logits are averaged.
        crop: 'hand' if the network reads the square around the hand (`asl_model.hand.hand_crop`),
            'none' for the whole picture.
        metrics: the contents of metrics.json; empty if the file does not exist.
        name: the model's name in messages: a folder's path, a Hub id or 'embedded'.
        commit: for a model from the Hub, the commit that was loaded.
        examples: pictures to try the model with; may be empty.
        graph: the network's graph for inference, if the folder has one.
    """

    build: Callable[[], TimmModel]
    preprocessing: Preprocessing
    label_names: tuple[str, ...]
    calibration: Calibration = field(default_factory=Calibration)
    looks: int = 1
    crop: Cropping = "none"
    metrics: Metrics = field(default_factory=Metrics)
    name: str = ""
    commit: str = ""
    examples: tuple[Path, ...] = ()
    graph: Graph | None = None

    @property
    def model(self) -> TimmModel:
        """The timm model (N, 3, H, W) -> logits (N, len(label_names)), for training and explaining.

        The first use imports torch and timm; inference with a graph needs neither.

        Raises:
            BundleError: the weights do not fit the configuration, or changed after loading.
        """
        return self.build()

    def pixels(self, image: Image.Image, each: Callable[..., Iterable[Any]] = map) -> np.ndarray:
        """Converts an RGB picture to the network's input (looks, 3, H, W), float32.

        Args:
            image: the picture, or the square around its hand.
            each: computes the crops: `map` one by one, an executor's `map` in parallel.
        """
        return pixels(self.preprocessing, self.looks, image, each)


def pixels(
    preprocessing: Preprocessing,
    looks: int,
    image: Image.Image,
    each: Callable[..., Iterable[Any]] = map,
) -> np.ndarray:
    """Computes `Bundle.pixels` without a bundle, for worker processes that load no model."""
    return np.stack([*each(lambda crop: preprocessing(crop.apply(image)), CROPS[:looks])])


def load_bundle(source: str | os.PathLike[str] | None = None) -> Bundle:
    """Loads a bundle with its timm model, for training; see `read_bundle` for the source."""
    bundle = replace(read_bundle(source), graph=None)  # outdated once a caller changes the model
    _ = bundle.model
    return bundle


def read_bundle(source: str | os.PathLike[str] | None = None) -> Bundle:
    """Reads the parts of a bundle that inference needs.

    Args:
        source: a folder, a Hub id 'owner/name' or 'owner/name@revision', or None for the
            embedded model.

    Raises:
        BundleError: the source does not exist, cannot be downloaded, or is not a bundle of this
            project.
    """
    if source is None:
        return _load_folder(EMBEDDED, "embedded")
    if Path(source).is_dir():
        return _load_folder(Path(source), str(source))
    if HUB_ID.fullmatch(str(source)):
        return _load_from_hub(str(source))
    raise BundleError(
        f"No model at '{source}': it is neither a folder nor a Hub id like "
        "'owner/name' or 'owner/name@revision'."
    )


def _load_from_hub(hub_id: str) -> Bundle:
    folder, commit = download(hub_id, (*SERVED, *EXAMPLES))
    if not (folder / WEIGHTS).exists() and any(n.endswith(PICKLED) for n in file_names(hub_id)):
        raise BundleError(
            f"'{hub_id}' holds its weights as a pickle. Pickles can run any program, so they are "
            f"never read. Ask its owner for {WEIGHTS}."
        )
    bundle = _load_folder(folder, hub_id, links_to=folder.parents[2])
    return replace(bundle, commit=commit)


def _load_folder(folder: Path, name: str, links_to: Path | None = None) -> Bundle:
    missing = [file for file in (CONFIG, WEIGHTS) if not (folder / file).is_file()]
    if missing:
        raise BundleError(
            f"'{name}' is not a bundle: {' and '.join(missing)} missing. `python -m train fit` "
            "writes one; pickled weights are never read."
        )
    for file in (*SERVED, *EXAMPLES):  # the Hub's cache has links to its own files
        if not (folder / file).resolve().is_relative_to((links_to or folder).resolve()):
            raise BundleError(f"'{name}' is refused: its {file} is a link that leads out of it.")
    known = read_config(folder, name)
    classes = len(known.label_names)
    replaced = _without_calibration(folder, name, known)
    return Bundle(
        once(partial(build_model, folder, name, classes, stamp_of(folder), replaced)),
        preprocessing=known.preprocessing,
        label_names=known.label_names,
        calibration=known.inference.calibration,
        looks=known.inference.looks,
        crop=known.inference.crop,
        metrics=known.metrics,
        name=name,
        examples=tuple(folder / file for file in EXAMPLES if (folder / file).is_file()),
        graph=read_graph(folder, name, known.preprocessing.size, classes, replaced),
    )


def _without_calibration(folder: Path, name: str, known: BundleConfig) -> dict[str, np.ndarray]:
    """Returns an older bundle's last layer without the calibration in it; else nothing."""
    if known.merged_calibration is None:
        return {}
    try:
        return older_bundles.remove_calibration(
            load_file(folder / WEIGHTS),
            known.classifier,
            known.label_names,
            known.merged_calibration,
        )
    except OSError as error:
        raise BundleError(f"'{name}' cannot be read ({error}).") from None
    except Exception as error:  # untrusted files can make safetensors raise anything
        raise BundleError(f"The weights of '{name}' do not fit its {CONFIG}: {error}") from None
