"""`python -m train remeasure`: calibrates and measures a bundle again; keeps its weights."""

import dataclasses
from pathlib import Path

from asl_model.bundle import CURVES, HISTORY, Bundle, BundleError, load_bundle, read_bundle
from asl_model.bundle_config import Cropping
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
from train.measuring.figures_in_words import print_figures
from train.network.backbone import set_input_size
from train.publishing.card import read_notes, write_card
from train.publishing.save_bundle import check_writable, rewrite_config, save_bundle


def run(
    folder: Path,
    data: Sources,
    unseen: Sources | None,
    not_hands: Path | None,
    notes: Path | None,
    workers: int,
    looks: int | None = None,
    test_input_size: int | None = None,
    unseen_frames: Sources | None = None,
    crop: Cropping | None = None,
) -> None:
    """Calibrates and measures a bundle again like `fit`, and updates it whole or not at all.

    Args:
        folder: the bundle's folder.
        data: the pictures it was trained on, see `load_pictures`; only the held-out parts are
            measured.
        unseen: pictures of people never trained on, to choose the calibration on.
        not_hands: pictures without a hand sign.
        notes: Markdown for the card, replacing the present notes.
        workers: worker processes that read pictures.
        looks: new number of crops to average at inference; None keeps it.
        test_input_size: new side of the input, in pixels; None keeps it. Only this changes the
            network's graph; without it only config.json, metrics.json and the card are written.
        unseen_frames: whole camera frames of people never trained on; also to calibrate on.
        crop: whether the bundle reads the square around the hand from now on; None keeps it.

    Raises:
        TrainError: the bundle does not exist, or was not trained on these pictures.
    """
    bundle = _changed(folder, looks, test_input_size, crop)
    pictures = _pictures_of(bundle, data, unseen, not_hands, unseen_frames)
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
        rewrite_config(folder, bundle, write_card(bundle))
    print(f"Wrote calibration and figures to {folder}.")


def _changed(
    folder: Path, looks: int | None, test_input_size: int | None, crop: Cropping | None
) -> Bundle:
    """Loads the bundle, with its new crops and input size."""
    if not folder.is_dir():  # a mistyped path must not be looked up on the Hub
        raise TrainError(f"There is no folder '{folder}'. Give a bundle that `fit` wrote.")
    try:
        bundle = load_bundle(folder) if test_input_size else read_bundle(folder)
        check_writable(folder)  # before minutes of measuring
    except BundleError as error:
        raise TrainError(str(error)) from None
    if looks:
        bundle = dataclasses.replace(bundle, looks=looks)
    if crop:
        bundle = dataclasses.replace(bundle, crop=crop)
    if test_input_size:
        set_input_size(bundle.model, test_input_size)
        preprocessing = Preprocessing.of(bundle.model.pretrained_cfg)
        bundle = dataclasses.replace(bundle, preprocessing=preprocessing)
    return bundle


def _pictures_of(
    bundle: Bundle,
    data: Sources,
    unseen: Sources | None,
    not_hands: Path | None,
    unseen_frames: Sources | None,
) -> SplitPictures:
    """Rebuilds and checks the parts of the bundle's run, and loads the unseen people."""
    names, training = bundle.label_names, bundle.metrics.training
    pictures = readable(select_classes(load_pictures(data, names), names))
    parts = split_again(pictures, training)
    if training.split is not None:
        check_same({n: part for n, part in parts.items() if n != "train"}, training, bundle.name)
    people, frames = load_unseen(unseen, names), load_unseen(unseen_frames, names)
    return SplitPictures(parts, people, load_not_hands(not_hands), frames)
