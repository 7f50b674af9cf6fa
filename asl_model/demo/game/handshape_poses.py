"""The joint angles of the handshapes, for drawing them.

M, N, P and T are left out. They differ in where the thumb comes out below the fingers, or in how
the hand hangs, and these drawings would look alike or wrong. Words describe them better. J and Z
are left out because they are motions.
"""

from asl_model.demo.game.hand_model import FIST, STRAIGHT, Pose

_ACROSS = ((-20.0, 35.0), (50.0, 50.0), (95.0, 0.0))
"""The thumb in front of the fingers of a fist."""

_BESIDE = ((-43.0, 15.0), (-6.0, 15.0), (2.0, 0.0))
"""The thumb upright beside the index finger."""

_FOLDED = ((-10.0, 30.0), (60.0, 25.0), (95.0, 0.0))
"""The thumb flat in the palm."""

_OUT = ((-70.0, 10.0), (-78.0, 0.0), (-82.0, 0.0))
"""The thumb away from the hand."""

_ALONG = ((-52.0, 0.0), (-12.0, 0.0), (2.0, 0.0))
"""The thumb along the index finger, with a gap."""

_MEETS_INDEX = ((-35.0, 55.0), (-20.0, 50.0), (-10.0, 10.0))
_MEETS_MIDDLE = ((-30.0, 55.0), (10.0, 60.0), (40.0, 40.0))
_BETWEEN = ((-25.0, 35.0), (15.0, 35.0), (20.0, 20.0))
"""The thumb up between index and middle finger."""

POSES = {
    "A": Pose((FIST,) * 4, _BESIDE),
    "B": Pose((STRAIGHT,) * 4, _FOLDED, spread=(1, 0, -1, -2)),
    "C": Pose(((30, 55),) * 4, ((-60, 50), (-30, 70), (10, 60)), (0, 0, 0, 0), (0, 0, 62)),
    "D": Pose((STRAIGHT, (62, 78), (62, 78), (62, 78)), _MEETS_MIDDLE, turn=(0, 0, 25)),
    "E": Pose(((35, 115),) * 4, ((-10, 35), (65, 35), (95, 0))),
    "F": Pose(
        ((62, 62), STRAIGHT, STRAIGHT, STRAIGHT),
        _MEETS_INDEX,
        (-2, -2, 9, 20),
        (0, 0, 25),
    ),
    "G": Pose((STRAIGHT, FIST, FIST, FIST), _ALONG, turn=(90, 0, 180)),
    "H": Pose((STRAIGHT, STRAIGHT, FIST, FIST), _ACROSS, (1, -1, 2, 6), (90, 0, 180)),
    "I": Pose((FIST, FIST, FIST, STRAIGHT), _ACROSS),
    "K": Pose((STRAIGHT, (35, 5), FIST, FIST), _BETWEEN, (-8, 10, 2, 6), (0, 0, 20)),
    "L": Pose((STRAIGHT, FIST, FIST, FIST), _OUT),
    "O": Pose(((50, 62),) * 4, ((-50, 55), (-15, 70), (15, 50)), (0, 0, 0, 0), (0, 0, 62)),
    "Q": Pose((STRAIGHT, FIST, FIST, FIST), _ALONG, turn=(170, 0, 180)),
    "R": Pose((STRAIGHT, (6, 0), FIST, FIST), _ACROSS, (9, -13, 2, 6)),
    "S": Pose((FIST,) * 4, _ACROSS),
    "U": Pose((STRAIGHT, STRAIGHT, FIST, FIST), _ACROSS, (1, -1, 2, 6)),
    "V": Pose((STRAIGHT, STRAIGHT, FIST, FIST), _ACROSS, (-13, 11, 2, 6)),
    "W": Pose((STRAIGHT, STRAIGHT, STRAIGHT, FIST), _ACROSS, (-16, 0, 15, 6)),
    "X": Pose(((25, 85), FIST, FIST, FIST), _ACROSS, turn=(0, 0, 50)),
    "Y": Pose((FIST, FIST, FIST, STRAIGHT), _OUT, (-4, -1, 2, 22)),
}
