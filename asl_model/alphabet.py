"""The 29 classes of the ASL Alphabet data set, in the order every model of this project answers."""

import string

LETTERS: tuple[str, ...] = tuple(string.ascii_uppercase)
"""The 26 letters. A still picture shows a static handshape."""

NO_SIGN = "nothing"
"""The class of a picture that shows no hand sign."""

CLASSES: tuple[str, ...] = (*LETTERS, "del", NO_SIGN, "space")
"""All class names by code point: the order in which `datasets` numbers class folders."""

MOVING: frozenset[str] = frozenset("JZ")
"""Letters that are motions. A still can only show one moment of them."""
