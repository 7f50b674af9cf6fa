"""The options of the command line, one alias each: type, bounds and help."""

import ast
from pathlib import Path
from typing import Annotated

import typer

from train.errors import TrainError


def _option(
    help: str, min: float | None = None, max: float | None = None
) -> typer.models.OptionInfo:
    return typer.Option(help=help, min=min, max=max)


Data = Annotated[Path, _option("Folder of class folders A, B, C ..., or of several such sources.")]
Out = Annotated[Path, _option("Folder to write the bundle to.")]
Unseen = Annotated[
    Path | None, _option("Pictures of people never trained on, laid out as DATA; only measured.")
]
Backbone = Annotated[str, _option("Any timm model.")]
BackboneWeights = Annotated[
    Path | None, _option("safetensors file of pre-trained weights. Without it, timm's own (Hub).")
]
ModelArg = Annotated[
    list[str] | None,
    _option("KEY=VALUE for timm.create_model, repeatable, for example mlp_ratio=0.125."),
]
Freeze = Annotated[
    str, _option("'all' of the feature extractor, 'none', or a number of stages (VGG's blocks).")
]
InputSize = Annotated[
    int | None, _option("Side of the input, pixels. Default: the backbone's own.", min=32, max=1024)
]
Mean = Annotated[
    float | None, _option("Mean of the normalisation, of 0..1. Default: the backbone's own.")
]
Std = Annotated[float | None, _option("Standard deviation of the same.", min=1e-3)]
Epochs = Annotated[int, _option("Passes over the training part.", min=1)]
BatchSize = Annotated[int, _option("Pictures a step.", min=2)]
LearningRate = Annotated[float, _option("Peak of the one-cycle schedule.", min=0)]
WeightDecay = Annotated[float, _option("Of AdamW.", min=0)]
LabelSmoothing = Annotated[float, _option("Share spread over all classes.", min=0, max=0.9)]
Balance = Annotated[float, _option("Sources are drawn by this power of size.", min=0, max=1)]
Seed = Annotated[int, _option("Of the split, the random weights and every draw.")]
Notes = Annotated[
    Path | None, _option("Markdown file for the model card: signers, licences, origin of weights.")
]
Workers = Annotated[int, _option("Processes that read and change pictures.", min=0)]


def parse_model_args(pairs: list[str]) -> dict[str, object]:
    """['mlp_ratio=0.125', 'pad_type=same'] -> {'mlp_ratio': 0.125, 'pad_type': 'same'}.

    Raises:
        TrainError: a pair without a key or an equals sign.
    """
    parsed: dict[str, object] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not (key and equals):
            raise TrainError(
                f"--model-arg '{pair}' is not of the form KEY=VALUE, as in mlp_ratio=0.125."
            )
        try:
            parsed[key] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            parsed[key] = value  # a bare word is a string
    return parsed
