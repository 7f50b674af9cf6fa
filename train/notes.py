"""What a person writes for the model card: a Markdown file, perhaps with front matter."""

from pathlib import Path
from typing import Any

from huggingface_hub import ModelCard

from train.errors import TrainError

FROM_NOTES = ("license", "license_name", "license_link", "base_model", "datasets", "language")
"""What the front matter of the notes may say for the card's."""


def read_notes(notes: Path | None) -> str:
    """The text of a notes file; empty without one. Raises TrainError if the card cannot take it."""
    try:
        text = notes.read_text("utf-8").strip() if notes else ""
    except (OSError, UnicodeDecodeError) as error:
        raise TrainError(f"The notes '{notes}' cannot be read: {error}") from None
    parted(text)  # now, and not after the training
    return text


def parted(notes: str) -> tuple[dict[str, Any], str]:
    """The front matter of the notes (license, base_model ...), and their text.

    Raises:
        TrainError: it cannot be read, or says what is not of FROM_NOTES.
    """
    if not notes.startswith("---"):
        return {}, notes
    try:
        card = ModelCard(notes)
        matter = card.data.to_dict()
    except Exception as error:  # of PyYAML's and of the Hub's own checks
        raise TrainError(f"The front matter of the notes cannot be read: {error}") from None
    unknown = sorted(set(matter) - set(FROM_NOTES))
    if unknown:
        raise TrainError(
            f"The front matter of the notes says {', '.join(unknown)}; it may say "
            f"{', '.join(FROM_NOTES)}."
        )
    return matter, card.text.strip()
