"""Screenshots and accessibility checks of all tabs, on desktop and phone, in light and dark."""

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from asl_model.demo import texts
from tests.browser.conftest import page_of, tinted
from tests.browser.film import record, show

TABS = (texts.PHOTO_TAB, texts.LIVE_TAB, texts.PRACTICE_TAB, texts.ABOUT_TAB)
SIZES = {"desktop": (1280, 800), "phone": (360, 740)}

SCREENSHOTS = os.environ.get("ASL_SCREENSHOTS")
"""Folder to save the screenshots in; none are saved without it."""


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_tab(browser: Browser, address: str, size: str, scheme: str, tmp_path: Path) -> None:
    """No tab is wider than the screen, and axe finds no serious problem."""
    width, height = SIZES[size]
    tinted(7, "B", (160, 120)).save(tmp_path / "hand.png")
    context: dict[str, Any] = {
        "viewport": {"width": width, "height": height},
        "color_scheme": scheme,
        "has_touch": size == "phone",
    }
    found = []
    with page_of(browser, address, **context) as page:
        for name in TABS:
            page.get_by_role("tab", name=name).click()
            if name == texts.PHOTO_TAB:
                show(page, tmp_path / "hand.png")
                expect(page.locator("#words h2")).to_have_text("B", timeout=20_000)
                page.get_by_label(texts.SHOW_WHERE).check()
                expect(page.locator("#lit img")).to_be_visible(timeout=20_000)
            elif name != texts.ABOUT_TAB:
                record(page)
                expect(page.locator(".live:visible .large")).to_be_visible(timeout=20_000)
                page.wait_for_timeout(2_000)
            page.wait_for_timeout(300)
            if SCREENSHOTS:
                file = Path(SCREENSHOTS) / f"{name.lower()}-{size}-{scheme}.png"
                page.screenshot(path=file, full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            found += [f"{name}: {problem}" for problem in serious(page)]
    assert not found, "\n".join(found)


def serious(page: Page) -> list[str]:
    """Returns the problems that axe-core calls serious or critical, with their elements."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:300]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
