"""`python -m train remeasure`: calibrates and measures a bundle again; its weights stay."""

import dataclasses
from pathlib import Path

from asl_model.bundle import CURVES, HISTORY, Bundle, BundleError, load_bundle, read_bundle
from asl_model.preprocessing import Preprocessing
from train.data.pictures import (
    Sources,
    load_not_hands,
    load_pictures,
    load_unseen,
    readable,
    select_classes,
)
from train.data.split_pictures import SplitPictures, check_same, split_again
from train.errors import TrainError
from train.measuring.calibrate_bundle import measure_and_calibrate
from train.measuring.summary import print_figures
from train.network.backbone import set_input_size
from train.publishing.card import read_notes, write_card
from train.publishing.save_bundle import check_writable, rewrite_description, save_bundle


def run(
    folder: Path,
    data: Sources,
    unseen: Sources | None,
    not_hands: Path | None,
    notes: Path | None,
    workers: int,
    looks: int | None = None,
    test_input_size: int | None = None,
) -> None:
    """Does to a bundle what `fit` does at its end, and writes it back, whole or not at all.

    Args:
        folder: the bundle's.
        data: the pictures it was trained on, see `load_pictures`; only the held-out parts are
            measured.
        unseen: people never trained on, to choose the calibration by.
        not_hands: pictures without a hand sign.
        notes: Markdown for the card, instead of what it has.
        workers: processes that read pictures.
        looks: crops of each picture that an answer averages from now on; None keeps it.
        test_input_size: side of the input from now on, in pixels; None keeps it. Only this changes
            the network's graph; without it just config.json, metrics.json and the card are written.

    Raises:
        TrainError: no such bundle, or not the pictures it was trained on.
    """
    bundle = _changed(folder, looks, test_input_size)
    pictures = _pictures_of(bundle, data, unseen, not_hands)
    update: dict[str, object] = {"split": pictures.record()}
    if notes:
        update["notes"] = read_notes(notes)
    training = bundle.metrics.training.model_copy(update=update)
    bundle = dataclasses.replace(
        bundle, metrics=bundle.metrics.model_copy(update={"training": training})
    )
    bundle = measure_and_calibrate(bundle, pictures, workers)
    print_figures(bundle.metrics)
    if test_input_size:
        save_bundle(folder, bundle, write_card(bundle), [folder / HISTORY, folder / CURVES])
    else:
        rewrite_description(folder, bundle, write_card(bundle))
    print(f"Wrote calibration and figures into {folder}.")


def _changed(folder: Path, looks: int | None, test_input_size: int | None) -> Bundle:
    """The bundle that is there, as it is to answer from now on."""
    if not folder.is_dir():  # or the Hub would be asked for a name that was mistyped
        raise TrainError(f"There is no folder '{folder}'. Give a bundle that `fit` wrote.")
    try:
        bundle = load_bundle(folder) if test_input_size else read_bundle(folder)
        check_writable(folder)  # now, and not after minutes of measuring
    except BundleError as error:
        raise TrainError(str(error)) from None
    if looks:
        bundle = dataclasses.replace(bundle, looks=looks)
    if test_input_size:
        set_input_size(bundle.model, test_input_size)
        preprocessing = Preprocessing.of(bundle.model.pretrained_cfg)
        bundle = dataclasses.replace(bundle, preprocessing=preprocessing)
    return bundle


def _pictures_of(
    bundle: Bundle, data: Sources, unseen: Sources | None, not_hands: Path | None
) -> SplitPictures:
    """The parts that the bundle's run made of these pictures, checked, and the people unseen."""
    names, training = bundle.label_names, bundle.metrics.training
    pictures = readable(select_classes(load_pictures(data, names), names))
    parts = split_again(pictures, training)
    if training.split is not None:
        check_same({n: part for n, part in parts.items() if n != "train"}, training, bundle.name)
    return SplitPictures(parts, load_unseen(unseen, names), load_not_hands(not_hands))
