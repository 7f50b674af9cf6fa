"""Left and right: visitors see themselves as in a mirror, and the model gets what they see.

The model is trained on mirror images as much as on pictures. A snapshot is read as it is shown.
"""

import io
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator

from asl_model import Prediction, Recognizer
from asl_model.demo import texts
from asl_model.demo.page import build
from asl_model.hand import Hand
from tests.browser.conftest import Film, page_of
from tests.browser.film import choose_camera, record, take_picture
from tests.helpers.in_process import app_launched


class Watching(Recognizer):
    """Keeps the last picture that it was given."""

    last: Image.Image | None = None

    def read(self, picture: Image.Image, last: Hand | None = None) -> Prediction:
        self.last = picture
        return super().read(picture, last)


@pytest.fixture
def served(embedded: Recognizer) -> Iterator[tuple[Watching, str]]:
    watching = Watching(embedded.bundle)
    demo = build(watching)
    app_launched(demo, server_port=None)
    assert demo.local_url
    assert "sweeping uploads" in {thread.name for thread in threading.enumerate()}
    yield watching, demo.local_url.rstrip("/")
    demo.close()


def sides() -> Image.Image:
    """Returns a picture as the camera sees it: red on the left, green on the right."""
    picture = Image.new("RGB", (320, 240), "red")
    picture.paste("lime", (160, 0, 320, 240))
    return picture


def redder_side(picture: Image.Image) -> str:
    """Returns which side of the middle of a picture is redder: 'left' or 'right'."""
    pixels = np.asarray(picture.convert("RGB"), dtype=int)
    height, width = pixels.shape[:2]
    middle = pixels[height // 3 : 2 * height // 3]
    left, right = (
        (part[..., 0] - part[..., 1]).mean()
        for part in (middle[:, width // 4 : width // 2], middle[:, width // 2 : 3 * width // 4])
    )
    assert abs(left - right) > 100
    return "left" if left > right else "right"


def seen(element: Locator) -> str:
    return redder_side(Image.open(io.BytesIO(element.screenshot())))


def shown_to(model: Watching) -> str:
    for _ in range(200):
        if model.last is not None:
            return redder_side(model.last)
        time.sleep(0.1)
    raise AssertionError("The model saw nothing.")


@pytest.mark.slow
def test_a_snapshot_is_a_mirror_image(filmed: Film, served: tuple[Watching, str]) -> None:
    model, address = served
    with filmed([(sides(), 2.0)]) as browser, page_of(browser, address) as page:
        choose_camera(page)
        page.wait_for_timeout(1500)
        assert seen(page.locator("video:visible")) == "right"
        take_picture(page)
        assert shown_to(model) == "right"
        page.wait_for_timeout(1500)
        assert seen(page.locator("img:visible").first) == "right"


@pytest.mark.slow
def test_a_stream_is_a_mirror_image(filmed: Film, served: tuple[Watching, str]) -> None:
    model, address = served
    with filmed([(sides(), 2.0)]) as browser, page_of(browser, address) as page:
        page.get_by_role("tab", name=texts.LIVE_TAB).click()
        record(page)
        page.wait_for_timeout(1500)
        assert seen(page.locator("video:visible")) == "right"
        assert shown_to(model) == "right"
