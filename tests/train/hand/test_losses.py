"""The loss falls as the maps get nearer to the labels."""

import numpy as np
import torch

from asl_model.hand.geometry import box_of
from tests.helpers.hands import drawn_hand
from train.hand.losses import Hands, loss_of
from train.hand.targets import targets


def batch_of(count: int) -> dict[str, torch.Tensor]:
    rows = []
    for seed in range(count):
        points = drawn_hand(seed, (192, 192))[1]
        rows.append(targets(box_of(points)[None], points, 192))
    rows.append(targets(np.zeros((0, 4), np.float32), None, 192))
    return {name: torch.stack([row[name] for row in rows]) for name in rows[0]}


def perfect(batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Returns the maps that the labels describe."""
    maps = torch.full((len(batch["cells"]), 24, 24, 24), -12.0)
    at = torch.arange(24) + 0.5
    for n, cell in enumerate(batch["cells"][:, 0].tolist()):
        if cell < 0:
            continue
        maps[n, 0, cell // 24, cell % 24] = 12.0
        maps[n, 1:3] = batch["sizes"][n, 0, :, None, None]
        x, y = batch["points"][n, :, 0, None, None], batch["points"][n, :, 1, None, None]
        maps[n, 3:] = -((at - x) ** 2 + (at[:, None] - y) ** 2) / 2
    return maps


def test_perfect_maps_have_almost_no_loss() -> None:
    batch = batch_of(4)
    parts = loss_of(perfect(batch), batch)
    assert parts["centre"] < 0.01
    assert parts["size"] < 1e-5
    assert parts["distance"] < 0.02
    noisy = loss_of(perfect(batch) + torch.randn(5, 24, 24, 24), batch)
    assert all(noisy[name] > parts[name] for name in parts)


def test_a_picture_is_right_if_its_surest_place_is_a_hand_or_nothing_is_sure() -> None:
    batch = batch_of(4)
    maps = perfect(batch)
    assert Hands()(maps, batch, training=False)[1] == 5
    maps[0, 0] = -12.0  # a hand is missed
    maps[4, 0, 3, 3] = 12.0  # a hand is seen where there is none
    assert Hands()(maps, batch, training=False)[1] == 3


def test_views_without_points_have_no_loss_for_points() -> None:
    batch = batch_of(0)
    parts = loss_of(torch.randn(1, 24, 24, 24, requires_grad=True), batch)
    assert parts["points"] == 0
    assert parts["distance"] == 0
    assert parts["size"].item() == 0
