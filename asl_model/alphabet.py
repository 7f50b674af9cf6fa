"""The 29 classes of the ASL Alphabet data set, in the order that all models here use."""

import string

LETTERS: tuple[str, ...] = tuple(string.ascii_uppercase)
"""The 26 letters. A still picture shows only their static handshapes."""

NO_SIGN = "nothing"
"""The class of pictures without a hand sign."""

CLASSES: tuple[str, ...] = (*LETTERS, "del", NO_SIGN, "space")
"""All class names, sorted by code point as `datasets` numbers class folders."""

MOTION_LETTERS: dict[str, str] = {
    "J": "J is a motion: the little finger draws a hook. A still picture shows one moment of it, "
    "so this may be an I.",
    "Z": "Z is a motion: the index finger draws a zigzag. A still picture shows one moment of it, "
    "so this may be a D or a G.",
}
"""Letters that are motions, and what a still picture can show of them."""
