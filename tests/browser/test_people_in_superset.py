"""What people of different roles meet in Superset: their numbers, or a sentence that says what is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lakefront.config import Settings
from lakefront.superset.client import SupersetClient
from lakefront.trino import Trino
from tests.browser.journeys import log_in, sign_in, wait_for_charts

pytestmark = [pytest.mark.stack, pytest.mark.browser]

OWNER = "data-protection@example.com"
_PATIENCE_MS = 90_000


def _explore(page: Page, settings: Settings, dataset: str) -> None:
    """Open a table of a dataset's regions and sign-ups."""
    with SupersetClient.from_settings(settings) as client:
        number = next(asset.id for asset in client.assets("dataset") if asset.title == dataset)
    page.goto(
        f"{settings.service('superset').url}/explore/?viz_type=table&datasource_id={number}&datasource_type=table"
    )


def test_a_viewer_sees_the_dashboard_and_no_way_to_change_it(page: Page, stack: Settings, tmp_path: Path) -> None:
    problems: list[str] = []
    page.on("response", lambda r: problems.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.set_viewport_size({"width": 1440, "height": 2300})
    log_in(page, stack, "victor")
    page.goto(f"{stack.service('superset').url}/superset/dashboard/sales-overview/")
    wait_for_charts(page, 6)  # those of its first tab
    expect(page.get_by_role("alert")).to_have_count(0)
    revenue = Trino.from_settings(stack, user="victor").query(
        "SELECT sum(net_amount) FROM sales.order_items WHERE status <> 'cancelled' "
        "AND order_date >= DATE '2025-11-01' AND order_date < DATE '2026-11-01'"
    )
    shown = page.locator("[data-test-chart-name='Revenue'] .header-line")
    expect(shown).to_have_text(f"$ {float(revenue.scalar()):,.0f}", timeout=_PATIENCE_MS)
    expect(page.get_by_role("button", name="Edit dashboard")).to_have_count(0)
    expect(page.get_by_text("SQL", exact=True)).to_have_count(0)
    page.screenshot(path=tmp_path / "victor.png")
    assert problems == []


def test_a_dashboard_that_is_not_hers_is_refused_in_words(page: Page, stack: Settings, tmp_path: Path) -> None:
    sign_in(page, stack, "olga")
    page.goto(f"{stack.service('superset').url}/superset/dashboard/sales-overview/")
    expect(page.get_by_role("heading", name="You may not see this dashboard")).to_be_visible()
    expect(page.get_by_text(f"Ask {OWNER} for a role that opens it.")).to_be_visible()
    page.screenshot(path=tmp_path / "olga-dashboard.png")
    refused = page.locator("main").inner_text()
    page.goto(f"{stack.service('superset').url}/superset/dashboard/none/")
    assert page.locator("main").inner_text() == refused, "whether there is one is not told"
    page.get_by_role("link", name="Dashboards that you may see").click()
    expect(page).to_have_url(re.compile("/dashboard/list/"))


def test_a_dataset_that_is_not_hers_is_refused_in_words(page: Page, stack: Settings, tmp_path: Path) -> None:
    sign_in(page, stack, "elena")
    _explore(page, stack, "sales")
    sentence = "You may not see the dataset 'sales': none of your roles opens the data behind it."
    expect(page.get_by_text(sentence).first).to_be_visible(timeout=_PATIENCE_MS)
    page.screenshot(path=tmp_path / "elena-sales.png")


def test_what_trino_refuses_in_sql_lab_is_a_sentence(page: Page, stack: Settings, tmp_path: Path) -> None:
    sign_in(page, stack, "ana")
    with SupersetClient.from_settings(stack) as client:
        lake = next(asset.id for asset in client.assets("database") if asset.title == "Lakehouse SQL")
    sql = "SELECT count(*) FROM governance.query_audit"
    page.goto(f"{stack.service('superset').url}/sqllab?dbid={lake}&sql={sql.replace(' ', '%20')}&autorun=true")
    sentence = f"Your roles do not open the table iceberg.governance.query_audit, which this asks for. Ask {OWNER}"
    expect(page.get_by_text(sentence).first).to_be_visible(timeout=_PATIENCE_MS)
    expect(page.get_by_text("Traceback")).to_have_count(0)
    page.screenshot(path=tmp_path / "ana-sql.png")
