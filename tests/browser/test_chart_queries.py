"""The queries that are derived without a browser are the ones that the browser posts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route

from lakefront.config import Settings
from lakefront.superset.apply import apply
from lakefront.superset.bundle import read_bundle
from lakefront.superset.client import SupersetClient
from lakefront.superset.queries import query_of
from lakefront.superset.queries.form import VIZ_TYPES
from lakefront.superset.queries.run import Ids, items
from tests.browser.journeys import open_tab, sign_in, wait_on
from tests.support.cli import ROOT
from tests.support.dashboards import read_dashboards

pytestmark = [pytest.mark.stack, pytest.mark.browser]

YEAR = {
    "clause": "WHERE",
    "comparator": "2025-11-01 : 2026-11-01",
    "expressionType": "SIMPLE",
    "operator": "TEMPORAL_RANGE",
    "subject": "order_date",
}
QUANTITY = {
    "expressionType": "SIMPLE",
    "aggregate": "SUM",
    "column": {"column_name": "quantity"},
    "label": "Pieces",
}
MONTHLY = {"x_axis": "order_date", "time_grain_sqla": "P1M", "metrics": ["revenue"], "groupby": ["region"]}
SHARES = {"groupby": ["region"], "metric": "revenue"}
LOOKUP = {"temporal_columns_lookup": {"order_date": True}, "time_grain_sqla": "P1M"}
#: One chart or more of every viz type whose query is derived. The first list of a type is its plain form; where a type
#: has rules of its own (raw rows, percentages, comparisons, a second query), a chart for each.
CHARTS: dict[str, list[dict[str, Any]]] = {
    "table": [
        {"query_mode": "aggregate", "groupby": ["region"], "metrics": ["revenue", "orders"], "show_totals": True},
        {"query_mode": "raw", "all_columns": ["order_id", "region"], "order_by_cols": ['["order_id", true]']},
        {"query_mode": "aggregate", "groupby": ["order_date", "region"], "metrics": ["revenue"], **LOOKUP},
        {
            "query_mode": "aggregate",
            "groupby": ["region"],
            "metrics": ["revenue"],
            "percent_metrics": ["orders"],
            "percent_metric_calculation": "all_records",
        },
    ],
    "pie": [SHARES],
    "big_number_total": [{"metric": QUANTITY}],
    "big_number": [
        {"x_axis": "order_date", "time_grain_sqla": "P1M", "metric": "revenue", "aggregation": "raw"},
        {"x_axis": "order_date", "time_grain_sqla": "P1M", "metric": "revenue", "rolling_type": "cumsum"},
    ],
    "echarts_timeseries_line": [
        MONTHLY,
        {**MONTHLY, "groupby": [], "time_compare": ["1 year ago"], "comparison_type": "difference"},
        {**MONTHLY, "limit": 2, "timeseries_limit_metric": "orders", "rolling_type": "mean", "rolling_periods": 3},
    ],
    "echarts_timeseries_bar": [
        {**MONTHLY, "contributionMode": "row"},
        {
            "x_axis": "category",
            "metrics": ["return_rate"],
            "x_axis_sort": "units",
            "x_axis_sort_asc": False,
            "timeseries_limit_metric": "units",
        },
    ],
    "echarts_timeseries_smooth": [MONTHLY],
    "echarts_timeseries_step": [{**MONTHLY, "resample_rule": "1D", "resample_method": "zerofill"}],
    "echarts_timeseries_scatter": [MONTHLY],
    "echarts_area": [MONTHLY],
    "mixed_timeseries": [{**MONTHLY, "metrics_b": ["orders"], "groupby_b": [], "row_limit_b": 100}],
    "pivot_table_v2": [
        {"groupbyRows": ["category"], "groupbyColumns": ["region", "order_date"], "metrics": ["revenue"], **LOOKUP}
    ],
    "funnel": [{"groupby": ["status"], "metric": "units"}],
    "treemap_v2": [{"groupby": ["category", "brand"], "metric": "revenue", "sort_by_metric": True, "row_limit": 50}],
    "gauge_chart": [SHARES],
    "sunburst_v2": [{"columns": ["region", "country"], "metric": "revenue", "secondary_metric": "orders"}],
    "heatmap_v2": [
        {
            "x_axis": "order_date",
            "time_grain_sqla": "P1M",
            "groupby": "region",
            "metric": "revenue",
            "sort_x_axis": "alpha_asc",
            "sort_y_axis": "value_desc",
            "normalize_across": "y",
        }
    ],
    "histogram_v2": [{"column": "quantity", "groupby": ["region"], "bins": 4, "row_limit": 1000}],
    "waterfall": [{"x_axis": "order_date", "time_grain_sqla": "P3M", "metric": "revenue"}],
    "sankey_v2": [{"source": "region", "target": "category", "metric": "revenue", "sort_by_metric": True}],
    "bubble_v2": [{"entity": "brand", "series": "category", "x": "revenue", "y": "orders", "size": "units"}],
    "box_plot": [{"columns": ["order_date"], "groupby": ["region"], "metrics": ["revenue"], **LOOKUP}],
    "word_cloud": [{"series": "brand", "metric": "revenue"}],
    "handlebars": [
        {
            "query_mode": "aggregate",
            "groupby": ["region"],
            "metrics": ["revenue"],
            "handlebarsTemplate": "{{#each data}}<p>{{region}}</p>{{/each}}",
        }
    ],
}


@dataclass
class Posted:
    """What a page posts for data: every query context of each chart (by id) and filter (by its own id)."""

    charts: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    filters: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def note(self, request: Request) -> None:
        """Keep a request if it is one for data."""
        if request.method == "POST" and "/api/v1/chart/data" in request.url:
            body = json.loads(request.post_data or "{}")
            form = body["form_data"]
            if form.get("native_filter_id"):
                self.filters.setdefault(form["native_filter_id"], []).append(comparable(body))
            else:
                self.charts.setdefault(form["slice_id"], []).append(comparable(body))


def comparable(body: dict[str, Any]) -> dict[str, Any]:
    """Return a query context without what is no part of the question.

    All of `queries` stays as it is: columns, metrics, filters, orders, limits, steps. Of `form_data`, which goes along
    for the record, stay the keys by which Superset judges access and chooses the data; the rest (colours, labels,
    controls' values) says how the answer is drawn, and the server makes no query of it.
    """
    body = json.loads(json.dumps(body))
    form = body.pop("form_data")
    kept = ("slice_id", "datasource", "viz_type", "dashboardId", "extra_form_data", "native_filter_id")
    # Where no filter says anything, the page sends an empty `extra_form_data` or none, by whether the dashboard has
    # charts that may become filters. Both add nothing.
    return {**body, "form_data": {key: form[key] for key in kept if form.get(key) not in (None, {})}}


def _answer_filters(route: Route) -> None:
    """Answer filters, for which charts wait. Of charts the question is compared: answers only keep the lake busy."""
    if json.loads(route.request.post_data or "{}").get("form_data", {}).get("native_filter_id"):
        route.continue_()
    else:
        route.abort()


def open_dashboard(page: Page, settings: Settings, dashboard: int | str) -> Posted:
    """Open a dashboard in a window so high that every chart is in view: charts ask when they are seen."""
    page.goto("about:blank")  # a dashboard that is still asking does so no more
    posted = Posted()
    page.set_viewport_size({"width": 1600, "height": 12_000})
    page.on("request", posted.note)
    # Superset names the choice of filters in the page's address as soon as it has kept it. Whether that is before or
    # after filters ask is a matter of speed; what is derived is of the plain address, so here it is never kept.
    page.route("**/filter_state?*", lambda _: None)
    page.route("**/api/v1/chart/data*", _answer_filters)
    page.goto(f"{settings.service('superset').url}/superset/dashboard/{dashboard}/")
    return posted


def wait_until_asked(page: Page, posted: Posted, charts: set[int], filters: set[str]) -> None:
    """Wait until all that should ask has asked. How Trino answers is not waited for: the question is compared."""

    def silent() -> set[int | str]:
        return (charts - posted.charts.keys()) | (filters - posted.filters.keys())

    try:
        wait_on(page, lambda: not silent(), within=90, what="every chart and filter asking")
    except AssertionError as error:
        raise AssertionError(f"on {page.url} these did not ask: {silent()}") from error


def live_ids(client: SupersetClient) -> Ids:
    """Return the ids of what is live."""
    return Ids(
        client.ids("chart"),
        client.ids("dataset"),
        client.ids("dashboard"),
    )


def test_every_chart_and_filter_of_the_bundle(page: Page, stack: Settings) -> None:
    apply(stack, lambda _: None)
    bundle = read_bundle(ROOT / "superset_assets")
    with SupersetClient.from_settings(stack) as client:
        ids = live_ids(client)
    tabs = {dashboard.slug: dashboard.tabs for dashboard in read_dashboards()}
    sign_in(page, stack)
    asked = items(bundle)
    assert {item.dashboard for item in asked} == {asset.slug for asset in bundle.of("dashboards")}
    for dashboard in bundle.of("dashboards"):
        ours = [body for item in asked if item.dashboard == dashboard.slug and (body := item.body(ids))]
        charts = {form["slice_id"]: body for body in ours if "slice_id" in (form := body["form_data"])}
        filters = {form["native_filter_id"]: body for body in ours if "native_filter_id" in (form := body["form_data"])}
        posted = open_dashboard(page, stack, ids.dashboards[dashboard.uuid])
        for tab in tabs[dashboard.slug]:
            open_tab(page, tab.title)
            # Who turns to the next one before they are asked does not have them asked: neither charts nor the filters
            # that bear on none of the next one's charts.
            here = {ids.charts[placed.chart.uuid] for placed in tab.charts}
            wait_until_asked(page, posted, here & charts.keys(), tab.filters & filters.keys())
        wait_until_asked(page, posted, set(charts), set(filters))
        assert posted.charts.keys() == charts.keys()
        assert posted.filters.keys() == filters.keys()
        for number, body in charts.items():
            assert posted.charts[number] == [comparable(body)] * len(posted.charts[number])
        for name, body in filters.items():
            assert posted.filters[name] == [comparable(body)] * len(posted.filters[name])


@dataclass(frozen=True)
class Gallery:
    """A dashboard with every kind of chart. `charts`: id -> viz type and parameters."""

    dashboard: int
    dataset: int
    charts: dict[int, tuple[str, dict[str, Any]]]


@pytest.fixture
def gallery(stack: Settings) -> Iterator[Gallery]:
    """The dashboard of CHARTS, removed afterwards."""
    apply(stack, lambda _: None)
    with SupersetClient.from_settings(stack, timeout=180) as client:
        dataset = next(asset.id for asset in client.assets("dataset") if asset.title == "sales")
        dashboard = int(client.post("/dashboard/", {"dashboard_title": "Every kind of chart"})["id"])
        charts: dict[int, tuple[str, dict[str, Any]]] = {}
        try:
            for viz_type, forms in CHARTS.items():
                for params in forms:
                    written = {**params, "adhoc_filters": [YEAR], "viz_type": viz_type}
                    body = {
                        "slice_name": f"{viz_type} {len(charts)}",
                        "viz_type": viz_type,
                        "params": json.dumps(written),
                        "datasource_id": dataset,
                        "datasource_type": "table",
                        "dashboards": [dashboard],
                    }
                    charts[int(client.post("/chart/", body)["id"])] = (viz_type, written)
            position = json.dumps(positions(list(charts)))
            client.put(f"/dashboard/{dashboard}", {"position_json": position})
            yield Gallery(dashboard, dataset, charts)
        finally:
            client.delete("chart", list(charts))
            client.delete("dashboard", [dashboard])


def positions(charts: list[int]) -> dict[str, Any]:
    """Return the position of charts in rows of four."""
    rows = [charts[start : start + 4] for start in range(0, len(charts), 4)]
    made: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {
            "type": "GRID",
            "id": "GRID_ID",
            "parents": ["ROOT_ID"],
            "children": [f"ROW-{number}" for number in range(len(rows))],
        },
    }
    for number, row in enumerate(rows):
        above = ["ROOT_ID", "GRID_ID"]
        made[f"ROW-{number}"] = {
            "type": "ROW",
            "id": f"ROW-{number}",
            "parents": above,
            "children": [f"CHART-{chart}" for chart in row],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        for chart in row:
            made[f"CHART-{chart}"] = {
                "type": "CHART",
                "id": f"CHART-{chart}",
                "parents": [*above, f"ROW-{number}"],
                "children": [],
                "meta": {"chartId": chart, "width": 3, "height": 30},
            }
    return made


def test_a_chart_of_every_viz_type(page: Page, stack: Settings, gallery: Gallery) -> None:
    assert CHARTS.keys() == set(VIZ_TYPES)
    sign_in(page, stack)
    posted = open_dashboard(page, stack, gallery.dashboard)
    wait_until_asked(page, posted, set(gallery.charts), set())
    differing: dict[str, Any] = {}
    for number, (viz_type, params) in gallery.charts.items():
        chart = {"viz_type": viz_type, "params": params}
        ours = comparable(query_of(chart, gallery.dataset, chart_id=number, dashboard_id=gallery.dashboard))
        if any(body != ours for body in posted.charts[number]):
            differing[f"{viz_type} {number}"] = (posted.charts[number], ours)
    assert differing == {}
