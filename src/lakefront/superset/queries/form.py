"""Form data: what the browser makes of a chart's parameters before it makes a query of them.

A parameter that a chart leaves out takes the default of its control, and the controls come first, in their order on
the panel: where several parameters end in one list of the query (`x`, `y`, `size`), that order is the list's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from lakefront.errors import CheckFailedError

Form = dict[str, Any]

#: A control without a default: it only has a place in the order.
_NONE: Final = object()


class NotDerivedError(CheckFailedError):
    """This query cannot be told without a browser; nothing is guessed."""

    def __init__(self, what: str) -> None:
        super().__init__(
            "superset-query-not-derived",
            what,
            fix="open the chart in Superset to see its query, or use one of the types that docs/architecture/"
            "superset-queries.md names",
        )


_TIMESERIES: Final[Mapping[str, Any]] = {
    "x_axis": _NONE,
    "time_grain_sqla": _NONE,
    "x_axis_sort_asc": True,
    "metrics": _NONE,
    "groupby": [],
    "adhoc_filters": [],
    "limit": _NONE,
    "group_others_when_limit_reached": False,
    "order_desc": True,
    "row_limit": 10000,
    "truncate_metric": True,
    "show_empty_columns": True,
    "comparison_type": "values",
    "annotation_layers": [],
    "forecastEnabled": False,
    "forecastPeriods": 10,
    "forecastInterval": 0.8,
}
_ONE_METRIC: Final[Mapping[str, Any]] = {"groupby": [], "metric": _NONE, "adhoc_filters": []}
#: What both halves of a mixed chart have.
_HALF: Final[Mapping[str, Any]] = {
    "metrics": _NONE,
    "groupby": [],
    "adhoc_filters": [],
    "order_desc": True,
    "row_limit": 10000,
    "truncate_metric": True,
    "comparison_type": "values",
}

#: Viz type -> the controls that reach its query, in the order of the panel, with their defaults.
_CONTROLS: Final[Mapping[str, Mapping[str, Any]]] = {
    "table": {
        "groupby": [],
        "temporal_columns_lookup": {},
        "metrics": _NONE,
        "all_columns": [],
        "percent_metrics": [],
        "adhoc_filters": [],
        "order_by_cols": [],
        "order_desc": True,
        "server_pagination": False,
        "server_page_length": 10,
        "row_limit": 10000,
        "percent_metric_calculation": "row_limit",
        "show_totals": False,
        "comparison_type": "values",
    },
    "handlebars": {
        "groupby": [],
        "metrics": _NONE,
        "all_columns": [],
        "percent_metrics": [],
        "order_by_cols": [],
        "order_desc": True,
        "row_limit": 10000,
        "adhoc_filters": [],
    },
    "pie": {**_ONE_METRIC, "row_limit": 100, "sort_by_metric": True},
    "funnel": {**_ONE_METRIC, "row_limit": 10, "sort_by_metric": True},
    "gauge_chart": {**_ONE_METRIC, "row_limit": 10},
    "treemap_v2": {**_ONE_METRIC, "row_limit": 10000},
    "big_number_total": {"metric": _NONE, "adhoc_filters": []},
    "big_number": {
        "x_axis": _NONE,
        "time_grain_sqla": _NONE,
        "aggregation": "LAST_VALUE",
        "metric": _NONE,
        "adhoc_filters": [],
        "rolling_type": "None",
    },
    **dict.fromkeys(
        (
            "echarts_timeseries_line",
            "echarts_timeseries_bar",
            "echarts_timeseries_smooth",
            "echarts_timeseries_step",
            "echarts_timeseries_scatter",
            "echarts_area",
        ),
        _TIMESERIES,
    ),
    "mixed_timeseries": {
        "x_axis": _NONE,
        "time_grain_sqla": _NONE,
        **{name + suffix: default for suffix in ("", "_b") for name, default in _HALF.items()},
        "annotation_layers": [],
    },
    "pivot_table_v2": {
        "groupbyColumns": [],
        "groupbyRows": [],
        "temporal_columns_lookup": {},
        "metrics": _NONE,
        "adhoc_filters": [],
        "row_limit": 10000,
        "order_desc": True,
    },
    "sunburst_v2": {
        "columns": [],
        "metric": _NONE,
        "secondary_metric": _NONE,
        "adhoc_filters": [],
        "row_limit": 10000,
    },
    "heatmap_v2": {
        "x_axis": _NONE,
        "time_grain_sqla": _NONE,
        **_ONE_METRIC,
        "row_limit": 10000,
        "normalize_across": "heatmap",
    },
    "histogram_v2": {
        "column": [],
        "groupby": [],
        "adhoc_filters": [],
        "row_limit": 10000,
        "bins": 5,
        "normalize": False,
        "cumulative": False,
    },
    "waterfall": {"x_axis": _NONE, "time_grain_sqla": _NONE, **_ONE_METRIC, "row_limit": 10000},
    "sankey_v2": {"source": [], "target": [], "metric": _NONE, "adhoc_filters": [], "row_limit": 10000},
    "bubble_v2": {
        "series": _NONE,
        "entity": _NONE,
        "x": _NONE,
        "y": _NONE,
        "adhoc_filters": [],
        "size": _NONE,
        "order_desc": True,
        "row_limit": 10000,
    },
    "box_plot": {
        "columns": [],
        "temporal_columns_lookup": {},
        "groupby": [],
        "metrics": _NONE,
        "adhoc_filters": [],
        "row_limit": 10000,
        "whiskerOptions": "Tukey",
    },
    "word_cloud": {"series": _NONE, "metric": _NONE, "adhoc_filters": [], "row_limit": 100},
}

#: The viz types whose query is derived.
VIZ_TYPES: Final = tuple(_CONTROLS)


def form_of(viz_type: str, params: Mapping[str, Any], extra: Mapping[str, Any] | None) -> Form:
    """Return a chart's form data on a dashboard.

    `extra`: what the dashboard's filters add (`extra_form_data`); None where no filter has the chart in its scope.
    Raises NotDerivedError for a type that is not covered.
    """
    controls = _CONTROLS.get(viz_type)
    if controls is None:
        raise NotDerivedError(f"the query of a chart of type '{viz_type}' is not derived")
    form: Form = {}
    for name, default in controls.items():
        if name in params:
            form[name] = params[name]
        elif default is not _NONE:
            form[name] = default
    form |= {name: value for name, value in params.items() if name not in form}
    form["viz_type"] = viz_type
    # A dashboard hands its own url's parameters on; a dashboard opened by its plain address has none.
    form["url_params"] = {**cast("dict[str, Any]", params.get("url_params") or {})}
    if extra is not None:
        form["extra_form_data"] = dict(extra)
    return form
