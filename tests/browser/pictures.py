"""Takes the screenshot of the page in the README: python -m tests.browser.pictures

The demo runs with its own model and without a camera, so that no photograph is in the screenshot.
"""

import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from asl_model.demo import texts
from tests.browser.film import chromium
from tests.helpers import ROOT
from tests.helpers.demo import running

FOLDER = ROOT / "docs" / "pictures"
LETTER = "Y"
"""The letter that the screenshot shows; any letter that is easy to recognise will do."""


def main() -> None:
    """Writes practice.png, a screenshot of the Practice tab."""
    desk: dict[str, Any] = {"viewport": {"width": 900, "height": 720}}
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with (
            running(folder / "uploads") as address,
            sync_playwright() as playwright,
            chromium(playwright, folder, []) as browser,
        ):
            page = browser.new_context(**desk).new_page()
            open_tab(page, address, texts.PRACTICE_TAB)
            for _ in range(500):
                page.get_by_role("button", name=texts.ANOTHER).click()
                page.wait_for_timeout(200)
                if page.locator(".live:visible .large").inner_text() == LETTER:
                    break
            else:
                raise SystemExit(f"{LETTER} was not asked for; start again.")
            page.screenshot(path=FOLDER / "practice.png")


def open_tab(page: Page, address: str, name: str) -> None:
    """Opens a tab and waits until it is drawn."""
    page.goto(address)
    page.get_by_role("tab", name=name).click()
    page.wait_for_timeout(1500)


if __name__ == "__main__":
    main()
