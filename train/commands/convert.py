"""`python -m train convert`: rewrites an older bundle in the current format."""

from pathlib import Path

from asl_model.bundle import CURVES, HISTORY, BundleError, load_bundle
from train.errors import TrainError
from train.publishing.card import write_card
from train.publishing.save_bundle import save_bundle


def run(folder: Path) -> None:
    """Moves the calibration of an older bundle from its weights into config.json, in place.

    The predictions stay the same. A bundle in the current format is rewritten with the same
    contents.

    Args:
        folder: the bundle's folder.

    Raises:
        TrainError: the bundle does not exist, cannot be read, or has no metrics.json.
    """
    if not folder.is_dir():  # a mistyped path must not be looked up on the Hub
        raise TrainError(f"There is no folder '{folder}'. Give a bundle that `fit` wrote.")
    try:
        bundle = load_bundle(folder)
        save_bundle(folder, bundle, write_card(bundle), [folder / HISTORY, folder / CURVES])
    except BundleError as error:
        raise TrainError(str(error)) from None
    print(f"Wrote {folder} in the current format.")
