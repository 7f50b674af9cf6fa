"""Writes a bundle (`asl_model.bundle`): whole or not at all. Needs torch; training uses it."""

import copy
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.numpy import load_file
from timm.models import save_for_hf

from asl_model.bundle import CARD, CONFIG, CURVES, EXAMPLES, HISTORY, METRICS, WEIGHTS, Bundle
from asl_model.errors import BundleError
from asl_model.graph import GRAPH, convert, to_xml
from train.network.layers import TimmModel


def save_bundle(folder: Path, bundle: Bundle, card: str, beside: Sequence[Path] = ()) -> None:
    """Writes a bundle, whole or not at all; a bundle that is already there is replaced.

    Weights are stored in half precision, which halves the download; the classifier's in full, so
    that a temperature can be built into it without a change to
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
            model_config={"label_names": list(bundle.label_names), "asl": _added(bundle)},
            safe_serialization=True,
        )
        # safetensors leaves it to its writer alone; who serves may be another user.
        (new / WEIGHTS).chmod((new / CONFIG).stat().st_mode)
        _write_graph(new, bundle.model)
        (new / METRICS).write_text(json.dumps(bundle.metrics, indent=2) + "\n", "utf-8")
        (new / CARD).write_text(card, "utf-8")
        for file in (*beside, *(folder / name for name in EXAMPLES)):
            if file.is_file():
                shutil.copy(file, new)
        old = Path(temporary) / "old"
        try:
            if folder.exists():
                folder.rename(old)
            new.rename(folder)
        except BaseException:  # an interrupt, too: what is in `temporary` is about to be deleted
            if old.exists() and not folder.exists():
                old.rename(folder)
            raise


def _added(bundle: Bundle) -> dict[str, Any]:
    added = {"threshold": bundle.threshold, "looks": bundle.looks}
    return added | ({"sharing": asdict(bundle.sharing)} if bundle.sharing else {})


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


def _as_stored(model: TimmModel) -> TimmModel:
    stored = copy.deepcopy(model).half().to(memory_format=torch.contiguous_format)
    classifier = stored.get_classifier().float()
    classifier.load_state_dict(model.get_classifier().state_dict())
    return stored


def check_writable(folder: Path) -> None:
    """Raises BundleError if writing a bundle to `folder` would destroy something else."""
    if not folder.exists():
        return
    own = {CONFIG, WEIGHTS, GRAPH, CARD, METRICS, HISTORY, CURVES, *EXAMPLES}
    if not folder.is_dir() or {file.name for file in folder.iterdir()} - own:
        raise BundleError(
            f"'{folder}' exists and holds other things than a bundle. Give another place."
        )


def round_to_half(model: TimmModel) -> TimmModel:
    """Rounds the weights in place to what a bundle stores; they stay float32 for computing."""
    return model.half().float()
