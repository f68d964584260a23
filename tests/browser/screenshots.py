"""`make screenshots`: the pictures of README and docs, from the running stack, in a real browser.

Every dashboard of the bundle is taken, light and dark; which there are is read from its files.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final, Literal

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Page, expect, sync_playwright

from lakefront.config import Settings, load_settings
from tests.browser.journeys import log_in, open_dashboard, wait_for_charts, wait_for_thumbnails
from tests.support.chromium import ARGUMENTS, required_chromium
from tests.support.cli import ROOT
from tests.support.dashboards import read_dashboards
from tests.support.explorer_pages import settled

FOLDER: Final = ROOT / "docs" / "images"
_WIDTH: Final = 1440
#: What a dashboard opens with fits a screen. The README shows two pictures beside each other.
_HEIGHT: Final = 900
_MOST_BYTES: Final = 150_000
_IS_DARK: Final = "() => Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]) < 100"
_SCHEMES: Final[dict[Literal["light", "dark"], str]] = {"light": "", "dark": "-dark"}


def main() -> None:
    """Take every picture."""
    settings = load_settings(bundle=ROOT)
    path = required_chromium()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        superset(browser, settings)
        explorer(browser, settings)
        browser.close()


def superset(browser: Browser, settings: Settings) -> None:
    """Picture the dashboards, as the admin sees them. The page follows the system's change from light to dark."""
    context = browser.new_context(locale="en-GB", timezone_id="UTC")
    context.set_default_timeout(180_000)
    page = context.new_page()
    log_in(page, settings)
    for dashboard in read_dashboards():
        page.emulate_media(color_scheme="light")
        open_dashboard(page, settings, dashboard)
        first = dashboard.tabs[0]
        for scheme, suffix in _SCHEMES.items():
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function(_IS_DARK if scheme == "dark" else f"() => !({_IS_DARK})()")
            wait_for_charts(page, len(first.charts), canvases=first.canvases)
            page.wait_for_timeout(1500)  # charts grow into place; there is no event for the end of it
            save(page, FOLDER / f"{dashboard.slug}{suffix}.webp")
    context.close()


def explorer(browser: Browser, settings: Settings) -> None:
    """Picture the gallery."""
    page = browser.new_page(viewport={"width": _WIDTH, "height": _HEIGHT}, locale="en-GB")
    page.goto(f"{settings.service('explorer').url}/gallery")
    wait_for_thumbnails(page, 20)
    settled(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)  # what draws a field is fetched when it is needed first
    page.wait_for_timeout(500)  # pictures fade in over their placeholders
    save(page, FOLDER / "gallery.webp")


def save(page: Page, path: Path) -> None:
    """Keep a screenshot as WebP, as well as it fits into what a repository should hold."""
    clip: FloatRect = {"x": 0, "y": 0, "width": _WIDTH, "height": _HEIGHT}
    image = Image.open(io.BytesIO(page.screenshot(clip=clip)))
    for quality in (88, 80, 70, 60, 50):
        packed = io.BytesIO()
        image.save(packed, "WEBP", quality=quality, method=6)
        if packed.tell() <= _MOST_BYTES:
            break
    path.write_bytes(packed.getvalue())


if __name__ == "__main__":
    main()
