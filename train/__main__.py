"""The command line of the training program: `python -m train --help`."""

from pathlib import Path

import typer

from train.commands import options, training_commands
from train.commands.settings_from_options import parse_names
from train.errors import user_message

app = typer.Typer(
    help="Trains models that read the letters of the American manual alphabet.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def main() -> None:
    """Trains models that read the letters of the American manual alphabet."""


@app.command()
def data(
    sources: options.DataSources,
    classes: options.Classes = None,
    unseen: options.Unseen = None,
    split: options.Split = "blocks",
    hold_out: options.HoldOut = None,
    seed: options.Seed = 0,
    sheet: options.Sheet = Path("contact-sheet.jpg"),
) -> None:
    """Reports classes, sizes, broken files and copies in the data, and draws a contact sheet."""
    from train.commands.inspect_data import run

    run(
        sources,
        parse_names(classes) or (),
        unseen,
        split or "blocks",
        seed or 0,
        parse_names(hold_out) or (),
        sheet,
    )


app.command()(training_commands.fit)
app.command()(training_commands.fit_hands)


@app.command()
def evaluate(
    bundle: options.Bundle,
    data: options.Data,
    part: options.Part = "all",
    classes: options.Classes = None,
    not_hands: options.NotHands = None,
    crop: options.NewCrop = None,
    out: options.ReportOut = Path("evaluation"),
    workers: options.Workers = 1,
) -> None:
    """Measures a bundle on pictures: prints the results, writes metrics.json and report.html."""
    from train.commands.evaluate import run

    run(bundle, data, part, workers, out, not_hands, parse_names(classes) or (), crop)


@app.command()
def remeasure(
    bundle: options.BundleFolder,
    data: options.Data,
    unseen: options.Unseen = None,
    unseen_frames: options.UnseenFrames = None,
    not_hands: options.NotHands = None,
    notes: options.Notes = None,
    workers: options.Workers = 1,
    crop: options.NewCrop = None,
    looks: options.Looks = None,
    test_input_size: options.TestInputSize = None,
) -> None:
    """Measures and calibrates a bundle again, as `fit` does at its end, and updates the bundle."""
    from train.commands.remeasure import run

    run(
        bundle,
        data,
        unseen,
        not_hands,
        notes,
        workers,
        looks,
        test_input_size,
        unseen_frames,
        crop,
    )


@app.command()
def convert(bundle: options.BundleFolder) -> None:
    """Rewrites a bundle of an older version in the current format; predictions stay the same."""
    from train.commands.convert import run

    run(bundle)


@app.command()
def push(
    bundle: options.BundleFolder,
    repo_id: options.RepoId,
    private: options.Private = False,
    create_pr: options.CreatePR = False,
    tag: options.Tag = None,
    dry_run: options.DryRun = False,
) -> None:
    """Uploads a bundle to the Hugging Face Hub, and prints how to serve it from there."""
    from train.commands.push import run

    run(bundle, repo_id, private, create_pr, tag, dry_run)


@app.command()
def space(
    repo_id: options.RepoId,
    model: options.ServedModel,
    private: options.Private = False,
    dry_run: options.DryRun = False,
) -> None:
    """Creates or updates a Space with this demo that serves a model from the Hub."""
    from train.commands.space import run

    run(repo_id, model, private, dry_run)


app.command()(training_commands.tune)


if __name__ == "__main__":
    try:
        app()
    except Exception as error:
        message = user_message(error)
        if message is None:
            raise
        typer.secho(f"Error: {message}", fg="red", err=True)
        raise SystemExit(2) from None
