"""The page in a real browser, with pictures, a camera and mistakes; nothing leaves the machine."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from asl_model.demo import texts
from tests.browser.conftest import Film, page_of, tinted
from tests.browser.film import choose_camera, record, show, take_picture


def test_an_uploaded_picture_is_read(browser: Browser, address: str, tmp_path: Path) -> None:
    tinted(7, "B", (160, 120)).save(tmp_path / "hand.png")
    with page_of(browser, address) as page:
        show(page, tmp_path / "hand.png")
        expect(page.locator("#words h2")).to_have_text("B", timeout=20_000)


def test_a_text_that_is_called_a_picture(browser: Browser, address: str, tmp_path: Path) -> None:
    (tmp_path / "hand.jpg").write_text("hello, I am text")
    with page_of(browser, address) as page:
        show(page, tmp_path / "hand.jpg")
        message = page.locator("#words").get_by_text("'hand.jpg' is not a picture that can")
        expect(message).to_be_visible(timeout=20_000)


def test_a_screen_reader_hears_the_answer(browser: Browser, address: str, tmp_path: Path) -> None:
    """The answer is in a live region, which must stay in the page when its text changes."""
    with page_of(browser, address) as page:
        page.locator("#words [aria-live=polite]").evaluate("region => { region.same = true }")
        for name in "AB":
            tinted(7, name, (160, 120)).save(tmp_path / f"{name}.png")
            show(page, tmp_path / f"{name}.png")
            expect(page.locator("#words h2")).to_have_text(name, timeout=20_000)
            assert page.locator("#words [aria-live=polite]").evaluate("region => region.same")
            page.get_by_label("Remove Image").click()
            expect(page.locator("#words h2")).to_have_text("?", timeout=20_000)


def test_a_number_that_is_still_being_typed(browser: Browser, address: str, tmp_path: Path) -> None:
    tinted(7, "B", (160, 120)).save(tmp_path / "hand.png")
    with page_of(browser, address) as page:
        show(page, tmp_path / "hand.png")
        letters = page.locator(".confidence-set")
        expect(letters).to_have_count(3, timeout=20_000)
        for typed, shown in (("2.5", 2), ("", 1), ("99", 3)):
            page.get_by_label(f"number input for {texts.HOW_MANY}").fill(typed)
            expect(letters).to_have_count(shown)
        expect(page.get_by_text("Error")).to_have_count(0)


@pytest.mark.slow
def test_what_is_held_before_the_camera_is_written(browser: Browser, address: str) -> None:
    with page_of(browser, address) as page:
        page.get_by_role("tab", name=texts.LIVE_TAB).click()
        record(page)
        written = page.locator("#written textarea, #written input").first
        expect(written).to_have_value(re.compile(r"\w{5,}"), timeout=60_000)
        assert written.input_value() in "ABBA" * 9  # the film may begin anywhere
        expect(page.locator(".live .rate").first).to_contain_text("frames a second")
        page.locator("button:visible", has_text="Stop").click()
        page.wait_for_timeout(1500)  # until the last frame is answered
        text = written.input_value()
        for sign, after in (("del", text[:-1]), ("space", text[:-1] + " "), ("clear", "")):
            page.get_by_role("button", name=texts.BUTTONS[sign]).click()
            expect(written).to_have_value(after, timeout=5_000)


@pytest.mark.slow
def test_practice_gives_a_point_for_the_letter_asked_for(browser: Browser, address: str) -> None:
    with page_of(browser, address) as page:
        page.get_by_role("tab", name=texts.PRACTICE_TAB).click()
        record(page)
        points = page.locator(".live:visible .points")
        expect(points).not_to_have_text(texts.POINTS.format(0), timeout=40_000)


@pytest.mark.slow
def test_where_it_looked(browser: Browser, address: str, tmp_path: Path) -> None:
    tinted(7, "A", (160, 120)).save(tmp_path / "hand.png")
    with page_of(browser, address) as page:
        show(page, tmp_path / "hand.png")
        expect(page.locator("#words h2")).to_have_text("A", timeout=20_000)
        page.get_by_label(texts.SHOW_WHERE).check()
        expect(page.locator("#lit img")).to_be_visible(timeout=20_000)


@pytest.mark.slow
def test_a_snapshot_is_read(filmed: Film, address: str) -> None:
    with filmed([(tinted(1, "A", (320, 240)), 2.0)]) as one, page_of(one, address) as page:
        choose_camera(page)
        take_picture(page)
        expect(page.locator("#words h2")).to_have_text("A", timeout=20_000)


def test_an_example_that_came_with_the_model(browser: Browser, address: str) -> None:
    with page_of(browser, address) as page:
        page.get_by_text(texts.EXAMPLES).wait_for()
        page.get_by_label("Thumbnail 1 of 1").click()
        expect(page.locator("#words h2")).to_have_text("B", timeout=20_000)
