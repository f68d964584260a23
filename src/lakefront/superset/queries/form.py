"""Form data: what the browser makes of a chart's parameters before it makes a query of them.

A parameter that a chart leaves out takes the default of its control, and the controls come first, in their order on
the panel: where several parameters end in one list of the query (`x`, `y`, `size`), that order is the list's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from lakefront.errors import CheckFailedError
from lakefront.superset.control_defaults import defaults_of

Form = dict[str, Any]


class NotDerivedError(CheckFailedError):
    """This query cannot be told without a browser; nothing is guessed."""

    def __init__(self, what: str) -> None:
        super().__init__(
            "superset-query-not-derived",
            what,
            fix="open the chart in Superset to see its query, or use one of the types that docs/architecture/"
            "superset-queries.md names",
        )


#: What the page of a chart takes from the dataset, and a dashboard, which has none at hand, leaves empty.
_OF_DATASET: Final[Mapping[str, Any]] = {
    "adhoc_filters": [],
    "adhoc_filters_b": [],
    "annotation_layers": [],
    "columns": [],
    "temporal_columns_lookup": {},
}
_TIMESERIES: Final = (
    "x_axis", "time_grain_sqla", "x_axis_sort_asc", "metrics", "groupby", "adhoc_filters", "limit",
    "group_others_when_limit_reached", "order_desc", "row_limit", "truncate_metric", "show_empty_columns",
    "comparison_type", "annotation_layers", "forecastEnabled", "forecastPeriods", "forecastInterval",
)  # fmt: skip
_ONE_METRIC: Final = ("groupby", "metric", "adhoc_filters")
#: What both halves of a mixed chart have.
_HALF: Final = ("metrics", "groupby", "adhoc_filters", "order_desc", "row_limit", "truncate_metric", "comparison_type")

#: Viz type -> the controls that reach its query, in the order of the panel.
_CONTROLS: Final[Mapping[str, tuple[str, ...]]] = {
    "table": (
        "groupby", "temporal_columns_lookup", "metrics", "all_columns", "percent_metrics", "adhoc_filters",
        "order_by_cols", "order_desc", "server_pagination", "server_page_length", "row_limit",
        "percent_metric_calculation", "show_totals", "comparison_type",
    ),
    "handlebars": (
        "groupby", "metrics", "all_columns", "percent_metrics", "order_by_cols", "order_desc", "row_limit",
        "adhoc_filters",
    ),
    "pie": (*_ONE_METRIC, "row_limit", "sort_by_metric"),
    "funnel": (*_ONE_METRIC, "row_limit", "sort_by_metric"),
    "gauge_chart": (*_ONE_METRIC, "row_limit"),
    "treemap_v2": (*_ONE_METRIC, "row_limit"),
    "big_number_total": ("metric", "adhoc_filters"),
    "big_number": ("x_axis", "time_grain_sqla", "aggregation", "metric", "adhoc_filters", "rolling_type"),
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
    "mixed_timeseries": (
        "x_axis", "time_grain_sqla", *_HALF, *(f"{name}_b" for name in _HALF), "annotation_layers",
    ),
    "pivot_table_v2": (
        "groupbyColumns", "groupbyRows", "temporal_columns_lookup", "metrics", "adhoc_filters", "row_limit",
        "order_desc",
    ),
    "sunburst_v2": ("columns", "metric", "secondary_metric", "adhoc_filters", "row_limit"),
    "heatmap_v2": ("x_axis", "time_grain_sqla", *_ONE_METRIC, "row_limit", "normalize_across"),
    "histogram_v2": ("column", "groupby", "adhoc_filters", "row_limit", "bins", "normalize", "cumulative"),
    "waterfall": ("x_axis", "time_grain_sqla", *_ONE_METRIC, "row_limit"),
    "sankey_v2": ("source", "target", "metric", "adhoc_filters", "row_limit"),
    "bubble_v2": ("series", "entity", "x", "y", "adhoc_filters", "size", "order_desc", "row_limit"),
    "box_plot": (
        "columns", "temporal_columns_lookup", "groupby", "metrics", "adhoc_filters", "row_limit", "whiskerOptions",
    ),
    "word_cloud": ("series", "metric", "adhoc_filters", "row_limit"),
}  # fmt: skip

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
    found = {**_OF_DATASET, **defaults_of(viz_type), **params}
    form: Form = {name: found[name] for name in controls if name in found}
    form |= {name: value for name, value in params.items() if name not in form}
    form["viz_type"] = viz_type
    # A dashboard hands its own url's parameters on; a dashboard opened by its plain address has none.
    form["url_params"] = {**cast("dict[str, Any]", params.get("url_params") or {})}
    if extra is not None:
        form["extra_form_data"] = dict(extra)
    return form
