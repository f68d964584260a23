"""Steps that browser tests and screenshots share."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from lakefront.config import Settings
from tests.support.waiting import wait_for

#: Cold caches on a busy machine.
_PATIENCE_MS = 60_000
_WIDTHS = "images => images.map(image => image.complete ? image.naturalWidth : 0)"


def log_in(page: Page, settings: Settings, user: str | None = None) -> None:
    """Log in to Superset, as its admin or as a person of the policies."""
    password = settings.secrets.people_password if user else settings.secrets.superset_password
    page.goto(f"{settings.service('superset').url}/login/")
    page.locator("#username").fill(user or settings.env.superset_user)
    page.locator("#password").fill(password)
    page.locator("[data-test='login-button']").click()
    page.wait_for_url("**/welcome/**", wait_until="commit", timeout=_PATIENCE_MS)


def wait_for_charts(page: Page, count: int, *, within_ms: int = _PATIENCE_MS) -> None:
    """Wait until `count` charts of a dashboard are drawn. Charts are drawn when they come into view."""
    expect(page.locator("[data-test='chart-grid-component']")).to_have_count(count, timeout=within_ms)
    expect(page.locator("[data-test='slice-container']")).to_have_count(count, timeout=within_ms)
    expect(page.locator("[data-test='loading-indicator']")).to_have_count(0, timeout=within_ms)


def wait_for_thumbnails(page: Page, count: int) -> None:
    """Wait until the gallery shows `count` tiles and every picture of them is decoded."""
    expect(page.locator(".tile")).to_have_count(count, timeout=_PATIENCE_MS)
    pictures = page.locator(".tile img")
    wait_for(lambda: min(pictures.evaluate_all(_WIDTHS), default=0) > 0, what="every picture being decoded")
