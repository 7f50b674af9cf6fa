"""Writes a bundle (`asl_model.bundle`), completely or not at all."""

import copy
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.numpy import load_file
from timm.models import save_for_hf

from asl_model.bundle import CARD, CURVES, EXAMPLES, HISTORY, Bundle
from asl_model.bundle_config import CONFIG, METRICS, WEIGHTS
from asl_model.errors import BundleError
from asl_model.graph_file import GRAPH, to_xml
from asl_model.inference import convert
from asl_model.timm_model import TimmModel
from train.network.layers import round_to_half

FILES = (CONFIG, WEIGHTS, GRAPH, CARD, METRICS, HISTORY, CURVES, *EXAMPLES)
"""The files that a bundle may hold. `push` uploads these and no others."""


def save_bundle(folder: Path, bundle: Bundle, card: str, extra_files: Sequence[Path] = ()) -> None:
    """Writes a bundle, completely or not at all; an existing bundle is replaced.

    Weights are stored in half precision, which halves the download.

    Args:
        folder: where to write the bundle.
        bundle: the bundle.
        card: the text of README.md.
        extra_files: more files to copy: HISTORY and CURVES. Existing EXAMPLES are kept.

    Raises:
        BundleError: `folder` exists and is not a bundle.
    """
    with replacing(folder) as new:
        stored = round_to_half(copy.deepcopy(bundle.model))
        half = copy.deepcopy(stored).half().to(memory_format=torch.contiguous_format)
        config = {"label_names": list(bundle.label_names), "asl": _inference_settings(bundle)}
        save_for_hf(half, str(new), model_config=config, safe_serialization=True)
        # safetensors lets only the owner read the file; the server may run as another user.
        (new / WEIGHTS).chmod((new / CONFIG).stat().st_mode)
        _write_graph(new, stored)
        (new / METRICS).write_text(bundle.metrics.to_json(), "utf-8")
        (new / CARD).write_text(card, "utf-8")
        for file in (*extra_files, *(folder / name for name in EXAMPLES)):
            if file.is_file():
                shutil.copy(file, new)


def rewrite_config(folder: Path, bundle: Bundle, card: str) -> None:
    """Rewrites config.json, metrics.json and the card of a bundle, and keeps its weights.

    The bundle is rewritten completely or not at all, as by `save_bundle`.

    Raises:
        BundleError: `folder` is not a bundle.
    """
    config = json.loads((folder / CONFIG).read_text("utf-8"))
    config["asl"] = _inference_settings(bundle)
    with replacing(folder) as new:
        shutil.copytree(folder, new, dirs_exist_ok=True, copy_function=_link)
        for name, text in (
            (CONFIG, json.dumps(config, indent=2)),
            (METRICS, bundle.metrics.to_json()),
            (CARD, card),
        ):
            (new / name).unlink(missing_ok=True)  # writing to the link would change the old file
            (new / name).write_text(text, "utf-8")


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Yields a new folder to fill, which replaces `folder` if no error is raised.

    Raises:
        BundleError: `folder` exists and is not a bundle.
    """
    check_writable(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".bundle-") as temporary:
        new, old = Path(temporary) / "new", Path(temporary) / "old"
        new.mkdir()
        yield new
        try:
            if folder.exists():
                folder.rename(old)
            new.rename(folder)
        except BaseException:  # interrupts too: `temporary`, which holds `old`, is deleted next
            if old.exists() and not folder.exists():
                old.rename(folder)
            raise


def _link(source: str, target: str) -> None:
    """Hard-links a file, which takes no disc space; copies it where links are impossible."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _inference_settings(bundle: Bundle) -> dict[str, Any]:
    """Returns the part of config.json under "asl", see `InferenceSettings`."""
    crop = {"crop": bundle.crop} if bundle.crop != "none" else {}  # unknown to older versions
    return {**crop, "looks": bundle.looks, "calibration": asdict(bundle.calibration)}


def _write_graph(folder: Path, model: TimmModel) -> None:
    """Writes the graph beside the weights, unless OpenVINO cannot convert the network."""
    try:
        text = to_xml(convert(model), load_file(folder / WEIGHTS))
    except (OSError, MemoryError):
        raise
    except Exception as error:  # errors of OpenVINO and torch have no common class
        print(f"OpenVINO cannot convert this network ({type(error).__name__}): torch will run it.")
        return
    if text is None:
        print("OpenVINO changes the weights of this network: it is converted at each load instead.")
        return
    (folder / GRAPH).write_text(text, "utf-8")


def check_writable(folder: Path) -> None:
    """Raises BundleError if writing a bundle to `folder` would destroy other files."""
    if not folder.exists():
        return
    if not folder.is_dir() or {file.name for file in folder.iterdir()} - set(FILES):
        raise BundleError(
            f"'{folder}' exists and holds other things than a bundle. Give another folder."
        )
