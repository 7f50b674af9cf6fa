"""What a picture is taught as: its letter, and a little of the letter with the same handshape."""

from collections.abc import Sequence

import torch

from asl_model.handshapes import SAME_HANDSHAPE


def soft_targets(label_names: Sequence[str], handshape_smoothing: float) -> torch.Tensor | None:
    """The targets of K classes, one in each row.

    Some people hold P as others hold K. A network that was taught that a K may be a P, with a low
    probability, is to name P among the first three ('Letters of one handshape' in
    `train/EXPERIMENTS.md` says where that worked and where not).

    Args:
        label_names: the classes.
        handshape_smoothing: the share of the target of a letter of `SAME_HANDSHAPE` that goes to
            the other one, if that is taught as well.

    Returns:
        (K, K) float32, rows of which add up to 1; None if each class is taught as itself alone.
    """
    if not handshape_smoothing:
        return None
    numbers = {name: number for number, name in enumerate(label_names)}
    targets = torch.eye(len(label_names))
    for pair in SAME_HANDSHAPE:
        if all(name in numbers for name in pair):
            own = torch.tensor([numbers[name] for name in pair])
            targets[own, own] -= handshape_smoothing
            targets[own, own.flip(0)] += handshape_smoothing
    return targets
