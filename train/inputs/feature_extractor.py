"""Prepares the frozen part of a network to compute features of pictures."""

from collections.abc import Callable

import torch

from asl_model.inference import Network, convert
from train.devices import autocast, processes
from train.network.layers import Extractor, TimmModel


def make_extractor(model: TimmModel) -> Callable[[torch.Tensor], torch.Tensor]:
    """Returns a function from pictures (N, 3, H, W) to features (N, ...) on the CPU.

    The function runs `model.forward_features`. On a CPU it uses OpenVINO, as the demo does: VGG16
    takes 67 ms per picture instead of 75 to 81 (224 px, two cores with AVX512-BF16). On a GPU, and
    for networks that OpenVINO cannot convert, it uses torch.

    Args:
        model: a model in eval mode, on its device. Its weights must not change while the function
            is in use.
    """
    state = processes()
    device = state.device
    if device.type == "cpu":
        try:
            # As many threads as torch uses. Under accelerate this is one per process, unless
            # OMP_NUM_THREADS is set.
            network = Network(convert(Extractor(model)), threads=torch.get_num_threads())
        except (OSError, MemoryError):
            raise
        except Exception as error:  # errors of OpenVINO and torch have no common class
            name = type(error).__name__
            state.print(f"OpenVINO cannot convert this network ({name}). Using torch.")
        else:
            return lambda pixels: torch.from_numpy(network(pixels.numpy()))

    @torch.inference_mode()
    def by_torch(pixels: torch.Tensor) -> torch.Tensor:
        pixels = pixels.to(device).contiguous(memory_format=torch.channels_last)
        with autocast(device):
            features: torch.Tensor = model.forward_features(pixels)
        return features.cpu()

    return by_torch
