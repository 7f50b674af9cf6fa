"""`python -m train remeasure`: figures, temperature, biases, threshold of a bundle that exists."""

import dataclasses
import tempfile
from pathlib import Path

from asl_model.bundle import Bundle, BundleError, load_bundle
from asl_model.preprocessing import Preprocessing
from train.data.folders import load_unlabelled
from train.data.pictures import Sources, load_pictures, readable, select_classes
from train.data.splits import check_same, split_again
from train.errors import TrainError
from train.network.backbone import set_input_size
from train.notes import read_notes
from train.publishing.finish import check_split, finish
from train.publishing.save_bundle import check_writable
from train.training.task import letters_of


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
        data: the pictures it was trained on, see `load_pictures`; only the parts that were held out
            are measured.
        unseen: people never trained on, by whom temperature and threshold are chosen.
        not_hands: pictures without a hand sign.
        notes: Markdown for the card, instead of what it has.
        workers: processes that read pictures.
        looks: how often the model is to look at a picture from now on; None leaves it as it is.
        test_input_size: side of the input from now on, in pixels; None leaves it as it is.

    Raises:
        TrainError: no such bundle, or not the pictures it was trained on.
    """
    bundle = _changed(folder, looks, test_input_size)
    training = bundle.metrics.get("training", {})
    if notes:
        training["notes"] = read_notes(notes)
    pictures = readable(select_classes(load_pictures(data, bundle.label_names), bundle.label_names))
    parts = split_again(pictures, training)
    held_out = {name: part for name, part in parts.items() if name != "train"}
    if "split" in training:
        check_same(held_out, training, bundle.name)
    others = letters_of(unseen, bundle.label_names) if unseen else None
    empty = readable(load_unlabelled(not_hands)) if not_hands else None
    training["split"] = check_split(parts, others)
    with tempfile.TemporaryDirectory() as beside:
        finish(bundle, parts, others, empty, workers, Path(beside), folder)
    print(f"Wrote figures, temperature, biases and threshold into {folder}.")


def _changed(folder: Path, looks: int | None, test_input_size: int | None) -> Bundle:
    """The bundle that is there, as it is to answer from now on."""
    if not folder.is_dir():  # or the Hub would be asked for a name that was mistyped
        raise TrainError(f"'{folder}' is no folder. Give a bundle that `fit` wrote.")
    try:
        bundle = load_bundle(folder)
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
