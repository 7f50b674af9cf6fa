"""`python -m train tune`: searches the settings of the head on features that are computed once.

Optuna (its samplers, pruners, storage and plots) runs the search. Settings are chosen on the
letters of people never trained on, with the same weight for each source. They are not chosen on a
random split, because nearly everything scores well on one.
"""

import dataclasses
import json
import warnings
from pathlib import Path

import datasets
import numpy as np
import optuna
import torch
from optuna.trial import Trial, TrialState

from train.data.pictures import Sources
from train.devices import processes
from train.errors import DivergedError, TrainError, make_folder
from train.inputs.augmented_views import PLAIN
from train.inputs.epoch_sampling import epoch_draws
from train.inputs.features import Features, ReadOptions, compute_features, default_cache
from train.network.backbone import create, dropout_layers
from train.network.layers import freeze, head_parameters
from train.publishing.tuning_results import FINISHED, write_results
from train.settings import Settings
from train.training.history import Epoch
from train.training.train_network import features_of, train_head
from train.training.training_data import Data
from train.training.training_task import Task, contents_hash, prepare

STUDY = "study.db"
WIDTHS = (0.03125, 0.0625, 0.125, 0.25, 0.5)
"""Widths to try if the head has hidden layers, as fractions of 4096."""


def run(
    data: Sources,
    unseen: Sources,
    out: Path,
    settings: Settings,
    trials: int,
    weights: Path | None = None,
    workers: int = 1,
    cache: Path | None = None,
) -> None:
    """Tries settings until there are `trials`, and writes the best ones to `out`/best.json.

    Also writes the study (SQLite; the same call resumes it), a table of all trials, and plots.

    Args:
        data: see `train.data.pictures.load_pictures`.
        unseen: pictures of people never trained on, on which settings are chosen.
        out: folder to write to.
        settings: the settings that all trials share.
        trials: total number of settings to try, including earlier calls.
        weights: pre-trained weights, see `train.network.backbone.build_model`.
        workers: worker processes that read pictures.
        cache: folder of the features, see `train.inputs.features`.

    Raises:
        TrainError: the arguments or the data are wrong.
    """
    if settings.freeze != "all":
        raise TrainError("Tuning works on the features of a frozen backbone: give --freeze all.")
    if settings.ema_decay or settings.start_share:
        raise TrainError(
            "Tuning does not average weights: set ema_decay and start_share for `fit`."
        )
    task = prepare(data, unseen, settings, weights)
    study = _open_study(make_folder("--out", out) / STUDY, task)  # before features are computed
    search = Search(task, ReadOptions(workers, cache or default_cache()))
    left = trials - len(study.get_trials(states=FINISHED))
    print(
        f"{trials - max(left, 0)} of {trials} trials are done; study in {out / STUDY}", flush=True
    )
    try:
        study.optimize(search.objective, n_trials=max(left, 0), show_progress_bar=True)
    except KeyboardInterrupt:
        raise TrainError("Interrupted. Run the same command again to resume.") from None
    finally:
        write_results(study, settings.seed, out)


class Search:
    """Computes the features once, and trains a head on them in each trial."""

    def __init__(self, task: Task, reading: ReadOptions) -> None:
        self.task, self.unseen = task, _unseen(task)
        self.sources = np.array(self.unseen["source"])
        self.training = features_of(task, "train", reading)
        self.others = compute_features(
            task.model, task.views(self.unseen), 0, "unseen people", reading
        )

    def objective(self, trial: Trial) -> float:
        """Trains one head; returns the top-1 on unseen people, mean over the sources, 0..1."""
        settings = _suggest(trial, self.task)
        trial.set_user_attr("settings", dataclasses.asdict(settings))
        torch.manual_seed(settings.seed)
        model = create(settings, len(self.task.label_names))
        freeze(model, "all")
        draws = epoch_draws(self.task.pictures.parts["train"], settings, cached=True)
        data = Data(self.training, self.others, draws, workers=0)
        reached: list[float] = []

        def report(history: list[Epoch], head: torch.nn.Module) -> None:
            reached.append(_accuracy(head, self.others, self.sources))
            trial.report(reached[-1], len(history))
            if trial.should_prune():
                raise optuna.TrialPruned

        try:
            train_head(model, head_parameters(model), data, settings, None, report)
        except DivergedError:  # bad settings must not end the search
            raise optuna.TrialPruned from None
        return reached[-1]


def _unseen(task: Task) -> datasets.Dataset:
    assert task.pictures.unseen is not None  # `run` requires unseen people
    return task.pictures.unseen


def _suggest(trial: Trial, task: Task) -> Settings:
    settings = task.settings
    model_args, dropouts = dict(settings.model_args), {}
    if "mlp_ratio" in model_args:
        model_args["mlp_ratio"] = trial.suggest_categorical("mlp_ratio", WIDTHS)
    for name in dropout_layers(task.model):
        dropouts[name] = trial.suggest_float(name, 0.0, 0.8)
    if not dropouts:
        model_args["drop_rate"] = trial.suggest_float("drop_rate", 0.0, 0.8)
    return dataclasses.replace(
        settings,
        model_args=model_args,
        dropouts=dropouts,
        learning_rate=trial.suggest_float("learning_rate", 1e-4, 1e-2, log=True),
        weight_decay=trial.suggest_float("weight_decay", 1e-3, 0.5, log=True),
        label_smoothing=trial.suggest_float("label_smoothing", 0.0, 0.3),
        views=trial.suggest_int("views", 0, settings.views),
    )


@torch.inference_mode()
def _accuracy(head: torch.nn.Module, features: Features, sources: np.ndarray) -> float:
    head.eval()
    draws = [(number, PLAIN) for number in range(len(features))]
    batches = [draws[i : i + 256] for i in range(0, len(draws), 256)]
    device = processes().device
    right = np.concatenate(
        [
            (head(batch["pixels"].float().to(device)).argmax(1).cpu() == batch["label"]).numpy()
            for batch in features.batches(batches, 0)
        ]
    )
    return float(np.mean([right[sources == source].mean() for source in np.unique(sources)]))


def _open_study(file: Path, task: Task) -> optuna.Study:
    """Opens the study in a file; trials that an interrupted call left running count as failed."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # Optuna has called its plots experimental since version 2.2; users need no warning.
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    study = optuna.create_study(
        storage=f"sqlite:///{file}", study_name="head", direction="maximize", load_if_exists=True
    )
    chosen_by = {"chosen by": contents_hash(_unseen(task))}
    identity = json.loads(json.dumps(task.identity() | chosen_by))
    if study.user_attrs.setdefault("identity", identity) != identity:
        raise TrainError(
            f"'{file}' holds a study of other data, people or settings. Give another --out."
        )
    study.set_user_attr("identity", identity)
    for trial in study.get_trials(states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
    done = len(study.get_trials(states=FINISHED))
    # A resumed search must not repeat its first draws, and must be reproducible.
    study.sampler = optuna.samplers.TPESampler(seed=(task.settings.seed + done) % 2**32)
    study.pruner = optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=3)
    return study
