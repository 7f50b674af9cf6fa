"""The frozen part of a network, run once per view of each picture; the head trains on the rest."""

import hashlib
import inspect
import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import PIL
import timm
import torch
import torchvision
from timm.data import resolve_model_data_config
from torch import nn
from tqdm import tqdm

from asl_model import images, preprocessing
from asl_model.graph import engine
from train.devices import precision, processes
from train.errors import TrainError, make_folder
from train.inputs.augmented import Draw, Views
from train.inputs.extractor import make_extractor
from train.inputs.store import RowStore
from train.network.layers import TimmModel, head_parameters

BATCH = 32
"""Pictures computed at once; the last batch is filled up, so that all rows are computed alike."""


def default_cache() -> Path:
    """Where features lie unless something else is said; it may be deleted at any time."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "asl-letters"


class Features:
    """Features of views on disk, memory-mapped: read like `Views`, but computed already."""

    def __init__(self, store: RowStore, views: Views, count: int) -> None:
        self.store, self.labels = store, views.labels
        self.keys = [
            [views.key((number, view)) for view in range(count + 1)] for number in range(len(views))
        ]

    def __len__(self) -> int:
        return len(self.labels)

    def batches(self, draws: list[list[Draw]], workers: int) -> Iterator[dict[str, torch.Tensor]]:
        """Batches {'pixels': features (N, ...), 'label': (N,)}. No workers are needed."""
        for batch in draws:
            keys = [self.keys[number][view] for number, view in batch]
            labels = torch.tensor([self.labels[number] for number, _ in batch])
            yield {"pixels": self.store.read(keys), "label": labels}


def compute_features(
    model: TimmModel, views: Views, count: int, cache: Path, name: str, workers: int
) -> Features:
    """Runs `model.forward_features` once over the views that are not yet on disk.

    Under `accelerate launch` each process takes a share of them.

    Args:
        model: a timm model on its device, whose feature extractor is frozen.
        views: the pictures.
        count: how many changed views of each; its plain view always comes along.
        cache: folder that holds all features. A row takes 50 kB for VGG16 at 224 px in bfloat16.
            With several machines it has to be one that all of them see.
        name: what the progress bar calls them.
        workers: processes that read pictures.

    Raises:
        TrainError: what another process computed is not to be seen here.
    """
    state = processes()
    make_folder("--cache", cache)
    draws = [(number, view) for view in range(count + 1) for number in range(len(views))]
    keys = [views.key(draw) for draw in draws]
    store = _open_store(model, views, cache, state.device)
    damaged = store.open(keys, progress=state.is_main_process)
    if damaged:
        state.print(f"{damaged} rows of the feature cache are damaged and are computed again.")
    missing = list({k: d for k, d in zip(keys, draws, strict=True) if k not in store}.values())
    state.wait_for_everyone()  # all see the same rows missing before anyone adds some
    state.print(f"features of {name}: {len(draws) - len(missing)} of {len(draws)} are in {cache}")
    mine = missing[state.process_index :: state.num_processes]
    if mine:
        _add(model, store, views, mine, tqdm(
            total=len(mine), desc=f"features of {name}", unit="view",
            disable=not state.is_main_process,
        ), workers)  # fmt: skip
    state.wait_for_everyone()
    if missing:
        store.open(keys, progress=state.is_main_process)
    if any(key not in store for key in keys):
        raise TrainError(
            f"Features that another process computed are not in '{cache}'. Give --cache a folder "
            "that all machines share."
        )
    return Features(store, views, count)


def _add(
    model: TimmModel, store: RowStore, views: Views, draws: list[Draw], bar: tqdm, workers: int
) -> None:
    model.eval()
    extract = make_extractor(model)
    batches = [draws[i : i + BATCH] for i in range(0, len(draws), BATCH)]
    filled = [batch + batch[:1] * (BATCH - len(batch)) for batch in batches]
    with store.writing() as writer, bar:
        for batch, read in zip(batches, views.batches(filled, workers), strict=True):
            features = extract(read["pixels"])[: len(batch)]
            writer.add([views.key(draw) for draw in batch], features.to(store.dtype))
            bar.update(len(batch))


def _open_store(model: TimmModel, views: Views, cache: Path, device: torch.device) -> RowStore:
    about = _about(model, views, device)
    text = json.dumps(about, indent=2, sort_keys=True)
    folder = cache / hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    size = model.pretrained_cfg["input_size"]
    with torch.inference_mode():
        shape = model.eval().forward_features(torch.zeros(1, *size, device=device)).shape[1:]
    store = RowStore(folder, shape, precision(device))
    (folder / "about.json").write_text(text + "\n", "utf-8")
    return store


def _about(model: TimmModel, views: Views, device: torch.device) -> dict[str, Any]:
    """All that a row depends on beside the picture and the view: a change of it starts anew."""
    return {
        "backbone": model.pretrained_cfg["architecture"],
        "weights": weights_hash(model, leave_out=head_parameters(model)),
        "preprocessing": {k: str(v) for k, v in resolve_model_data_config(model).items()},
        "transform": str(views.plain),
        "reading": source_hash(images) + source_hash(preprocessing),
        "precision": f"{precision(device)} on {device.type}",
        "layers": layers_hash(model),
        "engine": engine() if device.type == "cpu" else "torch",
        "versions": versions(),
    }


def versions() -> list[str]:
    """Of the libraries that features, and what is learnt from them, depend on."""
    return [f"{m.__name__} {m.__version__}" for m in (torch, torchvision, timm, PIL)]


def source_hash(module: ModuleType) -> str:
    """A hash of a module's text: the code that makes pixels is a part of what features rest on."""
    return hashlib.blake2b(inspect.getsource(module).encode(), digest_size=8).hexdigest()


def weights_hash(model: TimmModel, leave_out: set[str]) -> str:
    """A hash of the parameters and buffers, but for some of them."""
    total = hashlib.blake2b(digest_size=16)
    for name, tensor in sorted(model.state_dict().items()):
        if name not in leave_out:
            total.update(name.encode())
            total.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy())
    return total.hexdigest()


def layers_hash(model: TimmModel) -> str:
    """A hash of what the layers before the head do beside their weights: padding, eps, stride.

    Of two models with the same weights, `--model-arg` may make two functions.
    """
    head = head_parameters(model)
    total = hashlib.blake2b(digest_size=16)
    for name, layer in model.named_modules():
        own = {f"{name}.{parameter}" for parameter, _ in layer.named_parameters()}
        if not isinstance(layer, nn.Dropout) and not (own and own <= head):
            total.update(f"{name} {type(layer).__name__}({layer.extra_repr()})\n".encode())
    return total.hexdigest()
