"""The query of each viz type and native filter: what is written here is what the front end of Superset 6.1.0 posts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lakefront.errors import BadInputError
from lakefront.semantic.source import parse_source
from lakefront.superset.access_files import AccessBundle, GroupFile, RoleFile, read_access
from lakefront.superset.bundle import AssetFile, Bundle, read_bundle
from lakefront.superset.queries import NotDerivedError, filter_query, query_of
from lakefront.superset.queries.context import BUILDERS
from lakefront.superset.queries.dashboard import as_sent, filter_of_chart, filter_of_filter, merged, placed_charts
from lakefront.superset.queries.form import VIZ_TYPES
from lakefront.superset.queries.run import Ids, Item, Opened, State, items, told
from tests.support.cli import ROOT

LISTED = [
    "table",
    "pie",
    "big_number_total",
    "big_number",
    "echarts_timeseries_line",
    "echarts_timeseries_bar",
    "echarts_timeseries_smooth",
    "echarts_timeseries_step",
    "echarts_timeseries_scatter",
    "echarts_area",
    "mixed_timeseries",
    "pivot_table_v2",
    "funnel",
    "treemap_v2",
    "gauge_chart",
    "sunburst_v2",
    "heatmap_v2",
    "histogram_v2",
    "waterfall",
    "sankey_v2",
    "bubble_v2",
    "box_plot",
    "word_cloud",
    "handlebars",
]
YEAR = {
    "clause": "WHERE",
    "comparator": "No filter",
    "expressionType": "SIMPLE",
    "operator": "TEMPORAL_RANGE",
    "subject": "order_date",
}
QUANTITY: dict[str, Any] = {"expressionType": "SIMPLE", "aggregate": "SUM", "column": {"column_name": "quantity"}}
#: What every query has where its chart says nothing of it.
SHARED: dict[str, Any] = {
    "filters": [],
    "extras": {"having": "", "where": ""},
    "applied_time_extras": {},
    "columns": [],
    "metrics": [],
    "annotation_layers": [],
    "series_limit": 0,
    "group_others_when_limit_reached": False,
    "order_desc": True,
    "url_params": {},
    "custom_params": {},
    "custom_form_data": {},
}


def grained(column: str, grain: str) -> dict[str, Any]:
    """A temporal column of a table."""
    return {
        "timeGrain": grain,
        "columnType": "BASE_AXIS",
        "sqlExpression": column,
        "label": column,
        "expressionType": "SQL",
    }


def axis(column: str, grain: str | None = None) -> dict[str, Any]:
    """A column that is the x axis."""
    made = {
        "columnType": "BASE_AXIS",
        "sqlExpression": column,
        "label": column,
        "expressionType": "SQL",
        "isColumnReference": True,
    }
    return made | ({"timeGrain": grain} if grain else {})


def pivot(index: str, columns: list[str], *labels: str, drop: bool = False) -> dict[str, Any]:
    """The step that makes one column of each metric and series."""
    return {
        "operation": "pivot",
        "options": {
            "index": [index],
            "columns": columns,
            "aggregates": {label: {"operator": "mean"} for label in labels},
            "drop_missing_columns": drop,
        },
    }


def rename(names: dict[str, Any]) -> dict[str, Any]:
    """The step that gives series their names."""
    return {"operation": "rename", "options": {"columns": names, "level": 0, "inplace": True}}


FLATTEN = {"operation": "flatten"}


def queries(viz_type: str, params: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """The queries of a chart."""
    found: list[dict[str, Any]] = query_of({"viz_type": viz_type, "params": params}, 7, **more)["queries"]
    return found


def query(viz_type: str, params: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The only query of a chart."""
    (only,) = queries(viz_type, params, **more)
    return only


def steps(viz_type: str, params: dict[str, Any]) -> list[str]:
    """The names of a chart's steps."""
    return [step["operation"] for step in queries(viz_type, params)[0]["post_processing"]]


# --- What all have ---------------------------------------------------------------------------------------------------


def test_every_listed_type_has_a_builder_and_controls() -> None:
    assert sorted(BUILDERS) == sorted(VIZ_TYPES) == sorted(LISTED)


@pytest.mark.parametrize("viz_type", ["deck_arc", "pop_kpi", "ag-grid-table", "world_map", "Table"])
def test_a_type_that_is_not_covered_is_not_guessed(viz_type: str) -> None:
    with pytest.raises(NotDerivedError, match="is not derived") as caught:
        query_of({"viz_type": viz_type, "params": {"metrics": ["revenue"]}})
    assert caught.value.code == "superset-query-not-derived"


def test_the_context_around_the_queries() -> None:
    found = query_of({"viz_type": "big_number_total", "params": {"metric": "revenue"}}, 7, chart_id=3, dashboard_id=5)
    form = found.pop("form_data")
    assert found.pop("queries") == [{**SHARED, "metrics": ["revenue"]}]
    assert found == {
        "datasource": {"id": 7, "type": "table"},
        "force": False,
        "result_format": "json",
        "result_type": "full",
    }
    assert {key: form[key] for key in ("datasource", "slice_id", "dashboardId", "viz_type")} == {
        "datasource": "7__table",
        "slice_id": 3,
        "dashboardId": 5,
        "viz_type": "big_number_total",
    }


def test_conditions_become_filters_and_sql_and_the_dashboards_stand_first() -> None:
    conditions = [
        YEAR,
        {**YEAR, "subject": "region", "operator": "IN", "comparator": ["US", "EU"]},
        {**YEAR, "subject": "country", "operator": "IS NOT NULL", "comparator": "left over"},
        {"clause": "WHERE", "expressionType": "SQL", "sqlExpression": "quantity > 1 -- more than one"},
        {"clause": "WHERE", "expressionType": "SQL", "sqlExpression": "brand <> 'x'"},
        {"clause": "HAVING", "expressionType": "SQL", "sqlExpression": "count(*) > 2"},
        # The front end drops a simple condition on a metric.
        {**YEAR, "clause": "HAVING", "subject": "revenue", "operator": ">", "comparator": 5},
    ]
    extra = {"filters": [{"col": "channel", "op": "IN", "val": ["web"]}], "time_range": "2025 : 2026"}
    found = query("big_number_total", {"metric": "revenue", "adhoc_filters": conditions}, extra_form_data=extra)
    assert found == {
        **SHARED,
        "metrics": ["revenue"],
        "time_range": "2025 : 2026",
        "filters": [
            {"col": "channel", "op": "IN", "val": ["web"]},
            {"col": "order_date", "op": "TEMPORAL_RANGE", "val": "No filter"},
            {"col": "region", "op": "IN", "val": ["US", "EU"]},
            {"col": "country", "op": "IS NOT NULL"},
        ],
        "extras": {
            "having": "(count(*) > 2)",
            "where": "(quantity > 1 -- more than one\n) AND (brand <> 'x')",
        },
    }


def test_a_dashboards_grain_and_time_column_take_the_place_of_the_charts() -> None:
    params = {"metric": "revenue", "time_grain_sqla": "P1M", "granularity_sqla": "order_date"}
    extra = {"time_grain_sqla": "P1W", "granularity_sqla": "ship_date"}
    assert query("big_number_total", params)["extras"]["time_grain_sqla"] == "P1M"
    found = query("big_number_total", params, extra_form_data=extra)
    assert (found["granularity"], found["extras"]["time_grain_sqla"]) == ("ship_date", "P1W")


@pytest.mark.parametrize(("written", "posted"), [(10, 10), ("100", 100), (0, 0), ("", 0), ("many", None), (None, None)])
def test_row_limits(written: Any, posted: int | None) -> None:
    assert query("pie", {"metric": "revenue", "row_limit": written}).get("row_limit") == posted


@pytest.mark.parametrize("name", ["since", "extra_filters", "granularity"])
def test_parameters_of_old_supersets_are_not_guessed(name: str) -> None:
    with pytest.raises(NotDerivedError, match=f"'{name}'"):
        query_of({"viz_type": "pie", "params": {"metric": "revenue", name: ["x"]}})


# --- Tables ----------------------------------------------------------------------------------------------------------


def test_a_table_of_groups_with_totals() -> None:
    params = {"query_mode": "aggregate", "groupby": ["region"], "metrics": ["revenue", "orders"], "show_totals": True}
    rows, totals = queries("table", {**params, "all_columns": ["order_id"], "row_limit": 50})
    assert rows == {
        **SHARED,
        "columns": ["region"],
        "metrics": ["revenue", "orders"],
        "orderby": [["revenue", False]],
        "row_limit": 50,
        "post_processing": [],
        "time_offsets": [],
    }
    without_order = {key: value for key, value in rows.items() if key not in ("orderby", "order_desc")}
    assert totals == {**without_order, "columns": [], "row_limit": 0, "row_offset": 0}


def test_a_table_sorted_by_a_metric_that_it_does_not_show() -> None:
    params = {"groupby": ["region"], "metrics": ["orders"], "timeseries_limit_metric": "revenue", "order_desc": False}
    found = query("table", params)
    assert (found["orderby"], found["series_limit_metric"], found["metrics"]) == (
        [["revenue", True]],
        "revenue",
        ["orders"],
    )


def test_a_table_of_raw_rows() -> None:
    params = {
        "query_mode": "raw",
        "all_columns": ["order_id", "region", "order_id"],
        "groupby": ["brand"],
        "metrics": ["revenue"],
        "order_by_cols": ['["order_id", true]', '["region", false]'],
        "show_totals": True,
    }
    shared = {key: value for key, value in SHARED.items() if key != "metrics"}
    assert query("table", params) == {
        **shared,
        "columns": ["order_id", "region"],
        "orderby": [["order_id", True], ["region", False]],
        "row_limit": 10000,
        "post_processing": [],
        "time_offsets": [],
    }


def test_a_table_with_percentages_of_all_rows() -> None:
    params = {
        "groupby": ["region"],
        "metrics": ["revenue"],
        "percent_metrics": ["revenue", "orders"],
        "percent_metric_calculation": "all_records",
    }
    rows, whole = queries("table", params)
    share = {"columns": ["revenue", "orders"], "rename_columns": ["%revenue", "%orders"]}
    assert rows["metrics"] == ["revenue", "orders"]
    assert rows["post_processing"] == [{"operation": "contribution", "options": share}]
    assert (whole["metrics"], whole["columns"], whole["orderby"], whole["is_timeseries"]) == (
        ["revenue", "orders"],
        [],
        [],
        False,
    )


def test_a_tables_temporal_column_is_cut_and_stands_first() -> None:
    params = {
        "groupby": ["region", "order_date"],
        "metrics": ["revenue"],
        "time_grain_sqla": "P1M",
        "temporal_columns_lookup": {"order_date": True},
    }
    assert query("table", params)["columns"] == [grained("order_date", "P1M"), "region"]


def test_a_table_paged_by_the_server_counts_its_rows() -> None:
    params = {"groupby": ["region"], "metrics": ["revenue"], "server_pagination": True, "row_limit": 500}
    page, count = queries("table", params)
    assert (page["row_limit"], page["row_offset"]) == (10, 0)
    assert (count["row_limit"], count["row_offset"], count["is_rowcount"]) == (500, 0, True)


def test_a_pivot_table_asks_once_for_all_its_rows_and_columns() -> None:
    params = {
        "groupbyRows": ["category", "order_date"],
        "groupbyColumns": ["region", "category"],
        "metrics": ["revenue", "orders"],
        "series_limit_metric": "orders",
        "order_desc": True,
        "time_grain_sqla": "P1M",
        "temporal_columns_lookup": {"order_date": True},
        "rowTotals": True,
    }
    assert query("pivot_table_v2", params) == {
        **SHARED,
        "extras": {"time_grain_sqla": "P1M", "having": "", "where": ""},
        "columns": ["region", "category", grained("order_date", "P1M")],
        "metrics": ["revenue", "orders"],
        "orderby": [["orders", False]],
        "row_limit": 10000,
        "series_limit_metric": "orders",
    }


def test_a_template_has_its_first_metric_for_an_order() -> None:
    found = query("handlebars", {"query_mode": "aggregate", "groupby": ["region"], "metrics": ["revenue"]})
    assert found == {
        **SHARED,
        "columns": ["region"],
        "metrics": ["revenue"],
        "orderby": [["revenue", False]],
        "row_limit": 10000,
    }


# --- Over an x axis --------------------------------------------------------------------------------------------------

SERIES = [name for name in LISTED if name.startswith("echarts_")]
MONTHLY: dict[str, Any] = {
    "x_axis": "order_date",
    "time_grain_sqla": "P1M",
    "metrics": ["revenue"],
    "groupby": ["region"],
    "adhoc_filters": [YEAR],
    "limit": "5",
    "timeseries_limit_metric": "orders",
}


@pytest.mark.parametrize("viz_type", SERIES)
def test_a_time_series(viz_type: str) -> None:
    assert query(viz_type, MONTHLY) == {
        **SHARED,
        "filters": [{"col": "order_date", "op": "TEMPORAL_RANGE", "val": "No filter"}],
        "extras": {"time_grain_sqla": "P1M", "having": "", "where": ""},
        "columns": [axis("order_date", "P1M"), "region"],
        "series_columns": ["region"],
        "metrics": ["revenue"],
        "orderby": [["orders", False]],
        "row_limit": 10000,
        "series_limit": 5,
        "series_limit_metric": "orders",
        "time_offsets": [],
        "post_processing": [pivot("order_date", ["region"], "revenue"), rename({"revenue": None}), FLATTEN],
    }


def test_bars_of_groups_sorted_by_a_metric_that_is_not_shown() -> None:
    params = {
        "x_axis": "category",
        "metrics": ["return_rate"],
        "x_axis_sort": "units",
        "x_axis_sort_asc": False,
        "timeseries_limit_metric": "units",
    }
    found = query("echarts_timeseries_bar", params)
    assert found["metrics"] == ["return_rate", "units"]
    assert found["columns"] == [axis("category")]
    assert found["post_processing"] == [
        pivot("category", [], "return_rate", "units"),
        {"operation": "sort", "options": {"by": "units", "ascending": False}},
        FLATTEN,
    ]


def test_an_x_axis_sorted_by_itself() -> None:
    params = {"x_axis": "category", "metrics": [QUANTITY], "x_axis_sort": "category"}
    found = query("echarts_timeseries_bar", params)["post_processing"]
    assert found[0] == pivot("category", [], "SUM(quantity)")
    assert found[1] == {"operation": "sort", "options": {"is_sort_index": True, "ascending": True}}


def test_a_series_beside_last_years() -> None:
    params = {**MONTHLY, "time_compare": ["1 year ago"], "comparison_type": "difference", "groupby": []}
    found = query("echarts_timeseries_line", params)
    assert found["time_offsets"] == ["1 year ago"]
    assert found["post_processing"] == [
        pivot("order_date", [], "revenue", "revenue__1 year ago"),
        {
            "operation": "compare",
            "options": {
                "source_columns": ["revenue"],
                "compare_columns": ["revenue__1 year ago"],
                "compare_type": "difference",
                "drop_original_columns": True,
            },
        },
        rename({"difference__revenue__revenue__1 year ago": "1 year ago"}),
        FLATTEN,
    ]


def test_the_order_of_the_steps() -> None:
    params = {
        **MONTHLY,
        "rolling_type": "mean",
        "rolling_periods": "3",
        "min_periods": "",
        "resample_rule": "1D",
        "resample_method": "zerofill",
        "contributionMode": "row",
        "forecastEnabled": True,
        "forecastPeriods": "12",
    }
    found = query("echarts_timeseries_line", params)["post_processing"]
    assert [step["operation"] for step in found] == [
        "pivot",
        "resample",
        "rolling",
        "rename",
        "contribution",
        "flatten",
        "prophet",
    ]
    assert found[1]["options"] == {"method": "asfreq", "rule": "1D", "fill_value": 0}
    assert found[2]["options"] == {
        "rolling_type": "mean",
        "window": 3,
        "min_periods": 0,
        "columns": {"revenue": "revenue"},
    }
    assert found[4]["options"] == {"orientation": "row", "time_shifts": []}
    assert found[6]["options"] == {
        "time_grain": "P1M",
        "periods": 12,
        "confidence_interval": 0.8,
        "index": "order_date",
    }


def test_a_mixed_chart_has_two_queries_that_share_the_axis_only() -> None:
    params = {
        **MONTHLY,
        "metrics_b": ["orders"],
        "groupby_b": [],
        "row_limit_b": 20,
        "rolling_type": "cumsum",
        "order_desc_b": False,
    }
    first, second = queries("mixed_timeseries", params)
    assert (first["columns"], second["columns"]) == (
        [axis("order_date", "P1M"), "region"],
        [axis("order_date", "P1M")],
    )
    assert (first["series_limit"], second["series_limit"]) == (5, 0)
    assert (first["orderby"], second["orderby"]) == ([["orders", False]], [["orders", True]])
    assert (first["row_limit"], second["row_limit"]) == (10000, 20)
    assert (len(first["filters"]), len(second["filters"])) == (1, 0)
    assert [step["operation"] for step in first["post_processing"]] == ["pivot", "cum", "rename", "flatten"]
    assert second["post_processing"] == [pivot("order_date", [], "orders", drop=True), FLATTEN]
    assert "order_desc" not in first
    assert "series_limit_metric" not in first


def test_a_big_number_of_the_whole_range_asks_twice() -> None:
    params = {"x_axis": "order_date", "time_grain_sqla": "P1M", "metric": "revenue", "aggregation": "raw"}
    trend, total = queries("big_number", params)
    shared = {
        **SHARED,
        "extras": {"time_grain_sqla": "P1M", "having": "", "where": ""},
        "metrics": ["revenue"],
    }
    assert trend == {
        **shared,
        "columns": [axis("order_date", "P1M")],
        "post_processing": [pivot("order_date", [], "revenue", drop=True), FLATTEN],
    }
    assert total == {**shared, "is_timeseries": False, "post_processing": []}


def test_a_big_number_of_the_last_point_asks_once() -> None:
    params = {"x_axis": "order_date", "metric": "revenue", "rolling_type": "cumsum"}
    assert steps("big_number", params) == ["pivot", "cum", "flatten"]
    assert len(queries("big_number", params)) == 1


# --- One value a group -----------------------------------------------------------------------------------------------


def test_a_pie_asks_for_shares() -> None:
    share = {"columns": ["SUM(quantity)"], "rename_columns": ["SUM(quantity)__contribution"]}
    assert query("pie", {"groupby": ["region"], "metric": QUANTITY}) == {
        **SHARED,
        "columns": ["region"],
        "metrics": [QUANTITY],
        "orderby": [[QUANTITY, False]],
        "row_limit": 100,
        "post_processing": [{"operation": "contribution", "options": share}],
    }


@pytest.mark.parametrize(("viz_type", "sorted_by_itself", "limit"), [("funnel", True, 10), ("gauge_chart", False, 10)])
def test_funnels_and_gauges(viz_type: str, sorted_by_itself: bool, limit: int) -> None:
    wanted = {**SHARED, "columns": ["status"], "metrics": ["units"], "row_limit": limit}
    ordered = {**wanted, "orderby": [["units", False]]}
    params = {"groupby": ["status"], "metric": "units"}
    assert query(viz_type, params) == (ordered if sorted_by_itself else wanted)
    assert query(viz_type, {**params, "sort_by_metric": True}) == ordered
    assert query(viz_type, {**params, "sort_by_metric": False}) == wanted


def test_a_sunburst_has_its_metrics_in_the_order_of_the_panel() -> None:
    params = {"secondary_metric": "orders", "metric": "revenue", "columns": ["region", "country"]}
    found = query("sunburst_v2", params)
    assert (found["columns"], found["metrics"], found["row_limit"]) == (
        ["region", "country"],
        ["revenue", "orders"],
        10000,
    )


def test_a_treemap_is_in_the_order_of_its_metric_and_its_names() -> None:
    params = {"groupby": ["category", "brand"], "metric": "revenue", "sort_by_metric": True}
    order = [["revenue", False], ["category", True], ["brand", True]]
    assert query("treemap_v2", params)["orderby"] == order
    assert "orderby" not in query("treemap_v2", {**params, "row_limit": 0})


def test_a_heat_map_ranks_its_values() -> None:
    params = {
        "x_axis": "order_date",
        "time_grain_sqla": "P1M",
        "groupby": "region",
        "metric": "revenue",
        "sort_x_axis": "alpha_asc",
        "sort_y_axis": "value_desc",
        "normalize_across": "y",
    }
    found = query("heatmap_v2", params)
    assert found["columns"] == [axis("order_date", "P1M"), "region"]
    assert found["orderby"] == [["order_date", True], ["revenue", False]]
    assert found["post_processing"] == [{"operation": "rank", "options": {"metric": "revenue", "group_by": "region"}}]
    whole = query("heatmap_v2", {**params, "normalize_across": "heatmap"})
    assert whole["post_processing"] == [{"operation": "rank", "options": {"metric": "revenue"}}]


def test_a_histogram_asks_for_values_without_metrics() -> None:
    found = query("histogram_v2", {"column": "quantity", "groupby": ["region"], "bins": "20"})
    shared = {key: value for key, value in SHARED.items() if key != "metrics"}
    options = {"column": "quantity", "groupby": ["region"], "bins": 20, "cumulative": False, "normalize": False}
    assert found == {
        **shared,
        "columns": ["region", "quantity"],
        "row_limit": 10000,
        "post_processing": [{"operation": "histogram", "options": options}],
    }


def test_a_waterfall_is_in_the_order_of_its_steps() -> None:
    found = query(
        "waterfall", {"x_axis": "order_date", "time_grain_sqla": "P1M", "groupby": ["region"], "metric": "revenue"}
    )
    assert found["columns"] == [axis("order_date", "P1M"), "region"]
    assert found["orderby"] == [["order_date", True], ["region", True]]


def test_flows_are_grouped_by_both_ends() -> None:
    found = query("sankey_v2", {"source": "region", "target": "country", "metric": "revenue", "sort_by_metric": True})
    assert (found["groupby"], found["columns"]) == (["region", "country"], [])
    assert found["orderby"] == [["revenue", False], ["region", True], ["country", True]]


def test_bubbles_have_three_metrics_in_the_order_of_the_panel() -> None:
    params = {"size": "units", "y": "orders", "x": "revenue", "series": "category", "entity": "product"}
    found = query("bubble_v2", {**params, "orderby": [QUANTITY], "order_desc": False})
    assert (found["columns"], found["metrics"], found["orderby"]) == (
        ["product", "category"],
        ["revenue", "orders", "units"],
        [[QUANTITY, True]],
    )
    assert "orderby" not in query("bubble_v2", params)


def test_bubbles_ordered_by_a_metrics_name_stop_the_browser() -> None:
    with pytest.raises(NotDerivedError, match="stops the browser too"):
        query("bubble_v2", {"x": "revenue", "y": "orders", "entity": "product", "orderby": "revenue"})


@pytest.mark.parametrize(
    ("whiskers", "options"),
    [
        ("Tukey", {"whisker_type": "tukey"}),
        ("Min/max (no outliers)", {"whisker_type": "min/max"}),
        ("9/91 percentiles", {"whisker_type": "percentile", "percentiles": [9, 91]}),
    ],
)
def test_a_box_plot(whiskers: str, options: dict[str, Any]) -> None:
    params = {
        "columns": ["order_date"],
        "time_grain_sqla": "P1M",
        "temporal_columns_lookup": {"order_date": True},
        "groupby": ["region"],
        "metrics": ["revenue"],
        "whiskerOptions": whiskers,
    }
    found = query("box_plot", params)
    assert (found["columns"], found["series_columns"]) == ([grained("order_date", "P1M"), "region"], ["region"])
    assert found["post_processing"] == [
        {"operation": "boxplot", "options": {**options, "groupby": ["region"], "metrics": ["revenue"]}}
    ]


def test_a_word_cloud_is_in_the_order_of_its_words() -> None:
    params = {"series": "brand", "metric": "revenue"}
    found = query("word_cloud", params)
    assert (found["columns"], found["orderby"], found["row_limit"]) == (["brand"], [["brand", True]], 100)
    sized = query("word_cloud", {**params, "sort_by_metric": True})
    assert sized["orderby"] == [["revenue", False], ["brand", True]]


@pytest.mark.parametrize("viz_type", ["pie", "heatmap_v2"])
def test_a_chart_without_its_metric_stops_the_browser_too(viz_type: str) -> None:
    with pytest.raises(NotDerivedError, match="no metric"):
        query_of({"viz_type": viz_type, "params": {"x_axis": "region"}})


# --- Native filters --------------------------------------------------------------------------------------------------


def native(kind: str, **more: Any) -> dict[str, Any]:
    """A filter on the region."""
    target = {"datasetUuid": "u", "column": {"name": "region"}}
    return {"id": "NATIVE_FILTER-x", "filterType": kind, "type": "NATIVE_FILTER", "targets": [target], **more}


def values_of(native_filter: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The only query of a filter."""
    (only,) = filter_query(native_filter, 7, **more)["queries"]
    assert isinstance(only, dict)
    return only


def test_a_list_of_values() -> None:
    assert values_of(native("filter_select")) == {
        **SHARED,
        "columns": ["region"],
        "orderby": [["region", True]],
        "row_limit": 1000,
    }


def test_a_list_of_values_by_a_metric_under_conditions_and_searched() -> None:
    item = native("filter_select", controlValues={"sortAscending": False}, sortMetric="revenue", adhoc_filters=[YEAR])
    extra = {"filters": [{"col": "channel", "op": "IN", "val": ["web"]}]}
    found = values_of(item, search="eu", extra_form_data=extra)
    assert (found["metrics"], found["orderby"]) == (["revenue"], [["revenue", False]])
    assert found["filters"] == [
        {"col": "channel", "op": "IN", "val": ["web"]},
        {"col": "order_date", "op": "TEMPORAL_RANGE", "val": "No filter"},
        {"col": "region", "op": "ILIKE", "val": "%eu%"},
    ]


def test_a_range_asks_for_both_ends() -> None:
    found = values_of(native("filter_range"))
    assert found["columns"] == []
    assert [(item["label"], item["aggregate"], item["column"]["column_name"]) for item in found["metrics"]] == [
        ("min", "MIN", "region"),
        ("max", "MAX", "region"),
    ]


def test_time_filters() -> None:
    assert filter_query(native("filter_time")) == {}
    assert values_of(native("filter_timecolumn"))["result_type"] == "columns"
    assert values_of(native("filter_timegrain"))["result_type"] == "timegrains"
    with pytest.raises(NotDerivedError, match="filter_of_tomorrow"):
        filter_query(native("filter_of_tomorrow"))


# --- Dashboards ------------------------------------------------------------------------------------------------------


def asset(name: str, text: str) -> AssetFile:
    """A file of a bundle."""
    return AssetFile(name, parse_source(text, Path(name)))


CHART = asset("charts/a.yaml", "uuid: u-a\nslice_name: A\nviz_type: pie\ndataset_uuid: d\nparams: {metric: revenue}\n")
OTHER = asset("charts/b.yaml", "uuid: u-b\nslice_name: B\nviz_type: pie\ndataset_uuid: d\nparams: {metric: orders}\n")
DASHBOARD = """
uuid: u-d
dashboard_title: D
position:
  CHART-a: {type: CHART, parents: [ROOT_ID, TABS-1, TAB-1], meta: {uuid: u-a, chartId: 1}}
  CHART-b: {type: CHART, parents: [ROOT_ID, TABS-1, TAB-2], meta: {uuid: u-b, chartId: 2}}
metadata:
  native_filter_configuration:
    - id: f-1
      name: When
      filterType: filter_time
      type: NATIVE_FILTER
      scope: {rootPath: [ROOT_ID], excluded: [EXCLUDED]}
      defaultDataMask: {extraFormData: {time_range: Last year, filters: [{col: a, op: IN, val: [1]}]}}
    - id: f-2
      name: Region
      filterType: filter_select
      type: NATIVE_FILTER
      cascadeParentIds: [f-1]
      scope: {rootPath: [TAB-1], excluded: []}
      controlValues: {defaultToFirstItem: FIRST}
      targets: [{datasetUuid: d, column: {name: region}}]
      defaultDataMask: {extraFormData: {filters: [{col: region, op: IN, val: [EU]}]}}
    - {id: h, type: DIVIDER, title: Heading}
"""


def dashboard(text: str = DASHBOARD, *, excluded: str = "", first: str = "false") -> AssetFile:
    """A dashboard of two tabs and two filters, one of them of the first tab alone."""
    return asset("dashboards/d.yaml", text.replace("EXCLUDED", excluded).replace("FIRST", first))


def added(board: AssetFile) -> list[dict[str, Any] | None]:
    """What the filters add to the charts of a dashboard."""
    return [filter_of_chart(placed, board) for placed in placed_charts(board, Bundle((CHART, OTHER, board)))]


def test_filters_reach_the_charts_in_their_scope() -> None:
    first = {"col": "a", "op": "IN", "val": [1]}
    region = {"col": "region", "op": "IN", "val": ["EU"]}
    assert added(dashboard()) == [
        {"time_range": "Last year", "filters": [first, region]},
        {"time_range": "Last year", "filters": [first]},
    ]
    assert added(dashboard(excluded="2"))[1] is None


def test_a_filter_that_takes_its_first_value_is_not_guessed() -> None:
    with pytest.raises(NotDerivedError, match="'Region' takes its first value"):
        added(dashboard(first="true"))


def test_dynamic_groups_are_not_guessed() -> None:
    text = DASHBOARD.replace("metadata:\n", "metadata:\n  chart_customization_config: [{id: c}]\n")
    with pytest.raises(NotDerivedError, match="groups"):
        added(dashboard(text))


def test_a_filter_under_another_asks_for_what_that_one_leaves() -> None:
    board = dashboard()
    items_ = board.data["metadata"]["native_filter_configuration"]
    assert filter_of_filter(items_[1], board) == items_[0]["defaultDataMask"]["extraFormData"]
    assert filter_of_filter(items_[0], board) == {}


def test_of_settings_the_last_filters_counts() -> None:
    assert merged([{"time_range": "a", "filters": [1]}, {"time_range": "b", "filters": []}]) == {
        "time_range": "b",
        "filters": [1],
    }


def test_a_dashboard_written_as_a_layout() -> None:
    text = "uuid: u-d\ndashboard_title: D\nlayout:\n  - row: [{chart: b}, {column: [{chart: a}]}]\n"
    sent = as_sent(Bundle((CHART, OTHER, asset("dashboards/d.yaml", text))))
    (board,) = sent.of("dashboards")
    assert {placed.chart.slug for placed in placed_charts(board, sent)} == {"a", "b"}


# --- Everything of a bundle ------------------------------------------------------------------------------------------


def test_the_bundle_of_the_repository_is_all_derived() -> None:
    bundle = read_bundle(ROOT / "superset_assets")
    numbers = {folder: {item.uuid: n for n, item in enumerate(bundle.of(folder), 1)} for folder in
               ("charts", "datasets", "dashboards")}  # fmt: skip
    ids = Ids(numbers["charts"], numbers["datasets"], numbers["dashboards"])
    asked = items(bundle)
    bodies = {(item.dashboard, item.name): item.body(ids) for item in asked}
    filters = {
        (board.slug, item["name"]): item["filterType"]
        for board in bundle.of("dashboards")
        for item in board.source.data["metadata"]["native_filter_configuration"]
    }
    assert len(asked) == len(bodies) == len(bundle.of("charts")) + len(filters)
    silent = {key for key, kind in filters.items() if kind == "filter_time"}
    assert {key for key, body in bodies.items() if body == {}} == silent
    assert ("sales-overview", "Order date") in silent
    for key in bodies.keys() - silent:
        assert bodies[key]["queries"]
        assert bodies[key]["datasource"]["id"] in ids.datasets.values()
    table = bodies["sales-overview", "charts/sales-by-country.yaml"]["queries"]
    assert [item["time_range"] for item in table] == ["2025-11-01 : 2026-11-01"] * 2


def test_a_chart_that_is_not_on_the_server_is_told() -> None:
    (chart,) = items(Bundle((CHART,)))
    assert chart.dashboard == ""
    with pytest.raises(BadInputError) as caught:
        chart.body(Ids({}, {"d": 1}, {}))
    assert caught.value.code == "superset-not-applied"


def access(**databases: str) -> AccessBundle:
    """A role that opens one dataset (and databases), and a group that opens another."""
    role = RoleFile(
        version="1.0.0", name="R", description="", permissions=(), databases=databases, datasets={"a": "d-a"}
    )
    group = GroupFile(version="1.0.0", name="G", description="", roles=("R",), datasets={"b": "d-b"}, members=("ana",))
    boss = GroupFile(version="1.0.0", name="H", description="", roles=("Admin",), datasets={}, members=("eve",))
    return AccessBundle((role,), (group, boss), ())


@pytest.mark.parametrize(("dataset", "opened"), [("d-a", True), ("d-b", True), ("d-c", False), ("", True)])
def test_what_the_policies_open(dataset: str, opened: bool) -> None:
    item = Item("board", "chart", "charts/a.yaml", dataset, lambda _: {})
    databases = {"d-a": "x", "d-b": "x", "d-c": "y"}
    ana = Opened.to("ana", access(), databases)
    assert ana.covers(item, {}) is opened
    assert ana.covers(item, {"roles": ["R"]})
    assert not opened or ana.covers(item, {"roles": ["Other"]})
    assert Opened.to("ana", access(whole="y"), databases).covers(item, {})
    assert Opened.to("eve", access(), databases).covers(item, {})


def test_the_policies_of_the_repository_close_something() -> None:
    found = read_access(ROOT / "superset_assets")
    sales = next(item.uuid for item in read_bundle(ROOT / "superset_assets").of("datasets") if item.slug == "sales")
    item = Item("", "chart", "c", sales, lambda _: {})
    assert Opened.to("victor", found, {}).covers(item, {})
    assert not Opened.to("tom", found, {}).covers(item, {})


@pytest.mark.parametrize(
    ("result", "opened", "state"),
    [
        ([{"data": [{"a": 1}, {"a": 2}]}], True, State.OK),
        ([{"data": []}], True, State.EMPTY),
        ([{"data": [{"a": None}]}], True, State.EMPTY),
        ([{"data": []}, {"data": [{"a": 1}]}], True, State.EMPTY),
        ([{"data": [{"a": 1}]}, {"error": "line 1:1: no such column"}], True, State.ERROR),
        ([{"data": [{"a": 1}]}], False, State.ERROR),
    ],
)
def test_how_an_answer_is_judged(result: list[dict[str, Any]], opened: bool, state: State) -> None:
    found = told(("ana", "board", "chart", "c"), {"result": result}, 12, opened)
    assert found.state == state
    assert bool(found.says) == (state == State.ERROR)
