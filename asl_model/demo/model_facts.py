"""Describes which model answers and how accurate it is, for people and for scripts."""

from pathlib import Path
from typing import Any

from asl_model.bundle import Bundle
from asl_model.metrics_file import UNSEEN, UNSEEN_FRAMES, SplitFigures


def about(bundle: Bundle) -> str:
    """Returns the model's name and figures as Markdown, for the About tab."""
    commit = f" (commit {bundle.commit[:12]})" if bundle.commit else ""
    lines = [
        f"Model: **{_name(bundle)}**{commit}, {len(bundle.label_names)} classes. Below "
        f"{bundle.calibration.threshold:.0%} confidence it says 'not sure'."
    ]
    for split, words in (
        (UNSEEN, "people and cameras it was never trained on, letters A to Z"),
        (UNSEEN_FRAMES, "people it was never trained on, in front of a webcam"),
        ("held_out_blocks", "the people it was trained on, in held-out frames"),
    ):
        figures = bundle.metrics.splits.get(split)
        if figures:
            lines.append(
                f"- Right on **{figures.top1:.1%}** of pictures of {words} "
                f"(mean of {len(figures.sources)} sources, {figures.n:,} pictures"
                f"{_range(figures)}); in the top three on {figures.top3:.1%}."
            )
    alarms = bundle.metrics.not_hands
    if alarms:
        lines.append(
            f"- Wrongly reads a letter on {alarms.letter_claimed:.1%} of {alarms.n} pictures that "
            "show no hand sign."
        )
    if len(lines) == 1:
        lines.append("- Its accuracy is not known: the bundle has no metrics.json.")
    return "\n".join(lines)


def model_info(bundle: Bundle) -> dict[str, Any]:
    """Returns the answer of `/model`: the model's name, commit, classes, threshold and figures."""
    return {
        "name": _name(bundle),
        "commit": bundle.commit or None,  # None if it did not come from the Hub
        "classes": list(bundle.label_names),
        "threshold": bundle.calibration.threshold,
        "crop": bundle.crop,
        "looks": bundle.looks,
        "figures": {
            name: {"n": split.n, "top1": split.top1, "top3": split.top3}
            for name, split in bundle.metrics.splits.items()
        },
    }


def _name(bundle: Bundle) -> str:
    """Returns the model's name, without the path of a folder on the server."""
    path = Path(bundle.name)
    return path.name if path.is_absolute() else bundle.name


def _range(figures: SplitFigures) -> str:
    """Returns the 95 % confidence interval in words, or "" if the bundle has none."""
    low, high = figures.top1_interval
    if low is None or not figures.clusters:
        return ""
    others = figures.clusters.kind == "source"  # else the interval is for other frames only
    return (
        f"; 95% interval {low:.1%} to {high:.1%} for other "
        f"{'people' if others else 'frames of these people'}"
    )
