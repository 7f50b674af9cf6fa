"""All settings that decide how `fit` trains: types, bounds, defaults and help texts."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass
from pydantic.fields import FieldInfo

from asl_model import CLASSES
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

    `train.recipes` holds the two named sets of settings. The defaults here fill in what a recipe
    leaves out. A settings file may hold every field; the command line has an option for all but
    `initialisation` and `clip_norm`.

    Raises:
        pydantic.ValidationError: a value of the wrong type or out of its bounds.
        TrainError: settings that exclude each other.
    """

    classes: tuple[str, ...] = ()
    """The classes to train on, as in A,B,C,D,E, or 'all' classes found."""

    split: Literal["blocks", "random", "sources"] = "blocks"
    """How pictures are held out: 'blocks' of neighbouring frames, whole 'sources', or 'random'
    frames.

    'sources' holds out blocks as well. 'random' is the usual way, kept to show what it hides. See
    `train.data.splits`."""

    held_out: tuple[str, ...] = ()
    """Sources that --split sources holds out, as in ann,bob. Default: a fifth, drawn at random."""

    backbone: str = "vgg16"
    """Name of a timm model."""

    model_args: dict[str, Any] = Field(default_factory=dict)
    """KEY=VALUE for timm.create_model, repeatable, for example mlp_ratio=0.125.

    For VGG, `mlp_ratio` times 4096 is the width of the first dense layer."""

    dropouts: dict[str, Annotated[float, Field(ge=0, lt=1)]] = Field(default_factory=dict)
    """LAYER=PROBABILITY, repeatable, for example head.drop=0.5."""

    freeze: str = "all"
    """What stays frozen: 'all' of the feature extractor, 'none', or a number of stages (VGG's
    blocks).

    See `train.network.layers.freeze`."""

    from_scratch: bool = False
    """Start from random weights instead of pre-trained ones; needs --freeze none."""

    initialisation: Literal["lsuv", "glorot"] = "lsuv"
    """How layers without pre-trained weights start, see `train.network.initialise`."""

    input_size: Side | None = None
    """Side of the network's input while training, in pixels. Default: the backbone's own."""

    test_input_size: Side | None = None
    """Side of the input when the model answers, in pixels. Default: as in training.

    A network trained on randomly stretched pictures reads whole ones better if they are a fifth
    larger (Touvron et al. 2019, arXiv:1906.06423; docs/experiments/test-input-size.md)."""

    mean: float | None = None
    """Mean of the normalisation, for values in 0..1, all channels. Default: the backbone's own."""

    std: Annotated[float, Field(ge=1e-3)] | None = None
    """Standard deviation of the normalisation. Default: the backbone's own."""

    standardise: bool = True
    """Train the head on standardised features; the result is the same kind of model.

    See `train.network.head`."""

    views: Annotated[int, Field(ge=0)] = 1
    """Augmented copies of each picture whose features are cached; 0 for the pictures alone.

    Only for a frozen backbone. A network that is trained deeper sees a new copy at each draw."""

    augmentation: Literal["moderate", "strong"] = "moderate"
    """How far pictures are changed: 'moderate', or 'strong' for fine-tuning a trained model.

    The ranges: `train.inputs.augment.STRENGTHS`."""

    epochs: Annotated[int, Field(ge=1)] = 15
    """Epochs; one draws as many pictures as the training part holds."""

    batch_size: Annotated[int, Field(ge=2)] = 64
    """Pictures per step, over all processes together."""

    optimizer: Literal["adamw", "sgd"] = "adamw"
    """'adamw', or 'sgd' without momentum."""

    schedule: Literal["one_cycle", "constant"] = "one_cycle"
    """Learning rate schedule: 'one_cycle' or 'constant'.

    One cycle: Smith 2018, arXiv:1803.09820."""

    learning_rate: Annotated[float, Field(ge=0)] = 1e-3
    """Peak of the learning rate."""

    weight_decay: Annotated[float, Field(ge=0)] = 0.05
    """Weight decay, on weights only: not on biases and normalisation layers."""

    label_smoothing: Annotated[float, Field(ge=0, le=0.9)] = 0.1
    """Part of the target that is spread over all classes."""

    clip_norm: Annotated[float, Field(ge=0)] = 1.0
    """Largest norm of the gradient over all parameters; 0 for no limit.

    With 1, a VGG that is trained deeper than its head does not diverge."""

    ema_decay: Annotated[float, Field(ge=0, le=0.99999)] = 0.0
    """Decay of the moving average of the weights, which becomes the model; 0 for none.

    0.999 averages about the last thousand steps. It is worth a point on people never seen, if the
    run has some thousand steps."""

    start_share: Share = 0.0
    """Part of the starting weights in the final model, when a trained model is fine-tuned.

    The rest is what training ends with (Wortsman et al. 2022, arXiv:2109.01903;
    docs/experiments/fine-tuning-the-embedded-model.md)."""

    balance: Share = 0.6
    """How much larger sources are drawn more often: 1 in proportion to their size, 0 all equally.

    Sources are drawn by this power of their size, the classes of a source equally. 0.6 keeps long
    videos from drowning small sources without repeating those too often; it is not tuned yet."""

    looks: Annotated[int, Field(ge=1, le=len(CROPS))] = 1
    """Crops of each picture that an answer averages: 1, or 2 for a closer, mirrored crop as well.

    It doubles the time of an answer and does not change the training (`asl_model.crops`)."""

    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0
    """Seed of the split, the random weights and every draw."""  # NumPy's generators take 32 bits

    keep_checkpoints: Annotated[int, Field(ge=0)] = 2
    """How many of the newest checkpoints to keep; 0 for all."""

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
    """Settings of these values.

    Raises:
        TrainError: a value that is not possible; the message says which and why.
    """
    try:
        return Settings(**values)
    except ValidationError as error:
        raise TrainError(_reason(error)) from None


def read_settings(file: Path) -> dict[str, Any]:
    """Some of the fields of Settings, from a JSON file such as the one that `tune` writes.

    Raises:
        TrainError: the file cannot be read, or holds something that is not a setting.
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
