"""The 29 classes of the ASL Alphabet data set, in the order every model of this project answers."""

import string

LETTERS: tuple[str, ...] = tuple(string.ascii_uppercase)
"""The 26 letters. A still picture shows a static handshape."""

NO_SIGN = "nothing"
"""The class of a picture that shows no hand sign."""

CLASSES: tuple[str, ...] = (*LETTERS, "del", NO_SIGN, "space")
"""All class names by code point: the order in which `datasets` numbers class folders."""

MOVING: dict[str, str] = {
    "J": "J is a motion, the little finger of I drawing a hook. A still picture shows one moment "
    "of it and cannot tell whether it moved: it may be an I.",
    "Z": "Z is a motion, the index finger drawing a zigzag. A still picture shows one moment of it "
    "and cannot tell whether it moved: it may be a D or a G.",
}
"""Letters that are motions, and what a still picture can and cannot tell of them."""
