"""Results of a search for settings: the best settings, a table of all trials, and plots."""

import csv
import json
import os
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import optuna
from optuna.trial import FrozenTrial, TrialState
from optuna.visualization import matplotlib as plots

BEST, TABLE = "best.json", "trials.csv"
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


def write_results(study: optuna.Study, seed: int, out: Path) -> None:
    """Writes the best settings, a table of all trials and plots, and prints the best five.

    Args:
        study: the study, with finished trials.
        seed: the seed of the run, which is written as one of the settings.
        out: folder to write to.
    """
    finished = study.get_trials(states=FINISHED)
    complete = [trial for trial in finished if trial.state == TrialState.COMPLETE]
    if not complete:
        print("No trial has finished yet.")
        return
    _write_table(finished, out / TABLE)
    settings = study.best_trial.user_attrs["settings"] | {"seed": seed}
    temporary = out / (BEST + ".tmp")
    temporary.write_text(json.dumps(settings, indent=2) + "\n", "utf-8")
    os.replace(temporary, out / BEST)
    _plot(plots.plot_optimization_history(study), out / "trials.png")
    if len(complete) > 1:
        _plot(plots.plot_param_importances(study), out / "importances.png")
    print(f"{len(complete)} trials finished, {len(finished) - len(complete)} pruned. The best:")
    for trial in sorted(complete, key=lambda t: -t.values[0])[:5]:
        shown = ", ".join(f"{name} {_short(value)}" for name, value in trial.params.items())
        print(f"  {trial.values[0]:.1%}  {shown}")
    print(f"Wrote {out / BEST} and {out / TABLE}. Next: fit --settings {out / BEST} ...")


def _write_table(trials: list[FrozenTrial], file: Path) -> None:
    names = sorted({name for trial in trials for name in trial.params})
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(["trial", "state", "top1_unseen_people", "epochs", *names])
        for t in trials:
            last: Any = max(t.intermediate_values, default=0)
            value = t.intermediate_values.get(last, "")
            row = [t.number, t.state.name.lower(), value, last]
            writer.writerow([*row, *(t.params.get(name, "") for name in names)])


def _plot(axes: Any, file: Path) -> None:
    axes.figure.savefig(file, dpi=110, bbox_inches="tight")
    plt.close(axes.figure)


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
