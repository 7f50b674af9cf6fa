"""A real browser with a real demo, and a film in place of the camera."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, sync_playwright

from tests.browser.film import CHROMIUM, Scenes, chromium
from tests.helpers.demo import running
from tests.helpers.pictures import draw, write_class_folders
from train.commands import fit
from train.settings import Settings

COLOURS = {"A": "red", "B": "lime", "nothing": "blue"}
"""Colours that stand for signs, because no photograph is part of the repository."""

Film = Callable[[Scenes], AbstractContextManager[Browser]]


@pytest.fixture(scope="session", autouse=True)
def _chromium() -> None:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")


def tinted(seed: int, name: str, size: tuple[int, int] = (40, 40)) -> Image.Image:
    """Returns a picture that the demo's model reads as the class `name`."""
    return Image.blend(draw(seed, size), Image.new("RGB", size, COLOURS[name]), 0.7)


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory, test_resnet: Path) -> Iterator[str]:
    """Runs a demo whose model reads A, B and 'nothing' from three colours; yields its URL."""
    folder = tmp_path_factory.mktemp("browser")
    data = write_class_folders(folder / "data", COLOURS, 40)
    settings = Settings(
        backbone="test_resnet", input_size=40, batch_size=8, epochs=12, learning_rate=0.01,
        freeze="none", views=0, label_smoothing=0.0,
    )  # fmt: skip
    fit.run(data, folder / "colours", settings, weights=test_resnet, workers=0)
    config = folder / "colours" / "config.json"
    known = json.loads(config.read_text())
    known["asl"]["calibration"]["threshold"] = (
        0.9  # the value chosen on 8 pictures is too strict for others
    )
    config.write_text(json.dumps(known))
    tinted(5, "B", (160, 120)).save(folder / "colours" / "example-1.jpg")
    base = {**os.environ, "ASL_MODEL": str(folder / "colours")}
    with running(folder / "uploads", base) as url:
        yield url


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def filmed(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Film:
    """Returns a function that opens a browser whose camera sees given scenes."""

    def open_browser(scenes: Scenes) -> AbstractContextManager[Browser]:
        return chromium(playwright, tmp_path_factory.mktemp("camera"), scenes)

    return open_browser


@pytest.fixture(scope="session")
def browser(filmed: Film) -> Iterator[Browser]:
    """Opens a browser whose camera sees ABBA, two seconds each, with the hand away between."""
    parts = [(n, s) for sign in "ABBA" for n, s in (("nothing", 1.2), (sign, 2.2))]
    scenes = [
        (tinted(number, name, (320, 240)), seconds) for number, (name, seconds) in enumerate(parts)
    ]
    with filmed(scenes) as opened:
        yield opened


@contextmanager
def page_of(browser: Browser, address: str, **context: object) -> Iterator[Page]:
    """Opens a page; at the end checks for errors on its console and requests to other hosts."""
    opened = browser.new_context(permissions=["camera"], **context)  # type: ignore[arg-type]
    page = opened.new_page()
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: errors.append(str(error)))
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(address)
    yield page
    opened.close()
    assert errors == []
    elsewhere = [url for url in requests if not url.startswith((address, "data:", "blob:"))]
    assert elsewhere == []
