"""Everything that decides how a run of `fit` goes, in one place."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Settings:
    """What `fit` trains and how. Each field is an option of the command line.

    Attributes:
        backbone: name of a timm model.
        model_args: extra arguments to `timm.create_model`. For VGG `mlp_ratio` sets the width of
            the first dense layer to 4096 times itself; 0.125 trains 8 times faster than timm's 1.
        freeze: how deep the freeze goes, see `asl_model.network.freeze`.
        input_size: side of the network's input in pixels; None for the backbone's own.
        mean, std: normalisation of values in 0..1, one number for all channels; None for the
            backbone's own.
        epochs: passes over as many pictures as the training part holds.
        batch_size: pictures a step.
        learning_rate: the peak of the one-cycle schedule (Smith 2018, arXiv:1803.09820).
        weight_decay: of AdamW; on weights only, not on biases and normalisation.
        label_smoothing: share of the target that is spread over all classes.
        balance: sources are drawn by this power of their size, classes in a source equally. 1
            draws every picture equally, 0 every source. Between them, long videos do not drown
            small sources, and those are not repeated too often. 0.6 is a start, not yet tuned.
        seed: of the split, the random weights and every draw.
    """

    backbone: str = "vgg16"
    model_args: dict[str, Any] = field(default_factory=dict)
    freeze: str = "all"
    input_size: int | None = None
    mean: float | None = None
    std: float | None = None
    epochs: int = 15
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    balance: float = 0.6
    seed: int = 0
