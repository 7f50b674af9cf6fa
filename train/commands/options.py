"""Options of the command line, one type alias each, with bounds and help."""

from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from annotated_types import Ge, Le

from asl_model.bundle_config import Cropping
from train.settings import FIELDS


def _option(
    help: str, min: float | None = None, max: float | None = None
) -> typer.models.OptionInfo:
    return typer.Option(help=help, min=min, max=max)


def _setting(name: str, *flags: str) -> typer.models.OptionInfo:
    """Returns the option of a setting, with help, bounds and default from `train.settings`."""
    field = FIELDS[name]
    help = " ".join((field.description or "").split("\n\n")[0].split())
    bounds = {type(bound): bound for bound in _metadata(field.annotation, field.metadata)}
    low, high = bounds.get(Ge), bounds.get(Le)
    default = field.get_default(call_default_factory=True)
    return typer.Option(
        *flags,
        help=help,
        min=low.ge if low else None,
        max=high.le if high else None,
        show_default=str(default) if default or default == 0 else False,
    )


def _metadata(annotation: Any, own: list[Any]) -> list[Any]:
    """Returns the bounds of a field; an optional field has them inside its type."""
    inner = [m for part in get_args(annotation) for m in getattr(part, "__metadata__", ())]
    return own + [bound for m in inner for bound in getattr(m, "metadata", [m])]


_DATA = (
    "Folder of class folders A, B, C ... (or of several such folders), kaggle:owner/name, or "
    "hf:owner/name. Repeatable."
)
Data = Annotated[list[str], typer.Option(help=_DATA)]
DataSources = Annotated[list[str], typer.Argument(help=_DATA, metavar="SOURCE...")]
Out = Annotated[Path, _option("Folder to write the bundle to.")]
Unseen = Annotated[
    list[str] | None,
    _option(
        "Pictures of people never trained on, given like the training data. They are measured, and "
        "`fit` and `remeasure` choose temperature, threshold and biases on them. Repeatable."
    ),
]
UnseenFrames = Annotated[
    list[str] | None,
    _option(
        "Whole camera frames of people never trained on: measured apart from --unseen, and "
        "calibrated on together with it. Repeatable."
    ),
]
NotHands = Annotated[
    Path | None,
    _option("Folder of pictures without a hand sign; only used to measure false alarms."),
]
Recipe = Annotated[
    str, _option("'default', or 'article' for other defaults than below, see `train/recipes.py`.")
]
SettingsFile = Annotated[
    Path | None, _option("JSON file of settings, such as `tune` writes; options override it.")
]
Classes = Annotated[str | None, _setting("classes")]
Split = Annotated[str | None, _setting("split")]
HoldOut = Annotated[str | None, _setting("held_out")]
TrainPictures = Annotated[int | None, _setting("train_pictures")]
Sheet = Annotated[Path, _option("File to write the contact sheet to.")]
Backbone = Annotated[str | None, _setting("backbone")]
BackboneWeights = Annotated[
    Path | None,
    _option("safetensors file of weights, or a bundle to fine-tune. Default: timm's own (Hub)."),
]
ModelArg = Annotated[list[str] | None, _setting("model_args")]
Dropout = Annotated[list[str] | None, _setting("dropouts")]
Freeze = Annotated[str | None, _setting("freeze")]
FromScratch = Annotated[bool | None, _setting("from_scratch", "--from-scratch")]
InputSize = Annotated[int | None, _setting("input_size")]
TestInputSize = Annotated[int | None, _setting("test_input_size")]
Mean = Annotated[float | None, _setting("mean")]
Std = Annotated[float | None, _setting("std")]
Standardise = Annotated[bool | None, _setting("standardise")]
Views = Annotated[int | None, _setting("views")]
Augmentation = Annotated[str | None, _setting("augmentation")]
Epochs = Annotated[int | None, _setting("epochs")]
BatchSize = Annotated[int | None, _setting("batch_size")]
Optimizer = Annotated[str | None, _setting("optimizer")]
Schedule = Annotated[str | None, _setting("schedule")]
LearningRate = Annotated[float | None, _setting("learning_rate")]
WeightDecay = Annotated[float | None, _setting("weight_decay")]
LabelSmoothing = Annotated[float | None, _setting("label_smoothing")]
EmaDecay = Annotated[float | None, _setting("ema_decay")]
StartShare = Annotated[float | None, _setting("start_share")]
Balance = Annotated[float | None, _setting("balance")]
Crop = Annotated[Cropping | None, _setting("crop")]
NewCrop = Annotated[
    Cropping | None,
    _option(
        "'hand' to read the square around the hand, 'none' for the whole picture. Default: as "
        "the bundle does."
    ),
]
Looks = Annotated[int | None, _setting("looks")]
Seed = Annotated[int | None, _setting("seed")]
KeepCheckpoints = Annotated[int | None, _setting("keep_checkpoints")]
Notes = Annotated[
    Path | None, _option("Markdown file for the model card: signers, licences, origin of weights.")
]
Workers = Annotated[int, _option("Worker processes that read and transform pictures.", min=0)]
Cache = Annotated[
    Path | None, _option("Folder for cached features. Default: ~/.cache/asl-letters.")
]
Track = Annotated[
    str | None, _option("Also log to this project of a local trackio dashboard (`trackio show`).")
]
Part = Annotated[
    str,
    _option("'all' pictures, or a part that `fit` held out: 'val', 'blocks', 'frames', 'sources'."),
]
TuneUnseen = Annotated[
    list[str],
    _option(
        "Pictures of people never trained on, to choose settings on. Given like --data. Repeatable."
    ),
]
ReportOut = Annotated[Path, _option("Folder to write metrics.json and report.html to.")]
TuneOut = Annotated[Path, _option("Folder for the results: study, table, plots, best.json.")]
Trials = Annotated[int, _option("Total number of settings to try, including earlier calls.", min=1)]
RepoId = Annotated[
    str, typer.Argument(help="Repository on the Hub, as owner/name.", metavar="OWNER/NAME")
]
Push = Annotated[
    str | None, _option("Then upload the bundle to this model repository, as `push` does.")
]
Private = Annotated[bool, typer.Option("--private", help="Make the repository private.")]
CreatePR = Annotated[
    bool, typer.Option("--create-pr", help="Open a pull request, for someone else's repository.")
]
Tag = Annotated[str | None, _option("Tag of this version. Default: the next of v1, v2 ...")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only list what would be uploaded.")]
ServedModel = Annotated[str, _option("Model to serve: owner/name, or owner/name@revision.")]
BundleFolder = Annotated[Path, typer.Argument(help="Folder of a bundle.")]
Bundle = Annotated[str, typer.Argument(help="Folder of a bundle, or a Hub id owner/name@revision.")]

Frames = Annotated[
    list[Path],
    _option("Folder of whole webcam frames, source/letter/file, one hand each. Repeatable."),
]
Crops = Annotated[
    list[Path], _option("Folder of pictures of a hand, source/letter/file. Repeatable.")
]
Boxes = Annotated[
    list[Path],
    _option("Folder of folders with pictures and a boxes.csv of their hands. Repeatable."),
]
Empty = Annotated[list[Path], _option("Folder of pictures without a hand. Repeatable.")]
Landmarks = Annotated[
    Path, _option("Folder with the hands' points: NAME.npz for each folder of pictures NAME.")
]
UnseenHands = Annotated[
    list[Path],
    _option("Folder of pictures of other people, source/letter/file. Measured. Repeatable."),
]
MeasuredNotHands = Annotated[
    Path, _option("Folder of pictures without a hand sign, to measure false alarms.")
]
StartWeights = Annotated[
    Path,
    _option(
        "MobileNetV2's weights to start from: a safetensors file with timm's names, or the folder "
        "of a bundle that reads letters."
    ),
]
FinderEpochs = Annotated[int, _option("Number of epochs.", min=1)]
FinderViews = Annotated[int, _option("Random views in an epoch.", min=64)]
