"""What a picture is taught as."""

import pytest
import torch

from asl_model.alphabet import CLASSES
from asl_model.handshapes import SAME_HANDSHAPE
from train.targets import soft_targets


def test_a_letter_gives_a_share_to_the_one_of_the_same_handshape() -> None:
    targets = soft_targets(CLASSES, 0.03)
    assert targets is not None
    k, p, a = (CLASSES.index(letter) for letter in "KPA")
    assert targets[k, k] == targets[p, p] == pytest.approx(0.97)
    assert targets[k, p] == targets[p, k] == pytest.approx(0.03)
    assert torch.equal(targets[a], torch.eye(len(CLASSES))[a])
    assert torch.allclose(targets.sum(1), torch.ones(len(CLASSES)))
    shared = (targets > 0).sum(1) == 2
    assert shared.sum() == 2 * len(SAME_HANDSHAPE)


def test_a_letter_whose_other_one_is_not_taught_keeps_all() -> None:
    targets = soft_targets(["A", "K"], 0.03)
    assert targets is not None
    assert torch.equal(targets, torch.eye(2))


def test_without_a_share_there_are_no_soft_targets() -> None:
    assert soft_targets(CLASSES, 0.0) is None
