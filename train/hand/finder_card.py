"""The card (README.md) of a finder."""

from collections.abc import Mapping

from train.hand.measure import HandFigures
from train.publishing.card import split_front_matter

TEXT = """---
license: apache-2.0
base_model: google/mobilenet_v2_1.0_224
tags:
- hand-detection
- hand-landmarks
---

# Finder of hands

Finds the hands in a picture: a box and 21 joints, in MediaPipe's order. It looks at the whole
picture, then closer at each hand. It is the first step of a reader of the static handshapes of the
American manual alphabet, and knows the hands of people who sign its letters.

    from asl_model.hand import load_finder

The network is MobileNetV2 with a feature pyramid, for pictures of 192 x 192 pixels. It started from
{origin}.

## Figures

Measured on people that it was never trained on. The labels are the joints that MediaPipe finds, not
a person's. 'Found' means that the first box overlaps the labelled one (intersection over union of
at least 0.3). Distances are in hand sizes, from the wrist to the knuckle of the middle finger, of
the hands that were found. Each person or source counts the same.

| pictures | n | found | overlap | distance of the points |
| --- | ---: | ---: | ---: | ---: |
{rows}

In {alarms:.1%} of {not_hands} pictures without a hand sign it finds a hand. Some of these pictures
show people, whose hands are hands.

## Training

{notes}

It was trained on random views of these pictures: whole, closer, turned, mirrored, in other light,
and with hands pasted into other rooms.

    {command}

{minutes:.0f} minutes.
"""


def finder_card(
    figures: Mapping[str, HandFigures],
    alarms: float,
    not_hands: int,
    origin: str,
    notes: str,
    command: str,
    minutes: float,
) -> str:
    """Returns the text of README.md.

    Args:
        figures: what the pictures are, in words -> the figures.
        alarms: share of pictures without a hand sign in which a hand is found.
        not_hands: number of these pictures.
        origin: what the network's weights started from.
        notes: who signed, and the pictures' licences; front matter is left out.
        command: the command that trained it.
        minutes: how long that took.
    """
    rows = "\n".join(
        f"| {name} | {f.n} | {f.found:.1%} | {f.overlap:.2f} | {f.points:.3f} |"
        for name, f in figures.items()
    )
    return TEXT.format(
        rows=rows,
        alarms=alarms,
        not_hands=not_hands,
        origin=origin,
        notes=split_front_matter(notes)[1],
        command=command,
        minutes=minutes,
    )
