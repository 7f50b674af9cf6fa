"""Runs Chromium with a film in place of the camera."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, Playwright

CHROMIUM = shutil.which("chromium")
"""The system's browser, as Debian packages it; Playwright's own browsers are not downloaded."""

FPS = 30
"""Frames per second at which Chromium plays every film, in a loop."""

Scenes = list[tuple[Image.Image, float]]
"""Pictures, each with the seconds that it is shown."""


@contextmanager
def chromium(playwright: Playwright, folder: Path, scenes: Scenes) -> Iterator[Browser]:
    """Opens a browser whose camera sees the scenes; writes the film into the folder."""
    film = folder / "film.mjpeg"
    with film.open("wb") as file:  # the format is one JPEG after the other, in 4:2:0
        for picture, seconds in scenes:
            for _ in range(round(seconds * FPS)):
                picture.save(file, "JPEG", quality=90, subsampling=2)
    arguments = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    arguments += [f"--use-file-for-fake-video-capture={film}", "--no-sandbox"]
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
    yield browser
    browser.close()


def show(page: Page, file: Path) -> None:
    """Uploads a picture in the Photo tab."""
    page.locator("input[type=file]").first.set_input_files(file)


def choose_camera(page: Page) -> None:
    """Opens the camera in the Photo tab."""
    page.get_by_label("Capture from camera").click()
    _allow_camera(page)


def take_picture(page: Page) -> None:
    """Takes a snapshot of what the camera sees."""
    page.wait_for_timeout(1000)  # until the camera sees something
    page.get_by_label("capture photo").click()


def record(page: Page) -> None:
    """Opens the camera of the current tab and starts sending its frames."""
    _allow_camera(page)
    page.locator("button:visible", has_text="Record").click()


def _allow_camera(page: Page) -> None:
    page.locator("button:visible", has_text="Access Webcam").click()
