"""The Sales Overview dashboard as an analyst sees it: drawn, without errors, and with numbers that Trino confirms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from lakefront.config import Settings
from lakefront.trino import Trino
from tests.browser.journeys import log_in, wait_for_charts

pytestmark = [pytest.mark.stack, pytest.mark.browser]

CHARTS = 11
SINCE, UNTIL = "2025-11-01", "2026-11-01"
# Written by hand, not compiled from the model: this is the second opinion.
TOTALS = """
SELECT
    sum(i.net_amount) FILTER (WHERE i.status <> 'cancelled') AS revenue,
    count(DISTINCT i.order_id) FILTER (WHERE i.status <> 'cancelled') AS orders,
    sum(i.quantity) FILTER (WHERE i.status <> 'cancelled') AS units,
    sum(i.returned_quantity) AS returned
FROM sales.order_items AS i
WHERE i.order_date >= CAST(? AS date) AND i.order_date < CAST(? AS date)
    AND i.order_id IN (SELECT order_id FROM sales.orders WHERE ? IN ('', region))
"""
# True when as many canvases as wanted are there and each is painted with more than one colour.
PAINTED = """
(wanted) => {
    const canvases = [...document.querySelectorAll('[data-test="chart-grid-component"] canvas')];
    return canvases.length >= wanted && canvases.every((canvas) => {
        const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        const colours = new Set();
        for (let i = 0; i < data.length && colours.size < 2; i += 4) {
            if (data[i + 3] > 0) colours.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
        }
        return colours.size >= 2;
    });
}
"""


@dataclass(frozen=True)
class Totals:
    """The numbers of the KPI row, by a query of our own."""

    revenue: float
    orders: int
    units: int
    returned: int

    def shown(self) -> dict[str, str]:
        """Return what the KPI row must show."""
        return {
            "Revenue": f"$ {self.revenue:,.0f}",
            "Orders": f"{self.orders:,}",
            "Average order value": f"$ {self.revenue / self.orders:,.2f}",
            "Return rate": f"{self.returned / self.units:.1%}",
        }


def _totals(trino: Trino, since: str = SINCE, until: str = UNTIL, region: str = "") -> Totals:
    revenue, orders, units, returned = trino.query(TOTALS, [since, until, region]).rows[0]
    return Totals(float(revenue), int(orders), int(units), int(returned))


def _open(page: Page, settings: Settings) -> None:
    page.set_viewport_size({"width": 1440, "height": 2300})  # charts are drawn when they come into view
    log_in(page, settings)
    page.goto(f"{settings.service('superset').url}/superset/dashboard/sales-overview/")
    wait_for_charts(page, CHARTS)


def _chart(page: Page, name: str) -> Locator:
    return page.locator(f"[data-test='chart-grid-component'][data-test-chart-name='{name}']")


def _expect_kpis(page: Page, totals: Totals) -> None:
    for name, text in totals.shown().items():
        expect(_chart(page, name).locator(".header-line")).to_have_text(text, timeout=60_000)


def test_every_chart_is_drawn_with_numbers_that_trino_confirms(
    page: Page, stack: Settings, trino: Trino, tmp_path: Path
) -> None:
    problems: list[str] = []
    foreign: list[str] = []
    url = stack.service("superset").url
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("response", lambda r: None if r.url.startswith((url, "data:", "blob:")) else foreign.append(r.url))
    page.on("response", lambda r: problems.append(f"{r.status} {r.url}") if r.status >= 400 else None)

    _open(page, stack)
    totals = _totals(trino)
    _expect_kpis(page, totals)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("text=/Data error|Unexpected error|No results/")).to_have_count(0)
    page.wait_for_function(PAINTED, arg=9, timeout=60_000)
    assert problems == []
    assert foreign == [], "the page asks nobody but its own server"

    last, before = _totals(trino, "2026-10-01", "2026-11-01"), _totals(trino, "2026-09-01", "2026-10-01")
    change = last.revenue / before.revenue - 1
    expect(_chart(page, "Revenue").locator(".subheader-line")).to_have_text(f"{change:+.1%} month on month")
    pivot = _chart(page, "Revenue by product category and region (USD)")
    expect(pivot.locator("td.pvtGrandTotal")).to_have_text(f"$ {totals.revenue:,.0f}")
    regions = trino.query(
        "SELECT region FROM sales.orders GROUP BY region ORDER BY sum(net_amount) FILTER (WHERE order_date >= "
        "CAST(? AS date) AND order_date < CAST(? AS date) AND status <> 'cancelled') DESC",
        [SINCE, UNTIL],
    ).rows
    assert pivot.locator("th.pvtColLabel").all_inner_texts()[-len(regions) :] == [row[0] for row in regions]
    image = tmp_path / "sales-overview.png"
    page.screenshot(path=image)
    assert image.stat().st_size > 50_000


def test_the_region_filter_changes_every_number(page: Page, stack: Settings, trino: Trino) -> None:
    _open(page, stack)
    everywhere, europe = _totals(trino), _totals(trino, region="EU")
    assert europe.revenue < everywhere.revenue / 2
    _expect_kpis(page, everywhere)
    page.locator("[data-test='filter-bar']").get_by_role("combobox").first.click()
    page.locator(".ant-select-item-option", has_text=re.compile(r"^EU$")).click()
    page.keyboard.press("Escape")
    page.locator("[data-test='filter-bar__apply-button']").click()
    _expect_kpis(page, europe)
    wait_for_charts(page, CHARTS)
    countries = _chart(page, "Sales by country (one row a country)").locator("tbody tr td:first-child")
    assert set(countries.all_inner_texts()) == {"EU"}
    expect(page).to_have_url(re.compile("native_filters_key="))


def test_it_is_drawn_in_the_dark_too(page: Page, stack: Settings, trino: Trino) -> None:
    page.emulate_media(color_scheme="dark")
    _open(page, stack)
    _expect_kpis(page, _totals(trino))
    page.wait_for_function(PAINTED, arg=9, timeout=60_000)
    surface = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert sum(int(part) for part in re.findall(r"\d+", surface)[:3]) < 200, surface
