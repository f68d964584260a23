"""`make screenshots`: the README's pictures, from the running stack, in a real browser."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Page, expect, sync_playwright

from lakefront.config import Settings, load_settings
from tests.browser.journeys import log_in, wait_for_charts, wait_for_thumbnails
from tests.support.chromium import ARGUMENTS, ensure_chromium
from tests.support.cli import ROOT

FOLDER = ROOT / "docs" / "images"
_HEIGHT = 1240
_CHARTS = 11


def main() -> None:
    """Take every picture."""
    settings = load_settings(bundle=ROOT)
    path = ensure_chromium()
    if path is None:
        raise SystemExit("no chromium: install Debian's package (apt-get install chromium) or set LAKEFRONT_CHROMIUM")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        superset(browser, settings)
        explorer(browser, settings)
        browser.close()


def superset(browser: Browser, settings: Settings) -> None:
    """Picture the Sales Overview dashboard."""
    page = browser.new_page(viewport={"width": 1440, "height": 2300}, locale="en-GB")
    log_in(page, settings)
    page.goto(f"{settings.service('superset').url}/superset/dashboard/sales-overview/")
    wait_for_charts(page, _CHARTS)
    expect(page.locator("[data-test='chart-grid-component'] canvas").first).to_be_visible()
    page.wait_for_timeout(1500)  # charts grow into place; there is no event for the end of it
    save(page, FOLDER / "sales-overview.webp")


def explorer(browser: Browser, settings: Settings) -> None:
    """Picture the gallery."""
    page = browser.new_page(viewport={"width": 1440, "height": _HEIGHT}, locale="en-GB")
    page.goto(f"{settings.service('explorer').url}/gallery")
    wait_for_thumbnails(page, 20)
    page.wait_for_timeout(500)  # pictures fade in over their placeholders
    save(page, FOLDER / "gallery.webp")


def save(page: Page, path: Path) -> None:
    """Keep a screenshot as WebP: a fifth of the PNG's size."""
    clip: FloatRect = {"x": 0, "y": 0, "width": 1440, "height": _HEIGHT}
    image = Image.open(io.BytesIO(page.screenshot(clip=clip)))
    image.save(path, "WEBP", quality=88, method=6)


if __name__ == "__main__":
    main()
