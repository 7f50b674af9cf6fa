"""Computes and caches the features of a frozen backbone, once per view; the head trains on them."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from timm.data import resolve_model_data_config
from tqdm import tqdm

from asl_model.inference import engine
from train.devices import precision, processes
from train.errors import TrainError, make_folder
from train.inputs.augmented_views import Draw, Views
from train.inputs.feature_extractor import make_extractor
from train.inputs.feature_store import RowStore
from train.network.hashes import layers_hash, versions, weights_hash
from train.network.layers import TimmModel, head_parameters

BATCH = 32
"""Pictures per batch. The last batch is filled up, so that all rows are computed alike."""


PIXELS_VERSION = 1
"""Increase by one if `asl_model.images` or `asl_model.preprocessing` changes the pixels that a
network gets from a file. Older cached features are then computed again."""


def default_cache() -> Path:
    """Returns the cache folder used without --cache. It may be deleted at any time."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "asl-letters"


@dataclass(frozen=True)
class ReadOptions:
    """How pictures are read.

    Attributes:
        workers: worker processes that read and augment pictures.
        cache: folder of the feature cache.
    """

    workers: int = 1
    cache: Path = field(default_factory=default_cache)


class Features:
    """Cached features of views, memory-mapped from disk and read like `Views`."""

    def __init__(self, store: RowStore, views: Views, count: int) -> None:
        self.store, self.labels = store, views.labels
        self.keys = [
            [views.key((number, view)) for view in range(count + 1)] for number in range(len(views))
        ]

    def __len__(self) -> int:
        return len(self.labels)

    def batches(self, draws: list[list[Draw]], workers: int) -> Iterator[dict[str, torch.Tensor]]:
        """Yields batches {'pixels': features (N, ...), 'label': (N,)}. `workers` is not used."""
        for batch in draws:
            keys = [self.keys[number][view] for number, view in batch]
            labels = torch.tensor([self.labels[number] for number, _ in batch])
            yield {"pixels": self.store.read(keys), "label": labels}


def compute_features(
    model: TimmModel, views: Views, count: int, name: str, reading: ReadOptions
) -> Features:
    """Runs `model.forward_features` once on the views that are not cached yet.

    Under `accelerate launch`, each process takes a share of the views.

    Args:
        model: a timm model on its device, whose feature extractor is frozen.
        views: the pictures.
        count: number of augmented views of each picture. Its plain view is always added.
        name: name of the pictures in the progress bar.
        reading: the cache and the worker processes. A row takes 50 kB for VGG16 at 224 px in
            bfloat16. Several machines need a cache folder that they share.

    Raises:
        TrainError: features that another process computed are not in the cache folder.
    """
    state = processes()
    cache = make_folder("--cache", reading.cache)
    draws = [(number, view) for view in range(count + 1) for number in range(len(views))]
    keys = [views.key(draw) for draw in draws]
    store = _open_store(model, views, cache, state.device)
    damaged = store.open(keys, progress=state.is_main_process)
    if damaged:
        state.print(f"{damaged} rows of the feature cache are damaged and are computed again.")
    missing = list({k: d for k, d in zip(keys, draws, strict=True) if k not in store}.values())
    state.wait_for_everyone()  # all processes must see the same rows missing
    state.print(f"features of {name}: {len(draws) - len(missing)} of {len(draws)} are in {cache}")
    mine = missing[state.process_index :: state.num_processes]
    if mine:
        _add(model, store, views, mine, tqdm(
            total=len(mine), desc=f"features of {name}", unit="view",
            disable=not state.is_main_process,
        ), reading.workers)  # fmt: skip
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
    """Returns what rows depend on besides picture and view. Any change starts a new folder."""
    return {
        "backbone": model.pretrained_cfg["architecture"],
        "weights": weights_hash(model, leave_out=head_parameters(model)),
        "preprocessing": {k: str(v) for k, v in resolve_model_data_config(model).items()},
        "transform": str(views.plain),
        "pixels": PIXELS_VERSION,
        "precision": f"{precision(device)} on {device.type}",
        "layers": layers_hash(model),
        "engine": engine() if device.type == "cpu" else "torch",
        "versions": versions(),
    }
