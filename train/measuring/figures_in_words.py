"""Figures as sentences and tables, for the terminal and the model card."""

from asl_model.metrics_file import Metrics, SourceFigures, SplitFigures


def print_figures(metrics: Metrics) -> None:
    """Prints one line per split."""
    for name, figures in metrics.splits.items():
        print(summary(name, figures))


def summary(name: str, figures: SplitFigures) -> str:
    """Returns the figures of a split as one line for the terminal."""
    low, high = figures.top1_interval
    # A single cluster has no interval.
    interval = f" ({low:.1%} to {high:.1%})" if low is not None else ""
    return f"{name}: top-1 {figures.top1:.1%}{interval}, top-3 {figures.top3:.1%} (n={figures.n})"


def in_words(split: SplitFigures) -> str:
    """Returns the figures of one split with their intervals, as part of a sentence."""

    def share(name: str) -> str:
        low, high = getattr(split, f"{name}_interval")
        value = getattr(split, name)
        return f"{value:.1%}" + (f" ({low:.1%} to {high:.1%})" if low is not None else "")

    ece = split.calibration.ece if split.calibration else float("nan")
    return (
        f"top-1 {share('top1')}, top-3 {share('top3')}, macro-F1 {share('macro_f1')}, "
        f"calibration error (ECE) {ece:.3f}, n={split.n}"
    )


def table(split: SplitFigures) -> str:
    """Returns a Markdown table of one split: one row per source, then the mean over sources."""
    rows = ["| source | pictures | top-1 | top-3 | answered | right when answered |"]
    rows.append("| --- | ---: | ---: | ---: | ---: | ---: |")
    lines: list[tuple[str, SourceFigures | SplitFigures]] = list(split.sources.items())
    for name, figures in (*lines, ("**each source alike**", split)):
        shares = (figures.top1, figures.top3, figures.answered, figures.right_when_answered)
        shown = " | ".join("-" if s is None else f"{s:.1%}" for s in shares)
        rows.append(f"| {name} | {figures.n} | {shown} |")
    return "\n".join(rows)


def mirrored_in_words(metrics: Metrics) -> str:
    """Returns a paragraph on mirror images of people never trained on; empty if not measured."""
    found = metrics.mirrored
    if not found:
        return ""
    return (
        f"\nWith left and right in each other's place, the same people never seen: top-1 "
        f"{found.top1:.1%} (n={found.n}).\n"
    )
