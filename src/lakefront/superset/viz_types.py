"""The kinds of charts that are made, checked and asked here: which parameters each needs, and what they are.

A parameter that has a default of its own in its plugin is not required.

The names are those of Superset 6.1's own plugins. A type that Superset does not know is imported without a word, and
fails in the browser; so does one that lacks what its plugin requires.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lakefront.superset.viz_model import Param, ParamKind, VizType

_FILTERS: Final = Param("adhoc_filters", ParamKind.FILTERS)
_LIMIT: Final = Param("row_limit", ParamKind.NUMBER)
_COMMON: Final = (_FILTERS, _LIMIT)
#: Which columns hold times: the browser groups these by the chart's grain.
_TIMES: Final = Param("temporal_columns_lookup", ParamKind.TIME_COLUMNS)
_QUERY_MODE: Final = Param("query_mode", ParamKind.CHOICE, choices=("aggregate", "raw"))


def _metric(name: str = "metric", *, required: bool = True) -> Param:
    return Param(name, ParamKind.METRIC, required)


def _metrics(name: str = "metrics", *, required: bool = True) -> Param:
    return Param(name, ParamKind.METRICS, required)


def _column(name: str, *, required: bool = True) -> Param:
    return Param(name, ParamKind.COLUMN, required)


def _columns(name: str = "groupby", *, required: bool = False) -> Param:
    return Param(name, ParamKind.COLUMNS, required)


def _grain(*, required: bool = False) -> Param:
    return Param("time_grain_sqla", ParamKind.TIME_GRAIN, required)


def _timeseries(name: str, title: str) -> VizType:
    return VizType(
        name,
        title,
        (
            _column("x_axis"),
            _metrics(),
            _grain(),
            _columns(),
            _metric("timeseries_limit_metric", required=False),
            *_COMMON,
        ),
        metric_at=("metrics",),
        by_at=("groupby",),
        time_at="x_axis",
    )


def _by_one(name: str, title: str, *, required: bool, **defaults: Any) -> VizType:
    """Return a type of one metric for each value of some columns."""
    return VizType(
        name,
        title,
        (_metric(), _columns(required=required), *_COMMON),
        {"sort_by_metric": True, "row_limit": 100, **defaults},
        metric_at=("metric",),
        by_at=("groupby",),
    )


_TYPES: Final = (
    *(
        _timeseries(name, title)
        for name, title in (
            ("echarts_timeseries_line", "Line chart"),
            ("echarts_timeseries_bar", "Bar chart"),
            ("echarts_timeseries_smooth", "Smooth line"),
            ("echarts_timeseries_step", "Stepped line"),
            ("echarts_timeseries_scatter", "Scatter plot"),
            ("echarts_area", "Area chart"),
        )
    ),
    VizType(
        "mixed_timeseries",
        "Mixed chart: two queries over one axis",
        (
            _column("x_axis"),
            _metrics(),
            _metrics("metrics_b"),
            _grain(),
            _columns(),
            _columns("groupby_b"),
            Param("adhoc_filters_b", ParamKind.FILTERS),
            Param("row_limit_b", ParamKind.NUMBER),
            *_COMMON,
        ),
        {
            "seriesTypeB": "bar",
            # Two metrics seldom have one scale.
            "yAxisIndexB": 1,
        },
        metric_at=("metrics", "metrics_b"),
        by_at=("groupby",),
        time_at="x_axis",
    ),
    VizType(
        "pivot_table_v2",
        "Pivot table",
        (
            _metrics(),
            _columns("groupbyRows"),
            _columns("groupbyColumns"),
            Param("aggregateFunction", ParamKind.TEXT),
            Param("metricsLayout", ParamKind.CHOICE, choices=("COLUMNS", "ROWS")),
            _metric("series_limit_metric", required=False),
            _grain(),
            _TIMES,
            *_COMMON,
        ),
        any_of=(("groupbyRows", "groupbyColumns"),),
        metric_at=("metrics",),
        by_at=("groupbyRows", "groupbyColumns"),
    ),
    VizType(
        "big_number_total",
        "Big number",
        (_metric(), _FILTERS),
        metric_at=("metric",),
    ),
    VizType(
        "big_number",
        "Big number with its course over time",
        (_column("x_axis", required=False), _column("granularity_sqla", required=False), _grain(), _metric(), _FILTERS),
        {"time_grain_sqla": "P1M"},
        any_of=(("x_axis", "granularity_sqla"),),
        metric_at=("metric",),
        time_at="x_axis",
    ),
    VizType(
        "table",
        "Table",
        (
            _QUERY_MODE,
            _columns(),
            _metrics(required=False),
            _metrics("percent_metrics", required=False),
            _columns("all_columns"),
            _metric("timeseries_limit_metric", required=False),
            Param("order_by_cols", ParamKind.ORDER),
            _grain(),
            _TIMES,
            *_COMMON,
        ),
        {
            "query_mode": "aggregate",
            "metrics": [],
            "row_limit": 1000,
        },
        raw_of=("all_columns",),
        aggregate_of=("groupby", "metrics", "percent_metrics"),
        metric_at=("metrics",),
        by_at=("groupby",),
    ),
    _by_one("pie", "Pie chart", required=True),
    _by_one("funnel", "Funnel", required=True, row_limit=10, show_legend=False),
    _by_one("treemap_v2", "Treemap", required=True),
    _by_one("gauge_chart", "Gauge", required=False, row_limit=10, font_size=10),
    VizType(
        "sunburst_v2",
        "Sunburst",
        (_columns("columns", required=True), _metric(), _metric("secondary_metric", required=False), *_COMMON),
        {"show_labels": True},
        metric_at=("metric", "secondary_metric"),
        by_at=("columns",),
    ),
    VizType(
        "heatmap_v2",
        "Heatmap",
        (_column("x_axis"), _column("groupby"), _metric(), _grain(), *_COMMON),
        {
            # In pixels: Superset's own measure cuts off labels of over twelve letters.
            "left_margin": 100,
            "sort_x_axis": "alpha_asc",
            "sort_y_axis": "alpha_asc",
        },
        metric_at=("metric",),
        by_at=("x_axis", "groupby"),
    ),
    VizType(
        "histogram_v2",
        "Histogram",
        (_column("column"), Param("bins", ParamKind.NUMBER), _columns(), *_COMMON),
        {"bins": 10},
        by_at=("column", "groupby"),
    ),
    VizType(
        "waterfall",
        "Waterfall",
        (_column("x_axis"), _metric(), _column("groupby", required=False), _grain(), *_COMMON),
        {"show_legend": True},
        metric_at=("metric",),
        by_at=("x_axis", "groupby"),
    ),
    VizType(
        "sankey_v2",
        "Sankey",
        (_column("source"), _column("target"), _metric(), *_COMMON),
        metric_at=("metric",),
        by_at=("source", "target"),
    ),
    VizType(
        "bubble_v2",
        "Bubbles",
        (_column("entity"), _metric("x"), _metric("y"), _metric("size"), _column("series", required=False), *_COMMON),
        {"truncateXAxis": False},
        metric_at=("x", "y", "size"),
        by_at=("entity", "series"),
    ),
    VizType(
        "box_plot",
        "Box plot",
        (
            _columns("columns"),
            _metrics(),
            _columns(),
            _grain(),
            _TIMES,
            Param("whiskerOptions", ParamKind.TEXT),
            *_COMMON,
        ),
        any_of=(("columns", "groupby"),),
        metric_at=("metrics",),
        by_at=("columns", "groupby"),
    ),
    VizType(
        "word_cloud",
        "Word cloud",
        (_column("series"), _metric(), *_COMMON),
        {"rotation": "flat", "size_to": 40},
        metric_at=("metric",),
        by_at=("series",),
    ),
    VizType(
        "handlebars",
        "Handlebars: a template of one's own over rows",
        (
            Param("handlebarsTemplate", ParamKind.TEXT),
            _QUERY_MODE,
            Param("styleTemplate", ParamKind.TEXT),
            _columns(),
            _metrics(required=False),
            _columns("all_columns"),
            _metric("timeseries_limit_metric", required=False),
            Param("order_by_cols", ParamKind.ORDER),
            _grain(),
            *_COMMON,
        ),
        {
            # Markdown: where HTML is escaped, as in the local stack, tags are shown as text.
            "handlebarsTemplate": "{{#each data}}\n- {{stringify this}}\n{{/each}}\n",
            "query_mode": "aggregate",
            "metrics": [],
            "row_limit": 100,
        },
        any_of=(("handlebarsTemplate", "handlebars_template"),),
        raw_of=("all_columns",),
        aggregate_of=("groupby", "metrics"),
        metric_at=("metrics",),
        by_at=("groupby",),
    ),
)
#: By the name that Superset calls them.
VIZ_TYPES: Final[Mapping[str, VizType]] = {item.name: item for item in _TYPES}
