"""The commands that train, as functions of their options: `fit`, `fit-hands` and `tune`.

Torch is imported inside: it takes seconds, and mistakes in the options are found before.
"""

import os

from train.commands import options
from train.commands.settings_from_options import chosen_settings


def set_up_torch() -> None:
    """Sets environment variables of torch for training. Call this before torch is imported."""
    # Worker processes and torch's threads share the CPU, and threads that spin while they wait slow
    # down the workers: without spinning, MobileNetV2 at 128 px trains 53 pictures a second on two
    # cores instead of 41. Not set for measuring: single pictures would take 20 ms instead of 12.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Large tensors in huge pages: a step of the article's head takes 0.35 s instead of 1.3 s. Most
    # of the 1.3 s is Linux allocating and clearing a gigabyte of gradients in pages of 4 kB.
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")


def fit(
    data: options.Data,
    out: options.Out,
    unseen: options.Unseen = None,
    unseen_frames: options.UnseenFrames = None,
    not_hands: options.NotHands = None,
    recipe: options.Recipe = "default",
    settings: options.SettingsFile = None,
    classes: options.Classes = None,
    split: options.Split = None,
    hold_out: options.HoldOut = None,
    train_pictures: options.TrainPictures = None,
    backbone: options.Backbone = None,
    backbone_weights: options.BackboneWeights = None,
    model_arg: options.ModelArg = None,
    dropout: options.Dropout = None,
    freeze: options.Freeze = None,
    from_scratch: options.FromScratch = None,
    input_size: options.InputSize = None,
    test_input_size: options.TestInputSize = None,
    mean: options.Mean = None,
    std: options.Std = None,
    standardise: options.Standardise = None,
    views: options.Views = None,
    augmentation: options.Augmentation = None,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    optimizer: options.Optimizer = None,
    schedule: options.Schedule = None,
    learning_rate: options.LearningRate = None,
    weight_decay: options.WeightDecay = None,
    label_smoothing: options.LabelSmoothing = None,
    ema_decay: options.EmaDecay = None,
    start_share: options.StartShare = None,
    balance: options.Balance = None,
    crop: options.Crop = None,
    looks: options.Looks = None,
    seed: options.Seed = None,
    keep_checkpoints: options.KeepCheckpoints = None,
    notes: options.Notes = None,
    workers: options.Workers = 1,
    cache: options.Cache = None,
    track: options.Track = None,
    push: options.Push = None,
) -> None:
    """Trains a model on class folders of photographs and writes a bundle.

    Run the same command again to resume an interrupted training. `accelerate launch -m train
    fit ...` shares the work between processes, devices or machines.
    """
    chosen = chosen_settings(locals())
    set_up_torch()
    from train.commands.fit import run  # importing torch takes seconds: check options first

    run(
        data,
        out,
        chosen,
        unseen,
        backbone_weights,
        notes,
        workers,
        cache,
        track,
        not_hands,
        push,
        unseen_frames,
    )


def fit_hands(
    frames: options.Frames,
    crops: options.Crops,
    boxes: options.Boxes,
    empty: options.Empty,
    unseen: options.UnseenHands,
    landmarks: options.Landmarks,
    not_hands: options.MeasuredNotHands,
    backbone_weights: options.StartWeights,
    out: options.Out,
    notes: options.Notes = None,
    epochs: options.FinderEpochs = 12,
    views: options.FinderViews = 12_000,
    seed: options.Seed = 0,
    workers: options.Workers = 1,
) -> None:
    """Trains a network that finds the hand in a picture, measures it and writes it.

    Run the same command again to resume an interrupted training.
    """
    set_up_torch()
    from train.commands.fit_hands import run
    from train.hand.train_finder import FinderSettings

    settings = FinderSettings(epochs, views, seed or 0)
    run(
        frames,
        crops,
        boxes,
        empty,
        unseen,
        landmarks,
        not_hands,
        backbone_weights,
        out,
        notes,
        settings,
        workers,
    )


def tune(
    data: options.Data,
    unseen: options.TuneUnseen,
    out: options.TuneOut,
    trials: options.Trials = 50,
    recipe: options.Recipe = "default",
    settings: options.SettingsFile = None,
    classes: options.Classes = None,
    backbone: options.Backbone = None,
    backbone_weights: options.BackboneWeights = None,
    model_arg: options.ModelArg = None,
    input_size: options.InputSize = None,
    mean: options.Mean = None,
    std: options.Std = None,
    views: options.Views = None,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    seed: options.Seed = None,
    workers: options.Workers = 1,
    cache: options.Cache = None,
) -> None:
    """Searches learning rate, width, dropouts, weight decay, label smoothing and augmentation.

    Settings are chosen by their top-1 on UNSEEN people. Run the same command again to resume the
    search. The best settings are written to a file for `fit --settings`.
    """
    chosen = chosen_settings(locals())
    set_up_torch()
    from train.commands.tune import run

    run(data, unseen, out, chosen, trials, backbone_weights, workers, cache)
