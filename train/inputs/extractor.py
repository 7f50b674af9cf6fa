"""What computes the features of pictures: the frozen part of a network, made ready to run."""

from collections.abc import Callable

import torch

from asl_model.graph import Network, convert
from train.devices import autocast, processes
from train.network.layers import Extractor, TimmModel


def make_extractor(model: TimmModel) -> Callable[[torch.Tensor], torch.Tensor]:
    """What runs `model.forward_features`: pictures (N, 3, H, W) -> features (N, ...) on the CPU.

    On a processor that is OpenVINO, as when the demo answers: VGG16 takes 67 ms a picture and not
    75 to 81 (224 px, two cores with AVX512-BF16). On a GPU, and for networks that OpenVINO cannot
    convert, it is torch.

    Args:
        model: in eval mode, on its device; its weights are not to change meanwhile.
    """
    state = processes()
    device = state.device
    if device.type == "cpu":
        try:
            # As many threads as torch has: under accelerate that is one a process, unless
            # OMP_NUM_THREADS says otherwise.
            network = Network(convert(Extractor(model)), threads=torch.get_num_threads())
        except (OSError, MemoryError):
            raise
        except Exception as error:  # OpenVINO's and torch's own: there is no common class
            name = type(error).__name__
            state.print(f"OpenVINO cannot convert this network: torch computes ({name}).")
        else:
            return lambda pixels: torch.from_numpy(network(pixels.numpy()))

    @torch.inference_mode()
    def by_torch(pixels: torch.Tensor) -> torch.Tensor:
        pixels = pixels.to(device).contiguous(memory_format=torch.channels_last)
        with autocast(device):
            features: torch.Tensor = model.forward_features(pixels)
        return features.cpu()

    return by_torch
