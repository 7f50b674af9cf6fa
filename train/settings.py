"""All settings that decide how `fit` trains: types, bounds, defaults and help texts."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass
from pydantic.fields import FieldInfo

from asl_model import CLASSES
from asl_model.bundle_config import Cropping
from asl_model.crops import CROPS
from train.errors import TrainError

Share = Annotated[float, Field(ge=0, le=1)]
Side = Annotated[int, Field(ge=32, le=1024)]
"""Side of a square input, in pixels."""


@dataclass(
    frozen=True,
    config=ConfigDict(strict=True, extra="forbid", use_attribute_docstrings=True),
)
class Settings:
    """The settings of a run. The command line shows the first paragraph of each text as help.

    `train.recipes` defines two named sets of settings. The defaults here fill in what a recipe
    leaves out. A settings file may contain every field; the command line has an option for all but
    `initialisation` and `clip_norm`.

    Raises:
        pydantic.ValidationError: a value has the wrong type or is out of bounds.
        TrainError: settings exclude each other.
    """

    classes: tuple[str, ...] = ()
    """Classes to train on, for example A,B,C,D,E, or 'all' classes found."""

    split: Literal["blocks", "random", "sources"] = "blocks"
    """How to hold out pictures: 'blocks' of neighbouring frames, whole 'sources', or 'random'
    frames.

    'sources' also holds out blocks. 'random' is the usual way, kept to show what it hides. See
    `train.data.split_rules`."""

    held_out: tuple[str, ...] = ()
    """Sources that --split sources holds out, for example ann,bob. Default: a random fifth."""

    train_pictures: Annotated[int, Field(ge=0)] = 0
    """Number of pictures to train on, drawn at random from the training part; 0 for all.

    The held-out parts stay the same, so runs with fewer and with more pictures can be compared."""

    backbone: str = "vgg16"
    """Name of a timm model."""

    model_args: dict[str, Any] = Field(default_factory=dict)
    """KEY=VALUE for timm.create_model, for example mlp_ratio=0.125. Repeatable.

    For VGG, `mlp_ratio` times 4096 is the width of the first dense layer."""

    dropouts: dict[str, Annotated[float, Field(ge=0, lt=1)]] = Field(default_factory=dict)
    """Dropout of a layer as LAYER=PROBABILITY, for example head.drop=0.5. Repeatable."""

    freeze: str = "all"
    """What to freeze: 'all' of the feature extractor, 'none', or a number of stages (VGG's
    blocks).

    See `train.network.layers.freeze`."""

    from_scratch: bool = False
    """Start from random weights instead of pre-trained ones; needs --freeze none."""

    initialisation: Literal["timm", "glorot"] = "timm"
    """How to initialise layers without pre-trained weights, see `train.network.initialise`."""

    input_size: Side | None = None
    """Side of the network's input in training, in pixels. Default: the backbone's own."""

    test_input_size: Side | None = None
    """Side of the network's input at inference, in pixels. Default: as in training.

    A network trained on randomly stretched pictures reads whole pictures better if they are a fifth
    larger (Touvron et al. 2019, arXiv:1906.06423; docs/experiments/test-input-size.md)."""

    mean: float | None = None
    """Mean of the normalisation, for values in 0..1, all channels. Default: the backbone's own."""

    std: Annotated[float, Field(ge=1e-3)] | None = None
    """Standard deviation of the normalisation. Default: the backbone's own."""

    standardise: bool = True
    """Train the head on standardised features; the result is still a plain timm model.

    See `train.network.head`."""

    views: Annotated[int, Field(ge=0)] = 1
    """Augmented copies of each picture whose features are cached; 0 for only the originals.

    Only for a frozen backbone. A network that is trained deeper sees a new copy at each draw."""

    augmentation: Literal["moderate", "strong"] = "moderate"
    """Strength of the augmentation: 'moderate', or 'strong' for fine-tuning a trained model.

    The ranges are in `train.inputs.augmentations.STRENGTHS`."""

    epochs: Annotated[int, Field(ge=1)] = 15
    """Number of epochs; each draws as many pictures as the training part has."""

    batch_size: Annotated[int, Field(ge=2)] = 64
    """Pictures per step, over all processes together."""

    optimizer: Literal["adamw", "sgd"] = "adamw"
    """Optimizer: 'adamw', or 'sgd' without momentum."""

    schedule: Literal["one_cycle", "constant"] = "one_cycle"
    """Learning rate schedule: 'one_cycle' or 'constant'.

    One cycle: Smith 2018, arXiv:1803.09820."""

    learning_rate: Annotated[float, Field(ge=0)] = 1e-3
    """Peak learning rate."""

    weight_decay: Annotated[float, Field(ge=0)] = 0.05
    """Weight decay; does not apply to biases or normalisation layers."""

    label_smoothing: Annotated[float, Field(ge=0, le=0.9)] = 0.1
    """Label smoothing: the part of the target that is spread over all classes."""

    clip_norm: Annotated[float, Field(ge=0)] = 1.0
    """Largest gradient norm over all parameters; 0 for no limit.

    With 1, a VGG that is trained deeper than its head does not diverge."""

    ema_decay: Annotated[float, Field(ge=0, le=0.99999)] = 0.0
    """Decay of the moving average of the weights, which becomes the model; 0 for none.

    0.999 averages about the last thousand steps. It gains a point on unseen people if the run has
    several thousand steps."""

    start_share: Share = 0.0
    """Share of the starting weights in the final model, for fine-tuning a trained model.

    The rest is the result of the training (Wortsman et al. 2022, arXiv:2109.01903;
    docs/experiments/fine-tuning-the-embedded-model.md)."""

    balance: Share = 0.6
    """How often larger sources are drawn: 1 in proportion to their size, 0 as often as small ones.

    A source is drawn in proportion to this power of its size, its classes equally often. 0.6 keeps
    long videos from dominating without repeating small sources too often; it is not tuned yet."""

    crop: Cropping = "none"
    """What the network sees: 'hand', the square around the hand that is found, or 'none' for the
    whole picture.

    With 'hand', people may stand anywhere in front of a camera (`asl_model.hand`). A picture in
    which no hand is found is seen whole."""

    looks: Annotated[int, Field(ge=1, le=len(CROPS))] = 1
    """Crops of each picture to average at inference: 1, or 2 to add a closer, mirrored crop.

    2 doubles the inference time and does not change the training (`asl_model.crops`)."""

    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0
    """Seed of the split, the random weights and all random draws."""  # NumPy's limit is 32 bits

    keep_checkpoints: Annotated[int, Field(ge=0)] = 2
    """Number of newest checkpoints to keep; 0 for all."""

    @model_validator(mode="after")
    def _check_together(self) -> "Settings":
        unknown = [name for name in self.classes if name not in CLASSES]
        if unknown:
            raise TrainError(
                f"No such classes: {', '.join(unknown)}. Known are A to Z, "
                f"{', '.join(CLASSES[26:])}."
            )
        if self.held_out and self.split != "sources":
            raise TrainError("--hold-out needs --split sources: no other split holds sources out.")
        if self.from_scratch and self.freeze != "none":
            raise TrainError("Random weights cannot be frozen: give --freeze none as well.")
        return self


FIELDS: dict[str, FieldInfo] = Settings.__pydantic_fields__  # type: ignore[attr-defined]
"""Name of each setting -> its type, bounds, default and text."""


def checked_settings(values: dict[str, Any]) -> Settings:
    """Creates Settings from values by name.

    Raises:
        TrainError: a value is not possible; the message says which and why.
    """
    try:
        return Settings(**values)
    except ValidationError as error:
        raise TrainError(_reason(error)) from None


def read_settings(file: Path) -> dict[str, Any]:
    """Reads some fields of Settings from a JSON file, such as the one that `tune` writes.

    Raises:
        TrainError: the file cannot be read, or contains something that is not a setting.
    """
    try:
        text = file.read_text("utf-8")
        given = json.loads(text)
        settings = TypeAdapter(Settings).validate_json(text)
    except ValidationError as error:
        raise TrainError(f"The settings file '{file}': {_reason(error)}") from None
    except (OSError, ValueError) as error:
        raise TrainError(f"The settings file '{file}' cannot be read: {error}") from None
    return {name: getattr(settings, name) for name in given}


def _reason(error: ValidationError) -> str:
    first = error.errors()[0]
    if first["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        known = ", ".join(FIELDS)
        return f"'{first['loc'][0]}' is not a setting. Settings are: {known}."
    place = ".".join(map(str, first["loc"]))
    return f"{place} {first['input']!r} is not possible: {first['msg'].lower()}."
