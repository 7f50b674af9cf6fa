"""The model card (README.md of a bundle), written from the measured figures."""

from pathlib import Path
from typing import Any

import jinja2
from huggingface_hub import EvalResult, ModelCard, ModelCardData

from asl_model.alphabet import MOTION_LETTERS
from asl_model.bundle import CURVES, Bundle
from asl_model.metrics_file import UNSEEN, UNSEEN_FRAMES, Metrics, SplitFigures
from train.data.split_pictures import PART_OF_SPLIT
from train.errors import TrainError
from train.measuring.figures_in_words import in_words, mirrored_in_words, table

SPLITS = {
    "held_out_blocks": "Held-out frames of people and rooms it was trained on",
    "held_out_sources": "Held-out sources (people and rooms it was never trained on)",
    UNSEEN: "People, cameras and rooms it was never trained on (letters A to Z)",
    UNSEEN_FRAMES: (
        "Whole camera frames of people and rooms it was never trained on (letters A to Z)"
    ),
    "random_frames": (
        "Random frames of videos it was trained on (it has seen the neighbouring frames)"
    ),
    "val": "Held-out frames used while training",
}
"""Name of each split in metrics.json -> what it holds, in words."""

PLACE = "OWNER/NAME"
"""Placeholder in the card for the name of the repository, which only `push` knows."""

FROM_NOTES = ("license", "license_name", "license_link", "base_model", "datasets", "language")
"""Fields allowed in the front matter of the notes; they are copied to that of the card."""

_DRAWN = {"source": "for other people and rooms", "run": "for other frames of the same people"}


def write_card(bundle: Bundle) -> str:
    """Returns the text of README.md: metadata for the Hub, then the text for readers.

    Raises:
        TrainError: metrics.json does not say how the bundle was calibrated, or the front
            matter of the notes cannot be read.
    """
    metrics, training, calibration = bundle.metrics, bundle.metrics.training, bundle.calibration
    if metrics.calibration is None:
        raise TrainError(
            "metrics.json is missing or does not say how the bundle was calibrated, so its "
            "README.md cannot be written. Restore metrics.json, or train again with "
            "`python -m train fit`."
        )
    matter, notes = split_front_matter(training.notes)
    pairs = calibration.handshape_pairs
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), keep_trailing_newline=True
    )
    environment.filters |= {"percent": "{:.1%}".format, "in_words": in_words, "table": table}
    text = environment.get_template("card.md.jinja").render(
        bundle=bundle,
        metrics=metrics,
        training=training,
        settings=training.settings,
        calibration=calibration,
        record=metrics.calibration,
        place=PLACE,
        size=bundle.preprocessing.size[-1],
        pairs=", ".join(" and ".join(pair.letters) for pair in pairs),
        share=pairs[0].share if pairs else 0.0,
        biased=any(calibration.biases.values()),
        titles=SPLITS,
        near_copies={n: _near_copies(n, split, metrics) for n, split in metrics.splits.items()},
        intervals="; ".join(
            f"{_DRAWN[split.clusters.kind]} (`{name}`, {split.clusters.n} clusters)"
            for name, split in metrics.splits.items()
            if split.clusters
        ),
        mirrored=mirrored_in_words(metrics),
        not_hands=_not_hands(metrics),
        moving=[MOTION_LETTERS[name] for name in bundle.label_names if name in MOTION_LETTERS],
        curves=CURVES,
        notes=notes,
    )
    return f"---\n{_metadata(metrics, matter).to_yaml()}\n---\n{text}"


def _near_copies(name: str, split: SplitFigures, metrics: Metrics) -> str:
    """Returns a sentence on near-copies of training pictures in a split; empty if unknown."""
    part = (metrics.training.split or {}).get(PART_OF_SPLIT[name])
    if part is None or part.near_duplicates is None:
        return ""
    count = part.near_duplicates
    return f" {count} of them ({count / split.n:.1%}) are near-copies of a training picture."


def _not_hands(metrics: Metrics) -> str:
    found = metrics.not_hands
    if not found:
        return ""
    low, high = found.letter_claimed_interval
    interval = f" ({low:.1%} to {high:.1%})" if low is not None else ""
    return (
        f"\nOf {found.n} pictures without a hand sign it claims a letter on "
        f"{found.letter_claimed:.1%}{interval}.\n"
    )


def _metadata(metrics: Metrics, matter: dict[str, Any]) -> ModelCardData:
    base = metrics.training.base_model
    given = {"base_model": base} if base else {}
    return ModelCardData(
        library_name="timm",
        pipeline_tag="image-classification",
        tags=["image-classification", "timm", "american-manual-alphabet"],
        model_name="letters of the American manual alphabet",
        eval_results=[
            EvalResult(
                task_type="image-classification",
                dataset_type="imagefolder",
                dataset_name=SPLITS[name],
                dataset_split=name,  # results of one split are merged into one entry
                metric_type="accuracy",
                metric_name=f"top-1, mean over {len(split.sources)} sources, n={split.n}",
                metric_value=split.top1,
            )
            for name, split in metrics.splits.items()
        ],
        **(given | matter),
    )


def read_notes(notes: Path | None) -> str:
    """Reads the text of a notes file; empty if no file is given.

    The notes are Markdown for the card, written by a person: who signed, licences, origin of the
    weights.

    Raises:
        TrainError: the file or its front matter cannot be read.
    """
    try:
        text = notes.read_text("utf-8").strip() if notes else ""
    except (OSError, UnicodeDecodeError) as error:
        raise TrainError(f"The notes '{notes}' cannot be read: {error}") from None
    split_front_matter(text)  # so that a mistake is found before the training
    return text


def split_front_matter(notes: str) -> tuple[dict[str, Any], str]:
    """Splits notes into their front matter (license, base_model ...) and their text.

    Raises:
        TrainError: the front matter cannot be read, or holds fields that are not in FROM_NOTES.
    """
    if not notes.startswith("---"):
        return {}, notes
    try:
        card = ModelCard(notes)
        matter = card.data.to_dict()
    except Exception as error:  # errors of PyYAML and the Hub have no common class
        raise TrainError(f"The front matter of the notes cannot be read: {error}") from None
    unknown = sorted(set(matter) - set(FROM_NOTES))
    if unknown:
        raise TrainError(
            f"The front matter of the notes has unknown fields: {', '.join(unknown)}. Known are "
            f"{', '.join(FROM_NOTES)}."
        )
    return matter, card.text.strip()
