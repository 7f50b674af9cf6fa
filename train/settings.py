"""Everything that decides how a run of `fit` goes, in one place."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asl_model import CLASSES
from asl_model.crops import LOOKS
from train.errors import TrainError

CHOICES = {
    "split": ("blocks", "random", "sources"),
    "augmentation": ("moderate", "strong"),
    "initialisation": ("lsuv", "glorot"),
    "optimizer": ("adamw", "sgd"),
    "schedule": ("one_cycle", "constant"),
}
"""The settings that are one of a few words."""

RANGES = {
    "input_size": (32, 1024),
    "test_input_size": (32, 1024),
    "std": (1e-3, math.inf),
    "views": (0, math.inf),
    "epochs": (1, math.inf),
    "batch_size": (2, math.inf),
    "learning_rate": (0, math.inf),
    "weight_decay": (0, math.inf),
    "label_smoothing": (0, 0.9),
    "clip_norm": (0, math.inf),
    "ema_decay": (0, 0.99999),
    "start_share": (0, 1),
    "balance": (0, 1),
    "looks": (1, len(LOOKS)),
    "seed": (0, 2**32 - 1),  # what NumPy's generators take; torch's take 64 bits
    "keep_checkpoints": (0, math.inf),
}
"""The least and the most that a number may be, from wherever it comes. None is left as it is."""

TUPLES = ("classes", "held_out")
"""The settings that are lists of names; JSON has no tuples."""


@dataclass(frozen=True)
class Settings:
    """What `fit` trains and how. A settings file may hold every field; the
    command line has options for all but `initialisation` and `clip_norm`.

    `train.recipes` holds the two named sets of them; the defaults here only fill what a recipe
    leaves out.

    Attributes:
        classes: the classes to teach; empty for all that occur.
        split: 'blocks' holds out runs of neighbouring frames; 'sources' holds out whole sources
            as well; 'random' is the usual way, kept to show what it hides. See `train.data.splits`.
        held_out: the sources that a split by sources holds out; empty for some that the seed draws.
        backbone: name of a timm model.
        model_args: extra arguments to `timm.create_model`. For VGG `mlp_ratio` sets the width of
            the first dense layer to 4096 times itself.
        dropouts: probability of single dropout layers, by their name in the model.
        freeze: how deep the freeze goes, see `train.network.layers.freeze`.
        from_scratch: start from random weights and not from pre-trained ones.
        initialisation: of the layers that start at random, see `train.network.initialise`.
        input_size: side of the network's input in pixels; None for the backbone's own.
        test_input_size: the same when it answers, from then on; None for that of the training. A
            network that learnt from pictures stretched at random reads whole ones better if they
            are a fifth larger (Touvron et al. 2019, arXiv:1906.06423; `train/EXPERIMENTS.md`).
        mean, std: normalisation of values in 0..1, one number for all channels; None for the
            backbone's own.
        standardise: train the head on standardised features, see `train.network.head`.
        views: changed copies of each picture whose features are computed beside the picture's own,
            when all of the backbone is frozen. A network that is trained deeper sees a new one at
            each draw.
        augmentation: how far pictures are changed, see `STRENGTHS`. 'strong' is for a
            model that is trained further.
        epochs: passes over as many pictures as the training part holds.
        batch_size: pictures a step, over all processes together.
        optimizer: 'adamw', or 'sgd' without momentum.
        schedule: of the learning rate: 'one_cycle' (Smith 2018, arXiv:1803.09820) or 'constant'.
        learning_rate: the peak of the schedule.
        weight_decay: on weights only, not on biases and normalisation.
        label_smoothing: share of the target that is spread over all classes.
        clip_norm: longest gradient, over all parameters; 0 for no limit. 1 keeps a VGG that is
            trained deeper than its head from diverging.
        ema_decay: how slowly the running mean of the weights, which is what answers in the end,
            follows them; 0 for no mean. 0.999 is a mean of about the last thousand steps: worth a
            point on people never seen, if there are some thousands.
        start_share: how much of the weights that a run starts from is in those that answer, the
            rest being what it ends with; 0 for none. For a trained model that is trained further
            (Wortsman et al. 2022, arXiv:2109.01903; what it gave: `train/EXPERIMENTS.md`).
        balance: sources are drawn by this power of their size, classes in a source equally. 1
            takes every picture once an epoch, 0 draws every source equally. Between them, long
            videos do not drown small sources, and those are not repeated too often. 0.6 is a
            start, not yet tuned.
        looks: how often the model looks at a picture when it answers, see `asl_model.crops`. It
            costs as much time again, and changes nothing of the training.
        seed: of the split, the random weights and every draw.
        keep_checkpoints: how many of the newest checkpoints stay; 0 for all.
    """

    classes: tuple[str, ...] = ()
    split: str = "blocks"
    held_out: tuple[str, ...] = ()
    backbone: str = "vgg16"
    model_args: dict[str, Any] = field(default_factory=dict)
    dropouts: dict[str, float] = field(default_factory=dict)
    freeze: str = "all"
    from_scratch: bool = False
    initialisation: str = "lsuv"
    input_size: int | None = None
    test_input_size: int | None = None
    mean: float | None = None
    std: float | None = None
    standardise: bool = True
    views: int = 1
    augmentation: str = "moderate"
    epochs: int = 15
    batch_size: int = 64
    optimizer: str = "adamw"
    schedule: str = "one_cycle"
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    clip_norm: float = 1.0
    ema_decay: float = 0.0
    start_share: float = 0.0
    balance: float = 0.6
    looks: int = 1
    seed: int = 0
    keep_checkpoints: int = 2

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise TrainError(f"{name} '{getattr(self, name)}' is none of {', '.join(allowed)}.")
        unknown = [name for name in self.classes if name not in CLASSES]
        if unknown:
            raise TrainError(
                f"No such classes: {', '.join(unknown)}. Known are A to Z, "
                f"{', '.join(CLASSES[26:])}."
            )
        for name, (least, most) in RANGES.items():
            value = getattr(self, name)
            if value is not None and not (
                isinstance(value, int | float) and least <= value <= most
            ):
                raise TrainError(
                    f"{name} {value!r} is not possible: a number from {least:g} to {most:g} is."
                )
        if self.held_out and self.split != "sources":
            raise TrainError("--hold-out names sources, and only --split sources holds any out.")
        if self.from_scratch and self.freeze != "none":
            raise TrainError("From scratch nothing can be frozen: give --freeze none as well.")


def read_settings(file: Path) -> dict[str, Any]:
    """Some of the fields of Settings from a JSON file, such as the one that `tune` writes.

    Raises:
        TrainError: it cannot be read, or holds other things than settings.
    """
    try:
        values = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise TrainError(f"The settings '{file}' cannot be read: {error}") from None
    if not isinstance(values, dict):
        raise TrainError(f"The settings '{file}' are no JSON object, as in {{\"epochs\": 5}}.")
    defaults = vars(Settings())
    for name, value in values.items():
        if name not in defaults:
            known = ", ".join(defaults)
            raise TrainError(f"'{file}' holds what is no setting ({name}). Settings are: {known}.")
        default = list(defaults[name]) if name in TUPLES else defaults[name]
        kinds = (int, float) if isinstance(default, float) else (type(default),)
        if default is not None and not isinstance(value, kinds):
            raise TrainError(f"'{file}': {name} is {value!r}; it is to be like {default!r}.")
    return {k: tuple(v) if k in TUPLES else v for k, v in values.items()}
