"""Where training computes: its processes, their device, and the device's number type."""

import torch
from accelerate import PartialState
from torch import nn


def processes() -> PartialState:
    """This process's place among them, its device, and how to wait for the others.

    The device is a GPU where there is one. Without one, several processes talk by gloo, which
    accelerate takes only when it is told that there is no GPU.
    """
    return PartialState(cpu=not torch.cuda.is_available())


def precision(device: torch.device) -> torch.dtype:
    """bfloat16 where the hardware multiplies it, else float32, which is faster without.

    On two cores with AVX512-BF16, VGG16's convolutions take 85 ms a picture instead of 190 (224 px,
    batches of 32, channels last).
    """
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    fast = device.type == "cpu" and torch.cpu.get_capabilities().get("avx512_bf16")
    return torch.bfloat16 if fast else torch.float32


def autocast(device: torch.device, network: nn.Module | None = None) -> torch.autocast:
    """The context in which a network runs in that precision; its weights stay float32.

    Args:
        device: where it runs.
        network: one that is trained; on a processor it stays in float32 if depthwise
            convolutions are among what is trained. In one thread, MobileNetV2 at 128 px trains
            60 pictures a second in float32 and 47 in bfloat16.
    """
    on_cpu = device.type == "cpu"
    depthwise = network is not None and any(
        layer.groups > 1 and layer.weight.requires_grad
        for layer in network.modules()
        if isinstance(layer, nn.Conv2d)
    )
    enabled = precision(device) == torch.bfloat16 and not (on_cpu and depthwise)
    return torch.autocast(device.type, torch.bfloat16, enabled=enabled)
