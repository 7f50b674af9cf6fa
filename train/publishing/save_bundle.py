"""Writes a bundle (`asl_model.bundle`): whole or not at all."""

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
from asl_model.description import CONFIG, METRICS, WEIGHTS
from asl_model.errors import BundleError
from asl_model.graph import convert
from asl_model.graph_file import GRAPH, to_xml
from asl_model.timm_model import TimmModel
from train.network.layers import round_to_half

FILES = (CONFIG, WEIGHTS, GRAPH, CARD, METRICS, HISTORY, CURVES, *EXAMPLES)
"""The names that a bundle may hold. `push` uploads these and no others."""


def save_bundle(folder: Path, bundle: Bundle, card: str, beside: Sequence[Path] = ()) -> None:
    """Writes a bundle, whole or not at all; a bundle that is already there is replaced.

    Weights are stored in half precision, which halves the download.

    Args:
        folder: where to.
        bundle: what to write.
        card: the text of README.md.
        beside: more files to copy into it: HISTORY and CURVES. EXAMPLES that are there stay.

    Raises:
        BundleError: something that is not a bundle stands at `folder`.
    """
    with _replacing(folder) as new:
        stored = round_to_half(copy.deepcopy(bundle.model))
        half = copy.deepcopy(stored).half().to(memory_format=torch.contiguous_format)
        config = {"label_names": list(bundle.label_names), "asl": _answering(bundle)}
        save_for_hf(half, str(new), model_config=config, safe_serialization=True)
        # safetensors writes it readable for its writer only; the server may be another user.
        (new / WEIGHTS).chmod((new / CONFIG).stat().st_mode)
        _write_graph(new, stored)
        (new / METRICS).write_text(bundle.metrics.to_json(), "utf-8")
        (new / CARD).write_text(card, "utf-8")
        for file in (*beside, *(folder / name for name in EXAMPLES)):
            if file.is_file():
                shutil.copy(file, new)


def rewrite_description(folder: Path, bundle: Bundle, card: str) -> None:
    """Writes how a bundle answers: config.json, metrics.json and the card. Its weights stay.

    Whole or not at all, as `save_bundle`.

    Raises:
        BundleError: there is something else than a bundle at `folder`.
    """
    config = json.loads((folder / CONFIG).read_text("utf-8"))
    config["asl"] = _answering(bundle)
    with _replacing(folder) as new:
        shutil.copytree(folder, new, dirs_exist_ok=True, copy_function=_link)
        for name, text in (
            (CONFIG, json.dumps(config, indent=2)),
            (METRICS, bundle.metrics.to_json()),
            (CARD, card),
        ):
            (new / name).unlink(missing_ok=True)  # not the linked file itself
            (new / name).write_text(text, "utf-8")


@contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """Gives a new folder to fill; it takes the place of `folder` if all went well."""
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
        except BaseException:  # an interrupt, too: what is in `temporary` is about to be deleted
            if old.exists() and not folder.exists():
                old.rename(folder)
            raise


def _link(source: str, target: str) -> None:
    """A second name for the same file, which costs no space; a copy where that is impossible."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _answering(bundle: Bundle) -> dict[str, Any]:
    """What stands in config.json under "asl", see `asl_model.description.Answering`."""
    return {"looks": bundle.looks, "calibration": asdict(bundle.calibration)}


def _write_graph(folder: Path, model: TimmModel) -> None:
    """Writes the graph beside the weights; not of networks that OpenVINO cannot convert."""
    try:
        text = to_xml(convert(model), load_file(folder / WEIGHTS))
    except (OSError, MemoryError):
        raise
    except Exception as error:  # OpenVINO's and torch's own: there is no common class
        print(f"OpenVINO cannot convert this network; torch will answer ({type(error).__name__}).")
        return
    if text is None:
        print("OpenVINO changes the weights of this network; it is converted when it is loaded.")
        return
    (folder / GRAPH).write_text(text, "utf-8")


def check_writable(folder: Path) -> None:
    """Raises BundleError if writing a bundle to `folder` would destroy something else."""
    if not folder.exists():
        return
    if not folder.is_dir() or {file.name for file in folder.iterdir()} - set(FILES):
        raise BundleError(
            f"'{folder}' exists and holds other things than a bundle. Give another place."
        )
