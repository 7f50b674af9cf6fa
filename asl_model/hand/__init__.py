"""Finds the hands in a picture: their boxes and their 21 joints.

from asl_model.hand import find_hands

for hand in find_hands("room.jpg"):
    print(hand.box, hand.score, hand.points)
"""

from asl_model.hand.finder import Hand, HandFinder
from asl_model.hand.finder_files import embedded_finder, load_finder
from asl_model.images import ImageSource, open_image

__all__ = ["Hand", "HandFinder", "embedded_finder", "find_hands", "load_finder"]


def find_hands(image: ImageSource, most: int = 2) -> list[Hand]:
    """Finds hands with the embedded finder, the one that signs first.

    The hand that signs is guessed: raised, large and clearly seen.

    Args:
        image: a path, bytes, a PIL image or a uint8 array (H, W, 3).
        most: the largest number of hands; more take longer.

    Returns:
        The hands; an empty list if there is none.

    Raises:
        ImageError: the input is not a picture.
    """
    return embedded_finder()(open_image(image), most)
