"""Which model answers and how good it is: for people to read, and for scripts."""

from pathlib import Path
from typing import Any

from asl_model.bundle import Bundle
from asl_model.metrics import UNSEEN, SplitFigures


def about(bundle: Bundle) -> str:
    """The model's name and its figures, as Markdown."""
    commit = f" (commit {bundle.commit[:12]})" if bundle.commit else ""
    lines = [
        f"Model: **{_name(bundle)}**{commit}, {len(bundle.label_names)} classes. Below "
        f"{bundle.calibration.threshold:.0%} it says 'not sure'."
    ]
    for split, words in (
        (UNSEEN, "people and cameras it was never trained on, letters A to Z"),
        ("held_out_blocks", "held-out frames of the people it was trained on"),
    ):
        figures = bundle.metrics.splits.get(split)
        if figures:
            lines.append(
                f"- Right on **{figures.top1:.1%}** of pictures of {words} "
                f"(mean of {len(figures.sources)} sources, {figures.n:,} pictures"
                f"{_range(figures)}); among the first three on {figures.top3:.1%}."
            )
    alarms = bundle.metrics.not_hands
    if alarms:
        lines.append(
            f"- Claims a letter on {alarms.letter_claimed:.1%} of {alarms.n} pictures that "
            "show no hand sign."
        )
    if len(lines) == 1:
        lines.append("- Its figures are not known: the bundle has no metrics.json.")
    return "\n".join(lines)


def model_info(bundle: Bundle) -> dict[str, Any]:
    """What `/model` answers: name and commit of the model, its classes and figures."""
    return {
        "name": _name(bundle),
        "commit": bundle.commit or None,  # None if it did not come from the Hub
        "classes": list(bundle.label_names),
        "threshold": bundle.calibration.threshold,
        "looks": bundle.looks,
        "figures": {
            name: {"n": split.n, "top1": split.top1, "top3": split.top3}
            for name, split in bundle.metrics.splits.items()
        },
    }


def _name(bundle: Bundle) -> str:
    """Not where a folder lies on the machine that serves."""
    path = Path(bundle.name)
    return path.name if path.is_absolute() else bundle.name


def _range(figures: SplitFigures) -> str:
    """The 95 % confidence interval, if the bundle has it."""
    low, high = figures.top1_interval
    if low is None or not figures.clusters:
        return ""
    others = figures.clusters.kind == "source"  # else it knows of other frames only
    return f"; {low:.1%} to {high:.1%} with other {'people' if others else 'frames of them'}"
