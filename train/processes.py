"""The processes that share a run: one, unless `accelerate launch` or `torchrun` started several."""

import torch
from accelerate import PartialState


def processes() -> PartialState:
    """This process's place among them, its device, and how to wait for the others.

    The device is a GPU where there is one. Without one, several processes talk by gloo, which
    accelerate takes only when it is told that there is no GPU.
    """
    return PartialState(cpu=not torch.cuda.is_available())
