"""The frozen part of a network, run once per picture; the head then trains on what it gave."""

from pathlib import Path

import datasets
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from asl_model.network import TimmModel
from train.loop import has_fast_bfloat16


class Features(Dataset):
    """Features on disk, memory-mapped, with their labels: {'pixels': tensor, 'label': int}."""

    def __init__(self, file: Path, labels: list[int]) -> None:
        self.array = np.load(file, mmap_mode="r")
        self.labels = labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> dict[str, object]:
        return {
            "pixels": torch.from_numpy(self.array[index].astype(np.float32)),
            "label": self.labels[index],
        }


@torch.inference_mode()
def compute_features(
    model: TimmModel, pictures: datasets.Dataset, file: Path, name: str, workers: int
) -> Features:
    """Runs `model.forward_features` once over all pictures.

    Args:
        model: a timm model whose feature extractor is frozen.
        pictures: rows {'pixels': (3, H, W), 'label': int}.
        file: where to write them, as a .npy file in half precision: 50 kB a picture for VGG16 at
            224 px. They are read back memory-mapped, so memory stays small.
        name: what the progress bar calls them.
        workers: processes that read pictures.
    """
    model.eval()
    array = None
    start = 0
    for batch in tqdm(
        DataLoader(pictures, 32, num_workers=workers), f"features of {name}", unit="batch"
    ):
        pixels = batch["pixels"].contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=has_fast_bfloat16()):
            features = model.forward_features(pixels)
        if array is None:
            shape = (len(pictures), *features.shape[1:])
            array = np.lib.format.open_memmap(file, mode="w+", dtype=np.float16, shape=shape)
        array[start : start + len(features)] = features.to(torch.float16).numpy()
        start += len(features)
    if array is not None:
        array.flush()
    return Features(file, list(pictures["label"]))
