"""`python -m train evaluate`: loads what was saved and prints how often it is right."""

from pathlib import Path

import datasets

from asl_model.bundle import Bundle, BundleError, load_bundle
from train import evaluation
from train.card import table
from train.data import class_names, load_pictures, readable, select_classes
from train.errors import TrainError
from train.splits import split


def run(source: str, data: Path, part: str, workers: int) -> None:
    """Prints the accuracy of a bundle on pictures, for each source and on average.

    Args:
        source: a bundle, see `asl_model.bundle.load_bundle`.
        data: see `train.data.load_pictures`. Classes that the bundle does not know are left out.
        part: 'all' of them, or a part that `fit` held out of the same pictures.
        workers: processes that read pictures.

    Raises:
        TrainError: no such bundle, or pictures of no class that it knows.
    """
    try:
        bundle = load_bundle(source)
    except BundleError as error:
        raise TrainError(str(error)) from None
    pictures = load_pictures(data)
    known = [name for name in class_names(pictures) if name in bundle.label_names]
    if not known:
        raise TrainError(f"'{data}' shows none of the classes of '{source}': {bundle.label_names}.")
    left_out = sorted(set(class_names(pictures)) - set(known))
    if left_out:
        print(f"Left out, because the bundle does not know them: {', '.join(left_out)}.")
    pictures = readable(select_classes(pictures, known))
    chosen = pictures if part == "all" else _held_out(bundle, pictures, part)
    probabilities, truth = evaluation.predict(bundle, chosen, part, workers)
    figures = evaluation.measure(probabilities, truth, list(chosen["source"]), bundle.threshold)
    print(table(figures))
    print(evaluation.summary(f"{source} on {part} of {data}", figures))


def _held_out(bundle: Bundle, pictures: datasets.Dataset, part: str) -> datasets.Dataset:
    """The part that `fit` made of these pictures, which it makes again from split and seed."""
    try:
        settings = bundle.metrics["training"]["settings"]
        parts = split(pictures, settings.get("split", "blocks"), settings["seed"])
    except KeyError:
        raise TrainError("The bundle does not say how its pictures were split.") from None
    held_out = [name for name in parts if name != "train"]
    if part not in held_out:
        raise TrainError(f"--part {part} is none of: all, {', '.join(held_out)}.")
    return parts[part]
