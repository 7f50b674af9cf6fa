"""Whole camera frames of unseen people, read by the embedded model."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageOps
from playwright.sync_api import Browser, expect

from asl_model import Recognizer
from asl_model.demo import texts
from asl_model.images import open_image
from tests.browser.conftest import Film, page_of
from tests.browser.film import choose_camera, record, show, take_picture
from tests.helpers.demo import running

WORD = "HELLO"
HELD, GONE = 2.0, 1.4


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    environment = {name: value for name, value in os.environ.items() if name != "ASL_MODEL"}
    with running(tmp_path_factory.mktemp("uploads"), environment) as url:
        yield url


def frame_of(file: Path) -> Image.Image:
    return ImageOps.pad(open_image(file), (640, 480), color="gray")


def clear(
    recognizer: Recognizer, files: list[Path], letter: str | None
) -> tuple[Path, Image.Image]:
    """Returns the first picture that is read correctly as a file, as a camera frame and mirrored.

    This tests the page. How often the model is right is measured elsewhere.
    """
    for file in files:
        frame = frame_of(file)
        if all(recognizer(f).letter == letter for f in (file, frame, ImageOps.mirror(frame))):
            return file, frame
    raise AssertionError(f"No picture of {letter} is read rightly.")


@pytest.fixture(scope="module")
def frames(embedded: Recognizer, photographs: Path) -> dict[str, tuple[Path, Image.Image]]:
    found = {
        letter: clear(embedded, sorted(photographs.glob(f"dev_frames/*/{letter}/*")), letter)
        for letter in WORD
    }
    found[""] = clear(embedded, sorted((photographs / "dev_not_hands").iterdir()), None)
    return found


@pytest.fixture(scope="module")
def browser(filmed: Film, frames: dict[str, tuple[Path, Image.Image]]) -> Iterator[Browser]:
    parts = [part for letter in WORD for part in ((letter, HELD), ("", GONE))]
    with filmed([(frames[name][1], seconds) for name, seconds in parts]) as opened:
        yield opened


def test_a_photograph_is_read(
    browser: Browser, address: str, frames: dict[str, tuple[Path, Image.Image]]
) -> None:
    with page_of(browser, address) as page:
        show(page, frames["H"][0])
        expect(page.locator("#words h2")).to_have_text("H", timeout=20_000)
        expect(page.locator("#found img")).to_be_visible()  # with a box around the hand


@pytest.mark.slow
def test_a_snapshot_is_read(
    filmed: Film, address: str, frames: dict[str, tuple[Path, Image.Image]]
) -> None:
    with filmed([(frames["H"][1], 2.0)]) as browser, page_of(browser, address) as page:
        choose_camera(page)
        take_picture(page)
        expect(page.locator("#words h2")).to_have_text("H", timeout=20_000)


@pytest.mark.slow
def test_the_word_is_spelled(browser: Browser, address: str) -> None:
    with page_of(browser, address) as page:
        page.get_by_role("tab", name=texts.LIVE_TAB).click()
        record(page)
        expect(page.locator(".outline .box").first).to_be_visible(timeout=30_000)
        written = page.locator("#written textarea, #written input").first
        expect(written).to_have_value(re.compile(rf".*{WORD}"), timeout=60_000)
        assert written.input_value() in WORD * 9  # the film may begin anywhere
