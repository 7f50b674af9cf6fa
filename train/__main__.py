"""The command line of the training program: `python -m train --help`."""

import os

# The reader processes and torch's threads share the processor; threads that spin while they wait
# starve the readers: MobileNetV2 at 128 px trains 53 pictures a second on two cores instead of 41.
# Read when torch is imported, so it stands before that.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import typer

from train import options
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
    data: options.Data,
    out: options.Out,
    unseen: options.Unseen = None,
    backbone: options.Backbone = _DEFAULT.backbone,
    backbone_weights: options.BackboneWeights = None,
    model_arg: options.ModelArg = None,
    freeze: options.Freeze = _DEFAULT.freeze,
    input_size: options.InputSize = None,
    mean: options.Mean = None,
    std: options.Std = None,
    epochs: options.Epochs = _DEFAULT.epochs,
    batch_size: options.BatchSize = _DEFAULT.batch_size,
    learning_rate: options.LearningRate = _DEFAULT.learning_rate,
    weight_decay: options.WeightDecay = _DEFAULT.weight_decay,
    label_smoothing: options.LabelSmoothing = _DEFAULT.label_smoothing,
    balance: options.Balance = _DEFAULT.balance,
    seed: options.Seed = _DEFAULT.seed,
    notes: options.Notes = None,
    workers: options.Workers = 1,
) -> None:
    """Trains a model on class folders of photographs and writes a bundle."""
    settings = Settings(
        backbone=backbone,
        model_args=options.parse_model_args(model_arg or []),
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

    run(data, out, settings, unseen=unseen, weights=backbone_weights, notes=notes, workers=workers)


if __name__ == "__main__":
    try:
        app()
    except TrainError as error:
        typer.secho(f"Error: {error}", fg="red", err=True)
        raise SystemExit(2) from None
