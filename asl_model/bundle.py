"""A bundle: a model in timm's Hub format, in a folder or on the Hugging Face Hub.

    config.json        architecture, label names, preprocessing; under "asl" what this project adds
    model.safetensors  the weights
    graph.xml          how they are computed with, for answering without torch (`asl_model.graph`)
    README.md          the model card
    metrics.json       what was measured, on which split, with how many pictures
    history.csv        loss and accuracy of each epoch, and
    curves.png         the same as a picture; the card shows it
    example-1.jpg ...  up to six pictures for visitors of the demo to try, put there by hand

`timm.create_model('local-dir:FOLDER', pretrained=True)` and `'hf-hub:owner/name'` load it without
this project.
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

from asl_model.building import CONFIG, WEIGHTS, build_model, check_outputs, once, stamp_of
from asl_model.crops import LOOKS
from asl_model.description import METRICS, read_description
from asl_model.errors import BundleError
from asl_model.graph import GRAPH, Graph, from_xml
from asl_model.handshape_pairs import Sharing
from asl_model.hub import HUB_ID, download, file_names
from asl_model.preprocessing import Preprocessing

CARD, HISTORY, CURVES = "README.md", "history.csv", "curves.png"
SERVED = (CONFIG, WEIGHTS, GRAPH, METRICS)
"""What it takes to answer. Of the rest only EXAMPLES are fetched from the Hub, if there are any."""

EXAMPLES = tuple(f"example-{number}.jpg" for number in range(1, 7))
"""Pictures that whoever publishes the model may show to everyone; `fit` writes none."""

PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
"""Ends of the names of files that hold pickled weights."""

EMBEDDED = Path(__file__).with_name("embedded")
"""The model that is part of the project: it needs no network."""


@dataclass(frozen=True)
class Bundle:
    """A loaded model with all that is known of it.

    Attributes:
        build: makes the timm model, in eval mode, float32; the same one at every call.
        preprocessing: what its input goes through.
        label_names: the classes in the order of the logits.
        threshold: a top probability below it means 'not sure'.
        metrics: the contents of metrics.json; empty if there is none.
        name: what to call it: a folder's path, or the Hub id it was loaded by.
        looks: how many of `asl_model.crops.LOOKS` an answer rests on: the mean of their logits.
        sharing: what letters of one handshape then give each other; None of older models.
        commit: on the Hub, the commit that the name stood for when it was loaded.
        examples: pictures to try it with, if it brings some.
        graph: what computes its answers, if the folder brings it.
    """

    build: Callable[[], Any]
    preprocessing: Preprocessing
    label_names: tuple[str, ...]
    threshold: float
    metrics: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    looks: int = 1
    sharing: Sharing | None = None
    commit: str = ""
    examples: tuple[Path, ...] = ()
    graph: Graph | None = None

    @property
    def model(self) -> Any:
        """The timm model (N, 3, H, W) -> logits (N, len(label_names)), for training and explaining.

        Imports torch and timm at its first use; answering needs neither if there is a graph.

        Raises:
            BundleError: the weights do not fit the configuration, or were changed meanwhile.
        """
        return self.build()

    def pixels(self, image: Image.Image, each: Callable[..., Iterable[Any]] = map) -> np.ndarray:
        """An RGB picture -> what the model sees of it (looks, 3, H, W), float32.

        Args:
            image: the picture.
            each: makes the looks: one after the other, or all at once by an executor's `map`.
        """
        return pixels(self.preprocessing, self.looks, image, each)


def pixels(
    preprocessing: Preprocessing,
    looks: int,
    image: Image.Image,
    each: Callable[..., Iterable[Any]] = map,
) -> np.ndarray:
    """The same of any preprocessing, for processes that know no model."""
    return np.stack([*each(lambda look: preprocessing(look.of(image)), LOOKS[:looks])])


def load_bundle(source: str | os.PathLike[str] | None = None) -> Bundle:
    """Loads a bundle with its timm model, as training wants it; see `read_bundle`."""
    bundle = replace(read_bundle(source), graph=None)  # the model may be changed from now on
    _ = bundle.model
    return bundle


def read_bundle(source: str | os.PathLike[str] | None = None) -> Bundle:
    """Reads a bundle as far as it takes to answer.

    Args:
        source: a folder, a Hub id 'owner/name' or 'owner/name@revision', or None for the
            embedded model.

    Raises:
        BundleError: it is not there, cannot be downloaded, or is not a bundle of this project.
    """
    if source is None:
        return _load_folder(EMBEDDED, "embedded")
    if Path(source).is_dir():
        return _load_folder(Path(source), str(source))
    if HUB_ID.fullmatch(str(source)):
        return _load_from_hub(str(source))
    raise BundleError(
        f"No model at '{source}': it is neither a folder that exists nor a Hub id like "
        "'owner/name' or 'owner/name@revision'."
    )


def _load_from_hub(hub_id: str) -> Bundle:
    folder, commit = download(hub_id, (*SERVED, *EXAMPLES))
    if not (folder / WEIGHTS).exists() and any(n.endswith(PICKLED) for n in file_names(hub_id)):
        raise BundleError(
            f"'{hub_id}' holds its weights as a pickle, which can run any program when it is read, "
            f"and so is never read. Ask its owner for {WEIGHTS}."
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
    for file in (*SERVED, *EXAMPLES):  # the Hub's cache links within itself
        if not (folder / file).resolve().is_relative_to((links_to or folder).resolve()):
            raise BundleError(f"'{name}' is refused: its {file} is a link that leads out of it.")
    known = read_description(folder, name)
    classes = len(known.label_names)
    return Bundle(
        once(partial(build_model, folder, name, classes, stamp_of(folder))),
        **vars(known),
        name=name,
        examples=tuple(folder / file for file in EXAMPLES if (folder / file).is_file()),
        graph=_read_graph(folder, name, known.preprocessing.size, classes),
    )


def _read_graph(folder: Path, name: str, size: tuple[int, int], classes: int) -> Graph | None:
    """None if the folder has none: an older model, or a network that has no such form."""
    if not (folder / GRAPH).is_file():
        return None
    try:
        graph = from_xml((folder / GRAPH).read_text("utf-8"), load_file(folder / WEIGHTS))
        shape = graph.input(0).partial_shape
        takes = tuple(shape.get_max_shape())[1:]
        if takes != (3, *size):
            raise ValueError(f"it takes pictures of another size, {takes}")
        if shape[0].is_static:
            raise ValueError(f"it takes {shape[0].get_length()} pictures and no other number")
        outputs = graph.output(0).partial_shape[1].get_length()
    except OSError as error:
        raise BundleError(f"'{name}' cannot be read ({error}).") from None
    except Exception as error:  # whatever OpenVINO and safetensors raise for a stranger's file
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise BundleError(f"The weights of '{name}' do not fit its {GRAPH}: {reason[-1]}") from None
    check_outputs(name, outputs, classes)
    return graph
