"""`python -m train convert`: an older bundle -> a bundle of today, with the same answers."""

from pathlib import Path

from asl_model.bundle import CURVES, HISTORY, BundleError, load_bundle
from train.errors import TrainError
from train.publishing.card import write_card
from train.publishing.save_bundle import save_bundle


def run(folder: Path) -> None:
    """Moves the calibration of an older bundle from its weights into config.json, in place.

    A bundle of today is written anew with the same contents.

    Args:
        folder: the bundle's.

    Raises:
        TrainError: no such bundle.
    """
    if not folder.is_dir():  # or the Hub would be asked for a name that was mistyped
        raise TrainError(f"There is no folder '{folder}'. Give a bundle that `fit` wrote.")
    try:
        bundle = load_bundle(folder)
        save_bundle(folder, bundle, write_card(bundle), [folder / HISTORY, folder / CURVES])
    except BundleError as error:
        raise TrainError(str(error)) from None
    print(f"Wrote {folder} in today's format.")
