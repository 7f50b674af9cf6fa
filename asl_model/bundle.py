"""A bundle: a model in timm's Hub format, in a folder or on the Hugging Face Hub.

    config.json        architecture, label names, preprocessing; under "asl" what this project adds
    model.safetensors  the weights
    README.md          the model card
    metrics.json       what was measured, on which split, with how many pictures
    history.csv        loss and accuracy of each epoch, and
    curves.png         the same as a picture; the card shows it
    example-1.jpg ...  up to six pictures for visitors of the demo to try, put there by hand

`timm.create_model('local-dir:FOLDER', pretrained=True)` and `'hf-hub:owner/name'` load it without
this project.
"""

import copy
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import timm
import torch
from PIL import Image
from timm.data import create_transform, resolve_model_data_config
from timm.models import save_for_hf

from asl_model.alphabet import CLASSES
from asl_model.errors import BundleError
from asl_model.hub import HUB_ID, download, file_names
from asl_model.looks import LOOKS
from asl_model.network import TimmModel

CONFIG, WEIGHTS, CARD, METRICS = "config.json", "model.safetensors", "README.md", "metrics.json"
HISTORY, CURVES = "history.csv", "curves.png"
SERVED = (CONFIG, WEIGHTS, METRICS)
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
        model: the timm model, in eval mode, float32; (N, 3, H, W) -> logits (N, len(label_names)).
        transform: timm's own preprocessing for it: RGB PIL image -> float tensor (3, H, W).
        label_names: the classes in the order of the logits.
        threshold: a top probability below it means 'not sure'.
        metrics: the contents of metrics.json; empty if there is none.
        name: what to call it: a folder's path, or the Hub id it was loaded by.
        looks: how many of `asl_model.looks.LOOKS` an answer rests on: the mean of their logits.
        commit: on the Hub, the commit that the name stood for when it was loaded.
        examples: pictures to try it with, if it brings some.
    """

    model: TimmModel
    transform: Callable[[Any], torch.Tensor]
    label_names: tuple[str, ...]
    threshold: float
    metrics: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    looks: int = 1
    commit: str = ""
    examples: tuple[Path, ...] = ()

    def pixels(self, image: Image.Image) -> torch.Tensor:
        """An RGB picture -> what the model sees of it (looks, 3, H, W), float32."""
        return torch.stack([self.transform(look.of(image)) for look in LOOKS[: self.looks]])


def load_bundle(source: str | os.PathLike[str] | None = None) -> Bundle:
    """Loads a bundle.

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
    try:
        config = json.loads((folder / CONFIG).read_text("utf-8"))
        label_names = tuple(config["label_names"])
        threshold = float(config["asl"]["threshold"])
        looks = int(config["asl"].get("looks", 1))
        metrics_file = folder / METRICS
        metrics = json.loads(metrics_file.read_text("utf-8")) if metrics_file.is_file() else {}
        _check_figures(metrics)
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise BundleError(
            f"'{name}' is not a bundle of this project: its {CONFIG} or {METRICS} "
            f"lacks or breaks {error}. `python -m train fit` writes one."
        ) from None
    unknown = [label for label in label_names if label not in CLASSES]
    if unknown:
        raise BundleError(f"'{name}' has classes that are not in this alphabet: {unknown}.")
    try:
        model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
        # Channels last: MobileNetV2 takes 11.5 ms a picture at batch 1 on two cores instead of 14.
        model = model.to(memory_format=torch.channels_last)
        transform = create_transform(**resolve_model_data_config(model))
    except Exception as error:  # whatever timm and torch raise for what a stranger's file says
        raise BundleError(f"The weights of '{name}' do not fit its {CONFIG}: {error}") from None
    if model.num_classes != len(label_names):
        raise BundleError(
            f"'{name}' has {model.num_classes} outputs but {len(label_names)} label names."
        )
    if not 1 <= looks <= len(LOOKS):
        raise BundleError(
            f"'{name}' wants {looks} looks at a picture; 1 to {len(LOOKS)} are possible."
        )
    examples = tuple(folder / file for file in EXAMPLES if (folder / file).is_file())
    return Bundle(model, transform, label_names, threshold, metrics, name, looks, examples=examples)


def _check_figures(metrics: dict[str, Any]) -> None:
    """Raises now what a stranger's metrics.json would raise when the page shows its figures."""
    for figures in metrics.get("splits", {}).values():
        numbers = [figures["n"], figures["top1"], figures["top3"], len(figures["sources"])]
        low, high = figures.get("top1_interval", (None, None))
        if low is not None:
            numbers += [low, high]
            _ = figures["clusters"]["kind"]
        for letter in figures.get("letters", {}).values():
            numbers += [1 / letter["n"], *letter["read_as"].values()]
        for number in numbers:
            if not isinstance(number, int | float):
                raise ValueError(f"the number {number!r}")
    metrics.get("training", {}).get("notes", "").strip()
    alarms = metrics.get("not_hands")
    if alarms:
        _ = f"{alarms['letter_claimed']:.1%} {alarms['n']:d}"


def save_bundle(folder: Path, bundle: Bundle, card: str, beside: Sequence[Path] = ()) -> None:
    """Writes a bundle, whole or not at all; a bundle that is already there is replaced.

    Weights are stored in half precision, which halves the download; the classifier's in full, so
    that a temperature can be built into it (`asl_model.network.adjust_logits`) without a change to
    any answer but that. Whoever measures should do so on a model rounded by `round_to_half`: it
    answers exactly as the stored one will.

    Args:
        folder: where to.
        bundle: what to write.
        card: the text of README.md.
        beside: more files to copy into it: HISTORY and CURVES. EXAMPLES that are there stay.

    Raises:
        BundleError: something that is no bundle stands at `folder`.
    """
    check_writable(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".bundle-") as temporary:
        new = Path(temporary) / "new"
        save_for_hf(
            _as_stored(bundle.model),
            str(new),
            model_config={
                "label_names": list(bundle.label_names),
                "asl": {"threshold": bundle.threshold, "looks": bundle.looks},
            },
            safe_serialization=True,
        )
        (new / METRICS).write_text(json.dumps(bundle.metrics, indent=2) + "\n", "utf-8")
        (new / CARD).write_text(card, "utf-8")
        for file in (*beside, *(folder / name for name in EXAMPLES)):
            if file.is_file():
                shutil.copy(file, new)
        old = Path(temporary) / "old"
        if folder.exists():
            folder.rename(old)
        try:
            new.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise


def _as_stored(model: TimmModel) -> TimmModel:
    stored = copy.deepcopy(model).half().to(memory_format=torch.contiguous_format)
    classifier = stored.get_classifier().float()
    classifier.load_state_dict(model.get_classifier().state_dict())
    return stored


def check_writable(folder: Path) -> None:
    """Raises BundleError if writing a bundle to `folder` would destroy something else."""
    if not folder.exists():
        return
    own = {CONFIG, WEIGHTS, CARD, METRICS, HISTORY, CURVES, *EXAMPLES}
    if not folder.is_dir() or {file.name for file in folder.iterdir()} - own:
        raise BundleError(
            f"'{folder}' exists and holds other things than a bundle. Give another place."
        )


def round_to_half(model: TimmModel) -> TimmModel:
    """Rounds the weights in place to what a bundle stores; they stay float32 for computing."""
    return model.half().float()
