"""`python -m train fit-hands`: trains a finder of hands, and measures it."""

import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from asl_model.bundle import CURVES, HISTORY, BundleError
from asl_model.hand import HandFinder, load_finder
from asl_model.images import open_image
from train.data.pictures import contents, load_not_hands
from train.devices import command_line, processes
from train.errors import TrainError
from train.hand.finder_card import finder_card
from train.hand.labelled import Labelled, with_boxes, with_points, without_hands
from train.hand.measure import HandFigures, false_alarms, measure, to_json
from train.hand.network import HandNetwork
from train.hand.save_finder import save_finder, save_network
from train.hand.train_finder import FinderSettings, train_finder
from train.hand.views import HandPictures
from train.network.weights_origin import weights_origin
from train.publishing.card import read_notes
from train.publishing.save_bundle import check_writable
from train.training.history import draw_curves

VALIDATED = 500
"""Pictures that validate each epoch: half of them whole, half closer. Takes 10 s on two cores."""


def run(
    frames: Sequence[Path],
    crops: Sequence[Path],
    boxes: Sequence[Path],
    empty: Sequence[Path],
    unseen: Sequence[Path],
    landmarks: Path,
    not_hands: Path,
    weights: Path,
    out: Path,
    notes: Path | None,
    settings: FinderSettings,
    workers: int,
) -> None:
    """Trains a finder, measures it on `unseen` and writes it to `out`.

    Checkpoints, history and curves are written to `out`.run; the same call resumes from there.

    Args:
        frames, crops, unseen: folders of pictures, source / letter / file, with points.
        boxes: folders whose folders have a boxes.csv.
        empty: folders of pictures without a hand.
        landmarks: folder with the points of each of the folders, NAME.npz.
        not_hands: folder of pictures without a hand sign; only measured.
        weights: MobileNetV2's weights to start from.
        out: folder of the finder.
        notes: a Markdown file for the card: who signed, licences.
        settings: how to train.
        workers: worker processes that read pictures.

    Raises:
        TrainError: the arguments or the data are wrong.
    """
    _check(out)
    text = read_notes(notes)
    pictures = HandPictures(
        _pointed(frames, landmarks),
        _pointed(crops, landmarks),
        [picture for folder in boxes for picture in with_boxes(folder)],
        [picture for folder in empty for picture in without_hands(folder)],
    )
    measured = {folder.name: with_points(folder, _npz(folder, landmarks)) for folder in unseen}
    seen = [picture for folder in measured.values() for picture in folder]
    val = seen[:: max(1, 2 * len(seen) // VALIDATED)]
    folder = out.with_name(out.name + ".run")
    network, history = train_finder(pictures, (val, val), weights, settings, folder, workers)
    if not processes().is_main_process:
        return
    minutes = sum(epoch.seconds for epoch in history) / 60
    finder = _as_stored(network)
    figures = measure_all(finder, measured)
    alarms, count = alarms_on(finder, not_hands)
    command = command_line()
    card = finder_card(
        figures,
        alarms,
        count,
        weights_origin(weights) or f"the weights of '{weights}'",
        text,
        command,
        minutes,
    )
    metrics = {
        "training": {"command": command, "minutes": round(minutes, 1), **asdict(settings)},
        "figures": {name: to_json(figure) for name, figure in figures.items()},
        "not_hands": {"n": count, "found": round(alarms, 4)},
    }
    draw_curves(history, folder / CURVES)
    save_finder(out, network, metrics, card, [folder / HISTORY, folder / CURVES])
    print(f"Wrote the finder {out} after {minutes:.0f} minutes of training.")


def measure_all(finder: HandFinder, measured: dict[str, list[Labelled]]) -> dict[str, HandFigures]:
    """Measures a finder on each folder, and where the hand is smaller; prints a line for each.

    Every fourth picture is also measured on backgrounds with sides two and three times as long.
    """
    figures = {}
    for name, pictures in measured.items():
        for larger in (1, 2, 3):
            words = name if larger == 1 else f"{name} on a background {larger} times as large"
            figures[words] = measure(finder, pictures[:: 1 if larger == 1 else 4], words, larger)
            f = figures[words]
            print(
                f"{words}: found {f.found:.1%}, overlap {f.overlap:.2f}, points {f.points:.3f} "
                f"(n={f.n})"
            )
    return figures


def alarms_on(finder: HandFinder, folder: Path) -> tuple[float, int]:
    """Returns how often a hand is found in a folder without hand signs, and its pictures."""
    pictures = load_not_hands(folder)
    assert pictures is not None  # a folder was given
    opened = [open_image(contents(image)) for image in pictures["image"]]
    return false_alarms(finder, opened), len(opened)


def _as_stored(network: HandNetwork) -> HandFinder:
    """Returns the finder as it will be read from the disc: its weights are in half precision."""
    with tempfile.TemporaryDirectory() as folder:
        save_network(Path(folder), network)
        return load_finder(folder)


def _pointed(folders: Sequence[Path], landmarks: Path) -> list[Labelled]:
    return [p for folder in folders for p in with_points(folder, _npz(folder, landmarks))]


def _npz(folder: Path, landmarks: Path) -> Path:
    return landmarks / f"{folder.name}.npz"


def _check(out: Path) -> None:
    """Finds before the training that `out` holds something else."""
    try:
        check_writable(out)
    except BundleError as error:
        raise TrainError(str(error)) from None
