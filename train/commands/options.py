"""The options of the command line, one alias each: type, bounds and help."""

import ast
import math
from pathlib import Path
from typing import Annotated, Any

import typer

from train.errors import TrainError
from train.settings import RANGES, Settings


def _option(
    help: str, min: float | None = None, max: float | None = None
) -> typer.models.OptionInfo:
    return typer.Option(help=help, min=min, max=max)


def _setting(name: str, help: str) -> typer.models.OptionInfo:
    """An option for a setting: its bounds, and its default if no recipe or file says otherwise."""
    low, high = RANGES.get(name, (None, None))
    return typer.Option(
        help=help,
        min=low,
        max=None if high == math.inf else high,
        show_default=str(getattr(Settings, name)),
    )


_DATA = (
    "Folder of class folders A, B, C ... (or of several such sources), kaggle:owner/name, or "
    "hf:owner/name. Repeatable."
)
Data = Annotated[list[str], typer.Option(help=_DATA)]
DataSources = Annotated[list[str], typer.Argument(help=_DATA, metavar="SOURCE...")]
Out = Annotated[Path, _option("Folder to write the bundle to.")]
Unseen = Annotated[
    list[str] | None,
    _option(
        "Pictures of people never trained on, given as DATA: measured, and what is chosen by "
        "strangers is chosen by them (fit: temperature, threshold, biases). Repeatable."
    ),
]
NotHands = Annotated[
    Path | None,
    _option("Folder of pictures without a hand sign; only measured, for the false alarms."),
]
Recipe = Annotated[
    str, _option("'article' for other defaults than below, see `train/recipes.py`; or 'default'.")
]
SettingsFile = Annotated[
    Path | None, _option("JSON file of settings, as `tune` writes; options win over it.")
]
Classes = Annotated[
    str | None, _option("The classes to teach, as in A,B,C,D,E; or 'all' that there are.")
]
Split = Annotated[
    str | None,
    _setting("split", "'blocks' of frames, whole 'sources', or 'random' frames."),
]
HoldOut = Annotated[
    str | None, _option("Sources for --split sources to hold out, as in ann,bob. Default: a fifth.")
]
Sheet = Annotated[Path, _option("Where to write the contact sheet.")]
Backbone = Annotated[str | None, _setting("backbone", "Any timm model.")]
BackboneWeights = Annotated[
    Path | None,
    _option("safetensors file of weights, or a bundle to go on from. Default: timm's own (Hub)."),
]
ModelArg = Annotated[
    list[str] | None,
    _option("KEY=VALUE for timm.create_model, repeatable, for example mlp_ratio=0.125."),
]
Dropout = Annotated[
    list[str] | None, _option("LAYER=PROBABILITY, repeatable, for example head.drop=0.5.")
]
Freeze = Annotated[
    str | None,
    _setting(
        "freeze", "'all' of the feature extractor, 'none', or a number of stages (VGG's blocks)."
    ),
]
FromScratch = Annotated[
    bool | None,
    typer.Option("--from-scratch", help="Random weights instead of pre-trained; --freeze none."),
]
InputSize = Annotated[
    int | None, _option("Side of the input, pixels. Default: the backbone's own.", min=32, max=1024)
]
TestInputSize = Annotated[
    int | None,
    _option("The same when it answers. Default: as it is trained.", min=32, max=1024),
]
Mean = Annotated[
    float | None, _option("Mean of the normalisation, of 0..1. Default: the backbone's own.")
]
Std = Annotated[float | None, _option("Standard deviation of the same.", min=1e-3)]
Standardise = Annotated[
    bool | None, typer.Option(help="Train the head on standardised features (the same model).")
]
Views = Annotated[
    int | None, _setting("views", "Changed copies of each picture; 0 for the pictures alone.")
]
Augmentation = Annotated[
    str | None, _setting("augmentation", "How far pictures are changed: 'moderate' or 'strong'.")
]
Epochs = Annotated[int | None, _setting("epochs", "Passes over the training part.")]
BatchSize = Annotated[int | None, _setting("batch_size", "Pictures a step.")]
Optimizer = Annotated[str | None, _setting("optimizer", "'adamw', or 'sgd' without momentum.")]
Schedule = Annotated[
    str | None, _setting("schedule", "Of the learning rate: 'one_cycle' or 'constant'.")
]
LearningRate = Annotated[float | None, _setting("learning_rate", "Peak of the schedule.")]
WeightDecay = Annotated[float | None, _setting("weight_decay", "On weights, not on biases.")]
LabelSmoothing = Annotated[
    float | None, _setting("label_smoothing", "Share of the target spread over all classes.")
]
EmaDecay = Annotated[
    float | None,
    _setting("ema_decay", "Of the running mean of the weights, as in 0.999; 0 for none."),
]
StartShare = Annotated[
    float | None,
    _setting("start_share", "Share of the weights it starts from in the result."),
]
Balance = Annotated[
    float | None, _setting("balance", "Sources are drawn by this power of their size.")
]
Looks = Annotated[
    int | None,
    _option("Looks at each picture (1): 2 adds a closer, mirrored one.", min=1, max=2),
]
Seed = Annotated[int | None, _setting("seed", "Of the split, the random weights and every draw.")]
KeepCheckpoints = Annotated[
    int | None, _setting("keep_checkpoints", "How many of the newest stay; 0 for all.")
]
Notes = Annotated[
    Path | None, _option("Markdown file for the model card: signers, licences, origin of weights.")
]
Workers = Annotated[int, _option("Processes that read and change pictures.", min=0)]
Cache = Annotated[
    Path | None, _option("Folder for computed features. Default: ~/.cache/asl-letters.")
]
Track = Annotated[
    str | None, _option("Also log to this project of a local trackio dashboard (`trackio show`).")
]
Part = Annotated[
    str,
    _option(
        "'all' of DATA, or a part that `fit` held out of it: 'val', 'blocks', 'frames', 'sources'."
    ),
]
Chooser = Annotated[
    list[str],
    _option("Pictures of people never trained on, given as DATA, to choose by. Repeatable."),
]
ReportOut = Annotated[Path, _option("Folder to write metrics.json and report.html to.")]
TuneOut = Annotated[Path, _option("Folder for the search: study, table, plots, best.json.")]
Trials = Annotated[int, _option("Settings to try in all, those of earlier calls included.", min=1)]
RepoId = Annotated[str, typer.Argument(help="On the Hub, as in owner/name.", metavar="OWNER/NAME")]
Push = Annotated[
    str | None, _option("Afterwards, upload the bundle to this model repository, as `push` does.")
]
Private = Annotated[bool, typer.Option("--private", help="Make it private.")]
CreatePR = Annotated[
    bool, typer.Option("--create-pr", help="Propose it, for a repository of someone else.")
]
Tag = Annotated[str | None, _option("The version's name. Default: the next of v1, v2 ...")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be uploaded.")]
ServedModel = Annotated[
    str, _option("The model that it serves: owner/name, or owner/name@revision.")
]
BundleFolder = Annotated[Path, typer.Argument(help="A bundle's folder.")]
Bundle = Annotated[str, typer.Argument(help="A bundle's folder, or a Hub id owner/name@revision.")]


def parse_pairs(option: str, pairs: list[str] | None) -> dict[str, Any] | None:
    """['mlp_ratio=0.125', 'pad_type=same'] -> {'mlp_ratio': 0.125, 'pad_type': 'same'}.

    Raises:
        TrainError: a pair without a key or an equals sign.
    """
    parsed: dict[str, Any] = {}
    for pair in pairs or []:
        key, equals, value = pair.partition("=")
        if not (key and equals):
            raise TrainError(
                f"{option} '{pair}' is not of the form KEY=VALUE, as in head.drop=0.5."
            )
        try:
            parsed[key] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            parsed[key] = value  # a bare word is a string
    return parsed or None


def parse_names(names: str | None) -> tuple[str, ...] | None:
    """'A,B' -> ('A', 'B'); 'all' -> ()."""
    if names is None:
        return None
    return () if names == "all" else tuple(name.strip() for name in names.split(","))
