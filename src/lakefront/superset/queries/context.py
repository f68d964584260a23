"""The query context of a chart or a native filter, as the browser posts it to `/api/v1/chart/data`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from lakefront.superset.queries import series, shares, tables
from lakefront.superset.queries.base import Query, context
from lakefront.superset.queries.form import Form, NotDerivedError, form_of
from lakefront.superset.queries.values import as_list

Builder = Callable[[Form], dict[str, Any]]

#: Superset's NATIVE_FILTER_DEFAULT_ROW_LIMIT, which deploy/superset leaves as it is.
FILTER_ROWS: Final = 1000
#: Filters that only hold a value, and ask nothing.
_WITHOUT_QUERY: Final = ("filter_time",)
#: Filters whose values are not data: the answer is made from the dataset's own description.
_OF_METADATA: Final = {"filter_timecolumn": "columns", "filter_timegrain": "timegrains"}

#: Viz type -> what makes its query of its form.
BUILDERS: Final[Mapping[str, Builder]] = {
    "table": tables.table,
    "pivot_table_v2": tables.pivot_table,
    "handlebars": tables.template,
    "pie": shares.pie,
    "big_number_total": shares.plain,
    "funnel": shares.by_metric,
    "gauge_chart": shares.by_metric,
    "sunburst_v2": shares.by_metric,
    "treemap_v2": shares.treemap,
    "heatmap_v2": shares.heatmap,
    "histogram_v2": shares.histogram,
    "waterfall": shares.waterfall,
    "sankey_v2": shares.sankey,
    "bubble_v2": shares.bubble,
    "box_plot": shares.box_plot,
    "word_cloud": shares.word_cloud,
    "big_number": series.big_number,
    "mixed_timeseries": series.mixed,
    **dict.fromkeys(
        (
            "echarts_timeseries_line",
            "echarts_timeseries_bar",
            "echarts_timeseries_smooth",
            "echarts_timeseries_step",
            "echarts_timeseries_scatter",
            "echarts_area",
        ),
        series.timeseries,
    ),
}


def query_of(
    chart: Mapping[str, Any],
    dataset_id: int = 0,
    *,
    chart_id: int | None = None,
    dashboard_id: int | None = None,
    extra_form_data: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the query context of a chart of the bundle.

    `chart`: the content of its file. The ids are the live ones of its dataset, of itself and of the dashboard that it
    is looked at on; Superset judges access by them. `extra_form_data`: what that dashboard's filters add to it
    (`dashboard.py` tells it). Raises NotDerivedError for a viz type or a parameter that is not covered.
    """
    viz_type = str(chart["viz_type"])
    form = form_of(viz_type, cast("Mapping[str, Any]", chart.get("params") or {}), extra_form_data)
    form["datasource"] = f"{dataset_id}__table"
    if chart_id is not None:
        form["slice_id"] = chart_id
    if dashboard_id is not None:
        form["dashboardId"] = dashboard_id
    return BUILDERS[viz_type](form)


def filter_query(
    native_filter: Mapping[str, Any],
    dataset_id: int = 0,
    *,
    dashboard_id: int | None = None,
    search: str = "",
    extra_form_data: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the query context of a native filter's values; empty for a filter that asks nothing.

    `native_filter`: an item of `native_filter_configuration`; `search`: what is typed into a list of texts;
    `extra_form_data`: what the filters that this one depends on add. Raises NotDerivedError for an unknown type.
    """
    kind = str(native_filter.get("filterType"))
    if kind in _WITHOUT_QUERY:
        return {}
    targets = as_list(native_filter.get("targets"))
    target = cast("Mapping[str, Any]", targets[0] if targets else {})
    column = cast("Mapping[str, Any]", target.get("column") or {}).get("name")
    form: Form = {
        **cast("dict[str, Any]", native_filter.get("controlValues") or {}),
        "datasource": f"{dataset_id}__table",
        **({"groupby": [column]} if column else {}),
        **({"sortMetric": native_filter["sortMetric"]} if native_filter.get("sortMetric") else {}),
        "adhoc_filters": as_list(native_filter.get("adhoc_filters")),
        "extra_filters": [],
        "extra_form_data": dict(extra_form_data or {}),
        "metrics": ["count"],
        "row_limit": FILTER_ROWS,
        "showSearch": True,
        "url_params": {},
        "inView": True,
        "viz_type": kind,
        "type": native_filter.get("type"),
        "native_filter_id": native_filter.get("id"),
        **{name: native_filter[name] for name in ("time_range", "granularity_sqla") if name in native_filter},
        **({"dashboardId": dashboard_id} if dashboard_id is not None else {}),
    }
    if kind == "filter_select":
        return context(form, lambda base: [_values(form, base, search)])
    if kind == "filter_range":
        return context(form, lambda base: [_range(base, column)])
    if kind in _OF_METADATA:
        wanted: Query = {"result_type": _OF_METADATA[kind], "columns": [], "metrics": [], "orderby": []}
        return context(form, lambda _: [dict(wanted)])
    raise NotDerivedError(f"the query of a filter of type '{kind}' is not derived")


def _values(form: Form, base: Query, search: str) -> Query:
    columns = base["columns"]
    metric = form.get("sortMetric")
    found = [{"col": column, "op": "ILIKE", "val": f"%{search}%"} for column in columns if search]
    ascending = form.get("sortAscending", True)
    return {
        **base,
        "columns": columns,
        "metrics": [metric] if metric else [],
        "filters": [*base["filters"], *found],
        "orderby": [[item, bool(ascending)] for item in ([metric] if metric else columns)],
    }


def _range(base: Query, column: Any) -> Query:
    ends = [
        {
            "aggregate": label.upper(),
            "column": {"column_name": column or "", "id": number, "type_generic": 0},
            "expressionType": "SIMPLE",
            "hasCustomLabel": True,
            "label": label,
        }
        for number, label in enumerate(("min", "max"), start=1)
    ]
    return {**base, "columns": [], "metrics": ends}
