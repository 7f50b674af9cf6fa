"""Measures how long the page takes from a click to the letter, and its frames per second.

python -m tests.benchmarks.page [--model BUNDLE] [--picture FILE]

Uses a real Chromium on this machine, and also measures the model alone in the same run.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

from PIL import ImageOps
from playwright.sync_api import Page, sync_playwright

from asl_model import Recognizer
from asl_model.demo import texts
from asl_model.images import open_image
from tests.browser.film import choose_camera, chromium, record, show
from tests.helpers.demo import running
from tests.helpers.pictures import draw

CALLS, WARM_UP, LIVE_SECONDS = 30, 3, 15

WAIT_FOR_ANSWER = """
() => new Promise(done => {
    const words = document.querySelector('#words');
    const watcher = new MutationObserver(() => {
        const heading = words.querySelector('h2');
        if (heading && heading.textContent.trim() !== '?') {
            watcher.disconnect();
            done(performance.now() - window.clicked);
        }
    });
    watcher.observe(words, {childList: true, subtree: true, characterData: true});
    window.begin();
})
"""
"""JavaScript that starts the action and resolves with the milliseconds until the answer."""


def main() -> None:
    """Prints the figures as a table and as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="a bundle or a Hub id; default: the embedded model")
    parser.add_argument("--picture", type=Path, help="a photograph of a hand; default: a drawing")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        picture = given.picture or folder / "drawn.jpg"
        if not given.picture:
            draw(0, (640, 480)).save(picture)
        figures = {"the model alone, from the file": alone(given.model, picture)}
        figures |= in_the_browser(given.model, picture, folder)
    print("\n| what | median | p95 |\n| --- | ---: | ---: |")
    for what, (median, p95) in figures.items():
        print(f"| {what} | {median:.1f} | {p95:.1f} |")
    print(json.dumps(figures))


def summary(values: list[float]) -> tuple[float, float]:
    """Returns the median and the 95th percentile."""
    return statistics.median(values), sorted(values)[int(0.95 * len(values))]


def alone(model: str | None, picture: Path) -> tuple[float, float]:
    """Returns median and 95th percentile of the milliseconds of `Recognizer` without the page."""
    recognizer = Recognizer.load(model)
    times = []
    for _ in range(WARM_UP + CALLS):
        started = time.perf_counter()
        recognizer(picture)
        times.append(1000 * (time.perf_counter() - started))
    return summary(times[WARM_UP:])


def in_the_browser(
    model: str | None, picture: Path, folder: Path
) -> dict[str, tuple[float, float]]:
    """Returns median and 95th percentile of the page's milliseconds and live frames per second."""
    frame = ImageOps.pad(open_image(picture), (640, 480))  # the size of a camera's frame
    environment = {name: value for name, value in os.environ.items() if name != "ASL_MODEL"}
    if model:
        environment["ASL_MODEL"] = model
    with (
        running(folder / "uploads", environment) as address,
        sync_playwright() as playwright,
        chromium(playwright, folder, [(frame, 2.0)]) as browser,
    ):
        context = browser.new_context(permissions=["camera"])
        uploads = summary(
            [upload(context.new_page(), address, picture) for _ in range(WARM_UP + CALLS)][WARM_UP:]
        )
        snapshots = summary(
            [snapshot(context.new_page(), address) for _ in range(WARM_UP + CALLS)][WARM_UP:]
        )
        rates = summary(live(context.new_page(), address))
    return {
        "upload to letter, ms": uploads,
        "click on the camera to letter, ms": snapshots,
        "live, frames a second": rates,
    }


def upload(page: Page, address: str, picture: Path) -> float:
    """Returns the milliseconds from when the browser has the file to the answer."""
    page.goto(address)
    page.get_by_text(texts.HOW_MANY).wait_for()
    page.evaluate(
        "document.querySelector('input[type=file]').addEventListener('change', () => {"
        "window.clicked = performance.now()}, {capture: true, once: true});"
        "window.begin = () => {};"
    )
    page.evaluate(f"window.answer = ({WAIT_FOR_ANSWER})(); 0")
    show(page, picture)
    return finished(page)


def snapshot(page: Page, address: str) -> float:
    """Returns the milliseconds from the click that takes the picture to the answer."""
    page.goto(address)
    choose_camera(page)
    page.wait_for_timeout(1500)  # until the camera shows something
    page.get_by_label("capture photo").evaluate(
        "button => { window.begin = () => { window.clicked = performance.now(); button.click(); }}"
    )
    page.evaluate(f"window.answer = ({WAIT_FOR_ANSWER})(); 0")
    return finished(page)


def finished(page: Page) -> float:
    """Waits for the answer, closes the page and returns the milliseconds."""
    milliseconds = float(page.evaluate("window.answer"))
    page.close()
    return milliseconds


def live(page: Page, address: str) -> list[float]:
    """Returns the frame rates that the page shows, read twice a second after three seconds."""
    page.goto(address)
    page.get_by_role("tab", name=texts.LIVE_TAB).click()
    record(page)
    shown = page.locator(".live:visible .rate")
    page.wait_for_timeout(3000)
    rates = []
    for _ in range(2 * LIVE_SECONDS):
        rates.append(float(shown.inner_text().split()[0]))
        page.wait_for_timeout(500)
    return rates


if __name__ == "__main__":
    main()
