"""Computes the joint positions of a simple articulated hand from the joint angles of a handshape.

It is a right hand seen in a mirror: the palm faces the viewer and the thumb is on the left. The
unit of length is the width of the palm; x points right, y up, z to the viewer; angles are in
degrees.
"""

from dataclasses import dataclass

import numpy as np

FINGERS = ("index", "middle", "ring", "little")

KNUCKLES = np.array([(-0.37, 1.0, 0), (-0.12, 1.06, 0), (0.13, 1.02, 0), (0.36, 0.9, 0)])
"""Position (x, y, z) of each finger's first joint; the wrist is at (0, 0, 0)."""

BONES = np.array([(0.5, 0.3, 0.2), (0.56, 0.34, 0.22), (0.52, 0.32, 0.22), (0.4, 0.24, 0.2)])
"""Lengths of each finger's three bones: proportions of an adult's hand, rounded."""

THUMB = (-0.3, 0.22, 0.12)
"""Position (x, y, z) of the thumb's first joint."""

THUMB_BONES = (0.42, 0.34, 0.28)

DIP = 0.7
"""Bend of a finger's last joint, as a share of the middle joint's bend. The last joint cannot bend
alone: it follows the middle one by about two thirds."""

STRAIGHT, FIST = (0.0, 0.0), (80.0, 100.0)


@dataclass(frozen=True)
class Pose:
    """The joints of one handshape.

    Attributes:
        fingers: bend of the first and the second joint of each of the four fingers.
        spread: how far each finger leans to the right.
        thumb: direction of each of its three bones: the angle in the plane of the palm, from up to
            the right, and how far the bone rises out of this plane to the viewer.
        turn: rotation of the whole hand about z (to the right), then x (fingers to the viewer),
            then y.
    """

    fingers: tuple[tuple[float, float], ...]
    thumb: tuple[tuple[float, float], ...]
    spread: tuple[float, ...] = (-4.0, -1.0, 2.0, 6.0)
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)


def joints(pose: Pose) -> dict[str, np.ndarray]:
    """Returns the points of each finger and the thumb (4, 3), of the palm and of the arm.

    The points of a finger go from the knuckle to the tip. The whole hand is turned by `pose.turn`.
    """
    chains = {}
    for number, name in enumerate(FINGERS):
        first, second = pose.fingers[number]
        bent = np.cumsum([first, second, DIP * second])
        lean = np.radians(pose.spread[number])
        up = np.array([np.sin(lean), np.cos(lean), 0])
        bones = [_bone(up, angle) for angle in bent]
        chains[name] = _chain(KNUCKLES[number], bones, BONES[number])
    bones = []
    for plane, rise in pose.thumb:
        side = np.array([np.sin(np.radians(plane)), np.cos(np.radians(plane)), 0])
        bones.append(_bone(side, rise))
    chains["thumb"] = _chain(np.array(THUMB), bones, THUMB_BONES)
    chains["palm"] = np.array([(-0.28, 0.1, 0), (-0.4, 0.95, 0), (0.38, 0.85, 0), (0.3, 0.1, 0)])
    chains["arm"] = np.array([(0, 0.1, 0), (0, -0.55, 0)])
    turn = _rotation(pose.turn)
    return {name: points @ turn.T for name, points in chains.items()}


def _bone(straight: np.ndarray, angle: float) -> np.ndarray:
    """Returns a direction that is bent by `angle` out of the plane of the palm, to the viewer."""
    return straight * np.cos(np.radians(angle)) + np.array([0, 0, 1]) * np.sin(np.radians(angle))


def _chain(start: np.ndarray, bones: list[np.ndarray], lengths: object) -> np.ndarray:
    steps = np.array(bones) * np.asarray(lengths, float)[:, None]
    return np.concatenate([start[None], start + np.cumsum(steps, axis=0)])


def _rotation(turn: tuple[float, float, float]) -> np.ndarray:
    z, x, y = np.radians(turn)
    about_z = np.array([[np.cos(z), np.sin(z), 0], [-np.sin(z), np.cos(z), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    return about_y @ about_x @ about_z
