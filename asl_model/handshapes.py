"""How each letter of the manual alphabet is formed, in words, as seen by who signs it."""

HANDSHAPES = {
    "A": "Make a fist. The thumb lies upright along the side of the index finger.",
    "B": "Four fingers straight up and together; the thumb folded across the palm.",
    "C": "Curve the fingers and the thumb as if around a cup, open to the side.",
    "D": "The index finger straight up; the other fingertips meet the thumb in a ring.",
    "E": "Bend all fingertips down to the thumb, which lies across the palm below them.",
    "F": "Thumb and index finger meet in a ring; the other three fingers up and apart.",
    "G": "Index finger and thumb point sideways with a small gap between; the rest is a fist.",
    "H": "Index and middle finger together, pointing sideways; the rest is a fist.",
    "I": "A fist with the little finger straight up.",
    "J": "Begin as for I, and draw a J in the air with the little finger.",
    "K": "Index and middle finger up in a V, and the tip of the thumb between them.",
    "L": "The index finger straight up and the thumb out to the side: the shape of an L.",
    "M": "Tuck the thumb under three fingers: index, middle and ring finger lie over it.",
    "N": "Tuck the thumb under two fingers: index and middle finger lie over it.",
    "O": "All fingertips meet the tip of the thumb: a round O.",
    "P": "As for K, but the hand hangs: the index finger points forward, the middle finger down.",
    "Q": "As for G, but the hand hangs: index finger and thumb point down.",
    "R": "Cross the middle finger behind the index finger, both straight up.",
    "S": "Make a fist with the thumb across the front of the fingers.",
    "T": "Make a fist with the tip of the thumb between index and middle finger.",
    "U": "Index and middle finger straight up and together; the rest is a fist.",
    "V": "Index and middle finger straight up and apart; the rest is a fist.",
    "W": "Index, middle and ring finger up and apart; the thumb holds the little finger.",
    "X": "A fist with the index finger up and bent like a hook.",
    "Y": "Thumb and little finger out to the sides; the other three folded.",
    "Z": "Point with the index finger, and draw a Z in the air.",
}

SAME_HANDSHAPE = (("G", "Q"), ("H", "U"), ("I", "J"), ("K", "P"))
"""Letters that the same fingers form; only where the hand points, or how it moves, tells which of
the two it is (Keane and Brentari 2016, 'Fingerspelling: Beyond Handshape Sequences')."""
