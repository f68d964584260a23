"""The dashboard Time machine: another day gives other numbers, and the address brings them back."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from lakefront.config import Settings
from lakefront.trino import Trino
from tests.browser.journeys import chart, sign_in, wait_for_charts

#: Of the tab that it opens with.
CHARTS = 6
#: Questions of two states each, on a busy machine.
PATIENCE_MS = 120_000
#: Months of the dashboard's period.
PERIOD = "month >= DATE '2025-08-01' AND month < DATE '2026-11-01'"
THEN = "Net revenue as of then (USD)"


def _expect_day(page: Page, trino: Trino, day: str) -> None:
    """Expect the two numbers that stand next to each other: of that day and, for the same months, of today."""
    version = f"FOR TIMESTAMP AS OF TIMESTAMP '{day} 23:59:59.999 UTC'"
    same_months = f"month <= DATE '{day}'"
    for name, state, where in ((THEN, version, "TRUE"), ("The same months, as known today (USD)", "", same_months)):
        sql = f"SELECT sum(revenue) - sum(refunds) FROM sales.monthly_close {state} WHERE {PERIOD} AND {where}"
        shown = f"$ {round(trino.query(sql).scalar()):,}"
        expect(chart(page, name).locator(".header-line")).to_have_text(shown, timeout=PATIENCE_MS)


def test_another_day_gives_other_numbers_and_the_address_keeps_it(page: Page, stack: Settings, trino: Trino) -> None:
    problems: list[str] = []
    page.on("response", lambda r: problems.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.set_viewport_size({"width": 1440, "height": 2000})
    sign_in(page, stack)
    page.goto(f"{stack.service('superset').url}/superset/dashboard/time-machine/")
    wait_for_charts(page, CHARTS, within_ms=PATIENCE_MS)
    _expect_day(page, trino, "2026-07-31")

    page.locator("[data-test='filter-bar']").get_by_role("combobox").first.click(force=True)  # its value lies over it
    days = page.locator(".ant-select-item-option")
    expect(days.nth(1)).to_have_text("2026-10-31")  # the chosen day stands first, then the newest
    page.keyboard.type("2026-04")
    page.locator(".ant-select-item-option", has_text=re.compile(r"^2026-04-30$")).click()
    page.locator("[data-test='filter-bar__apply-button']").click()
    _expect_day(page, trino, "2026-04-30")
    wait_for_charts(page, CHARTS, within_ms=PATIENCE_MS)
    expect(page).to_have_url(re.compile("native_filters_key="))

    address = page.url
    page.goto("about:blank")
    page.goto(address)
    wait_for_charts(page, CHARTS, within_ms=PATIENCE_MS)
    _expect_day(page, trino, "2026-04-30")
    expect(page.get_by_role("alert")).to_have_count(0)
    assert problems == []
