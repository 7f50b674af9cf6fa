"""Draws the hand that was found: its box and its joints."""

from PIL import Image, ImageDraw

from asl_model.hand import Hand

SMALL_PIXELS = 48
"""A hand whose box is smaller than this is too far away: a quarter of the network's input, so that
a finger is two or three pixels wide."""

SHOWN_PIXELS = 640
"""Longest side of the picture that is shown with the box."""

COLOUR = "#4f46e5"

FINGERS = ((0, 1, 2, 3, 4), (0, 5, 6, 7, 8), (0, 9, 10, 11, 12), (0, 13, 14, 15, 16),
           (0, 17, 18, 19, 20), (5, 9, 13, 17))  # fmt: skip
"""Joints to connect: from the wrist to each finger's tip, and across the knuckles."""


def is_small(hand: Hand) -> bool:
    """Whether a hand is too small to be read well."""
    x0, y0, x1, y1 = hand.box
    return max(x1 - x0, y1 - y0) < SMALL_PIXELS


def draw_box(picture: Image.Image, hand: Hand) -> Image.Image:
    """Returns a copy of an RGB picture, at most SHOWN_PIXELS large, with a box around the hand."""
    shown = picture.copy()
    shown.thumbnail((SHOWN_PIXELS, SHOWN_PIXELS))
    scale = shown.width / picture.width
    box = [side * scale for side in hand.box]
    draw = ImageDraw.Draw(shown)
    draw.rectangle(box, outline="white", width=5)  # seen on dark and on light pictures
    draw.rectangle(box, outline=COLOUR, width=3)
    return shown


def outline_svg(hand: Hand, size: tuple[int, int], words: str) -> str:
    """Returns an SVG of the frame with the box and the joints.

    Nothing is mirrored here: Gradio sends camera frames as it shows them, already mirrored.

    Args:
        hand: the hand.
        size: width and height of the frame, in pixels.
        words: text for screen readers.
    """
    width, height = size
    x0, y0, x1, y1 = hand.box
    lines = "".join(
        f'<polyline points="{" ".join(f"{x:.0f},{y:.0f}" for x, y in part)}"/>'
        for part in ([hand.points[n] for n in finger] for finger in FINGERS)
    )
    stroke = max(width, height) / 120
    return (
        f'<svg class="outline" viewBox="0 0 {width} {height}" role="img" aria-label="{words}" '
        f'fill="none" stroke="currentColor" stroke-width="{stroke:.1f}" stroke-linejoin="round">'
        f'<rect class="frame" width="{width}" height="{height}"/>'
        f'<rect class="box" x="{x0:.0f}" y="{y0:.0f}" width="{x1 - x0:.0f}" '
        f'height="{y1 - y0:.0f}"/>{lines}</svg>'
    )
