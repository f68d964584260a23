"""The Sales Overview dashboard against SQL written by hand: numbers, changes, totals, orders, and its region filter.

That it is drawn, light and dark, and agrees with the semantic layer, is tested for every dashboard: test_dashboards.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from lakefront.config import Settings
from lakefront.trino import Trino
from tests.browser.journeys import chart, choose, log_in, open_dashboard, open_tab
from tests.support.dashboards import read_dashboards

pytestmark = [pytest.mark.stack, pytest.mark.browser]

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


def _expect_kpis(page: Page, totals: Totals) -> None:
    for name, text in totals.shown().items():
        expect(chart(page, name).locator(".header-line")).to_have_text(text, timeout=60_000)


def test_its_numbers_are_those_of_hand_written_sql_and_follow_the_region(
    page: Page, stack: Settings, trino: Trino
) -> None:
    dashboard = next(found for found in read_dashboards() if found.slug == "sales-overview")
    log_in(page, stack)
    open_dashboard(page, stack, dashboard)
    everywhere, europe = _totals(trino), _totals(trino, region="EU")
    assert europe.revenue < everywhere.revenue / 2
    _expect_kpis(page, everywhere)
    last, before = _totals(trino, "2026-10-01", "2026-11-01"), _totals(trino, "2026-09-01", "2026-10-01")
    change = last.revenue / before.revenue - 1
    expect(chart(page, "Revenue").locator(".subheader-line")).to_have_text(f"{change:+.1%} month on month")
    open_tab(page, "Products")
    pivot = chart(page, "Revenue by product category and region (USD)")
    expect(pivot.locator("td.pvtGrandTotal")).to_have_text(f"$ {everywhere.revenue:,.0f}")
    regions = trino.query(
        "SELECT region FROM sales.orders GROUP BY region ORDER BY sum(net_amount) FILTER (WHERE order_date >= "
        "CAST(? AS date) AND order_date < CAST(? AS date) AND status <> 'cancelled') DESC",
        [SINCE, UNTIL],
    ).rows
    assert pivot.locator("th.pvtColLabel").all_inner_texts()[-len(regions) :] == [row[0] for row in regions]

    open_tab(page, "Overview")
    choose(page, "NATIVE_FILTER-sales-region", "EU")
    _expect_kpis(page, europe)
    open_tab(page, dashboard.tabs[-1])
    countries = chart(page, "Sales by country (one row a country)").locator("tbody tr td:first-child")
    expect(countries.first).to_have_text("EU")
    assert set(countries.all_inner_texts()) == {"EU"}
    expect(page).to_have_url(re.compile("native_filters_key="))
