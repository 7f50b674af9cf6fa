"""The command line of the training program: `python -m train --help`."""

import ast
import os
from pathlib import Path
from typing import Annotated

# The reader processes and torch's threads share the processor; threads that spin while they wait
# starve the readers: MobileNetV2 at 128 px trains 53 pictures a second on two cores instead of 41.
# Read when torch is imported, so it stands before that.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import typer

from train.errors import TrainError
from train.settings import Settings

app = typer.Typer(
    help="Trains models that read the letters of the American manual alphabet.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
_DEFAULT = Settings()


@app.callback()
def main() -> None:
    """Trains models that read the letters of the American manual alphabet."""


@app.command()
def fit(
    data: Annotated[
        Path,
        typer.Option(help="Folder of class folders A, B, C ..., or of several such sources."),
    ],
    out: Annotated[Path, typer.Option(help="Folder to write the bundle to.")],
    unseen: Annotated[
        Path | None,
        typer.Option(
            help="Pictures of people never trained on, laid out as DATA: measured at the end."
        ),
    ] = None,
    backbone: Annotated[str, typer.Option(help="Any timm model.")] = _DEFAULT.backbone,
    backbone_weights: Annotated[
        Path | None,
        typer.Option(
            help="safetensors file of pre-trained weights. Without it, timm's own from the Hub."
        ),
    ] = None,
    model_arg: Annotated[
        list[str] | None,
        typer.Option(
            help="KEY=VALUE for timm.create_model, repeatable, for example mlp_ratio=0.125."
        ),
    ] = None,
    freeze: Annotated[
        str,
        typer.Option(
            help="'all' of the feature extractor, 'none', or the number of stages (VGG's blocks)."
        ),
    ] = _DEFAULT.freeze,
    input_size: Annotated[
        int | None,
        typer.Option(
            min=32, max=1024, help="Side of the input in pixels. Default: the backbone's own."
        ),
    ] = None,
    mean: Annotated[
        float | None,
        typer.Option(
            help="Mean of the normalisation, for values in 0..1. Default: the backbone's own."
        ),
    ] = None,
    std: Annotated[float | None, typer.Option(min=1e-3, help="Its standard deviation.")] = None,
    epochs: Annotated[int, typer.Option(min=1)] = _DEFAULT.epochs,
    batch_size: Annotated[int, typer.Option(min=2)] = _DEFAULT.batch_size,
    learning_rate: Annotated[
        float, typer.Option(min=0, help="Peak of the one-cycle schedule.")
    ] = _DEFAULT.learning_rate,
    weight_decay: Annotated[float, typer.Option(min=0)] = _DEFAULT.weight_decay,
    label_smoothing: Annotated[float, typer.Option(min=0, max=0.9)] = _DEFAULT.label_smoothing,
    balance: Annotated[
        float, typer.Option(min=0, max=1, help="Sources are drawn by this power of their size.")
    ] = _DEFAULT.balance,
    seed: Annotated[int, typer.Option()] = _DEFAULT.seed,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes that read and change pictures.")
    ] = 1,
) -> None:
    """Trains a model on class folders of photographs and writes a bundle."""
    settings = Settings(
        backbone=backbone,
        model_args=_parse_model_args(model_arg or []),
        freeze=freeze,
        input_size=input_size,
        mean=mean,
        std=std,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        label_smoothing=label_smoothing,
        balance=balance,
        seed=seed,
    )
    from train.fit import run  # torch and timm take seconds to import; --help does not need them

    run(data, out, settings, unseen=unseen, weights=backbone_weights, workers=workers)


def _parse_model_args(pairs: list[str]) -> dict[str, object]:
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


if __name__ == "__main__":
    try:
        app()
    except TrainError as error:
        typer.secho(f"Error: {error}", fg="red", err=True)
        raise SystemExit(2) from None
