"""The articulated hand: bones keep their lengths, fingers bend to the palm, drawings are SVG."""

import itertools
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from asl_model.demo.game.drawing import svg
from asl_model.demo.game.hand_model import BONES, FINGERS, FIST, STRAIGHT, THUMB_BONES, Pose, joints
from asl_model.demo.game.handshape_poses import POSES
from asl_model.demo.game.practice_rounds import STATIC


@pytest.mark.parametrize("letter", POSES)
def test_bones_keep_their_lengths(letter: str) -> None:
    chains = joints(POSES[letter])
    for number, name in enumerate(FINGERS):
        lengths = np.linalg.norm(np.diff(chains[name], axis=0), axis=1)
        assert lengths == pytest.approx(BONES[number])
    lengths = np.linalg.norm(np.diff(chains["thumb"], axis=0), axis=1)
    assert lengths == pytest.approx(THUMB_BONES)


def test_fingers_are_straight_or_in_a_fist() -> None:
    thumb = POSES["A"].thumb
    up, closed = joints(Pose((STRAIGHT,) * 4, thumb)), joints(Pose((FIST,) * 4, thumb))
    for name in FINGERS:
        assert up[name][3, 1] > up[name][0, 1] + 0.8
        assert up[name][:, 2] == pytest.approx(0)  # in the plane of the palm
        assert closed[name][3, 1] < closed[name][0, 1]  # the tip comes back down ...
        assert closed[name][1:3, 2].min() > 0.1  # ... on the side of the palm


def test_a_turned_hand_is_the_same_hand() -> None:
    plain = POSES["B"]
    turned = joints(Pose(plain.fingers, plain.thumb, plain.spread, (180, 0, 0)))
    for name, points in joints(plain).items():
        assert turned[name] == pytest.approx(points * [-1, -1, 1])


def test_drawings_are_svg_and_differ() -> None:
    assert set(POSES) <= set(STATIC)
    drawings = {letter: svg(pose, f"<{letter}>") for letter, pose in POSES.items()}
    for letter, drawing in drawings.items():
        root = ElementTree.fromstring(drawing)
        assert root.get("aria-label") == f"<{letter}>"
        assert len(root) > 30  # 15 bones, each with an outline, and the palm
    for one, other in itertools.combinations(drawings, 2):
        assert drawings[one].split(">", 1)[1] != drawings[other].split(">", 1)[1]
