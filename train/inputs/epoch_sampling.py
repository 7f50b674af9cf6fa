"""Draws the pictures of an epoch and groups them into batches."""

from collections.abc import Callable, Sequence

import datasets
import numpy as np
import torch

from train.inputs.augmented_views import PLAIN, Draw
from train.settings import Settings


def epoch_draws(
    pictures: datasets.Dataset, settings: Settings, cached: bool
) -> Callable[[int], list[list[Draw]]]:
    """Returns a function from an epoch's number (from 1) to its batches of (picture, view).

    An epoch's number always gives the same draws. An epoch draws as many pictures as there are. The
    last batch is left out if it is less than half full, because batch normalisation could not learn
    from it.

    Args:
        pictures: the training part.
        settings: `balance`, `batch_size`, `views` and `seed` are used.
        cached: whether the features of `settings.views` views are cached; otherwise every draw is
            a new view.
    """
    weights = None if settings.balance == 1 else torch.tensor(_weights(pictures, settings.balance))
    count, size = len(pictures), min(settings.batch_size, len(pictures))

    def draw(epoch: int) -> list[list[Draw]]:
        random = torch.Generator().manual_seed(settings.seed * 10_007 + epoch)
        if weights is None:
            chosen = torch.randperm(count, generator=random)
        else:
            chosen = torch.multinomial(weights, count, replacement=True, generator=random)
        if not settings.views:
            views = torch.full((count,), PLAIN)
        elif cached:
            views = torch.randint(0, settings.views + 1, (count,), generator=random)
        else:
            views = torch.arange(count) + (epoch - 1) * count + 1
        draws = list(zip(chosen.tolist(), views.tolist(), strict=True))
        batches = [draws[i : i + size] for i in range(0, count, size)]
        return batches[:-1] if len(batches[-1]) < size / 2 else batches

    return draw


def _weights(pictures: datasets.Dataset, balance: float) -> Sequence[float]:
    """Returns sampling weights: sources by a power of their size, a source's classes equally."""
    sources = np.unique(pictures["source"], return_inverse=True)[1]
    labels = np.array(pictures["label"])
    source_sizes = np.bincount(sources)
    class_sizes = np.zeros((sources.max() + 1, labels.max() + 1))
    np.add.at(class_sizes, (sources, labels), 1)
    classes_of = (class_sizes > 0).sum(1)
    return (
        source_sizes[sources] ** balance / classes_of[sources] / class_sizes[sources, labels]
    ).tolist()
