"""All chart types that Superset 6.1 registers: those modelled in full, and of the others what is checked of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lakefront.superset.viz_model import Param, ParamKind, VizType
from lakefront.superset.viz_types import VIZ_TYPES

#: Parameters that name columns, and metrics, in whatever type has them; what a chart has of a former type is kept.
SHARED_COLUMNS: Final = (
    "groupby", "groupby_b", "columns", "all_columns", "groupbyRows", "groupbyColumns", "x_axis", "granularity_sqla",
)  # fmt: skip
SHARED_METRICS: Final = (
    "metric", "metrics", "metric_2", "metrics_b", "secondary_metric", "percent_metrics", "timeseries_limit_metric",
    "timeseries_limit_metric_b", "series_limit_metric",
)  # fmt: skip


def _other(
    name: str, title: str, columns: str = "", metrics: str = "", *, texts: str = "", optional: str = ""
) -> VizType:
    """Return a type that is not modelled, by words: what it requires, and `optional` columns.

    Whether a parameter takes one column or metric, or several, is not told apart.
    """
    required = ((columns, ParamKind.COLUMNS), (metrics, ParamKind.METRICS), (texts, ParamKind.TEXT))
    params = [Param(word, kind, required=True) for words, kind in required for word in words.split()]
    return VizType(name, title, (*params, *(Param(word, ParamKind.COLUMNS) for word in optional.split())))


_OTHERS: Final = (
    _other("echarts_timeseries", "Generic chart", "x_axis", "metrics"),
    _other("graph_chart", "Graph", "source target", "metric", optional="source_category target_category"),
    _other("tree_chart", "Tree", "id parent", optional="name"),
    _other("radar", "Radar", "groupby", "metrics"),
    _other("gantt_chart", "Gantt chart", "start_time end_time y_axis"),
    _other("chord", "Chord diagram", "groupby columns", "metric"),
    _other("world_map", "World map", "entity", "metric"),
    _other("country_map", "Country map", "entity", "metric", texts="select_country"),
    _other("cal_heatmap", "Calendar heatmap", metrics="metrics"),
    _other("partition", "Partition chart", "groupby", "metrics"),
    _other("rose", "Nightingale rose", "groupby", "metrics"),
    _other("time_table", "Table of time series", metrics="metrics"),
    _other("time_pivot", "Time series by period", metrics="metric"),
    _other("bullet", "Bullet chart", metrics="metric"),
    _other("horizon", "Horizon chart", metrics="metrics"),
    _other("paired_ttest", "Paired t-test", "groupby", "metrics"),
    _other("para", "Parallel coordinates", "series", "metrics"),
    _other("mapbox", "MapBox", "all_columns_x all_columns_y"),
    _other("deck_arc", "deck.gl arcs"),
    _other("deck_contour", "deck.gl contours"),
    _other("deck_geojson", "deck.gl GeoJSON"),
    _other("deck_grid", "deck.gl grid"),
    _other("deck_heatmap", "deck.gl heatmap"),
    _other("deck_hex", "deck.gl hexagons"),
    _other("deck_multi", "deck.gl layers"),
    _other("deck_path", "deck.gl paths"),
    _other("deck_polygon", "deck.gl polygons"),
    _other("deck_scatter", "deck.gl scatter plot"),
    _other("deck_screengrid", "deck.gl screen grid"),
)
#: Those that no chart is made of here and no query derived: known to Superset, and not modelled.
OTHER_TYPES: Final[Mapping[str, VizType]] = {item.name: item for item in _OTHERS}
#: Every type that Superset draws.
REGISTERED: Final[Mapping[str, VizType]] = {**VIZ_TYPES, **OTHER_TYPES}
#: Types of former versions -> what is used in their place. Most are those of superset.migrations.shared.migrate_viz.
SUCCESSORS: Final = {
    "area": "echarts_area",
    "bar": "echarts_timeseries_bar",
    "dist_bar": "echarts_timeseries_bar",
    "line": "echarts_timeseries_line",
    "compare": "echarts_timeseries_line",
    "dual_line": "mixed_timeseries",
    "line_multi": "mixed_timeseries",
    "bubble": "bubble_v2",
    "heatmap": "heatmap_v2",
    "histogram": "histogram_v2",
    "pivot_table": "pivot_table_v2",
    "sankey": "sankey_v2",
    "sankey_loop": "sankey_v2",
    "sunburst": "sunburst_v2",
    "treemap": "treemap_v2",
}
#: Types whose work is done by something that is no chart.
DROPPED: Final = {
    "filter_box": "native filters of the dashboard",
    "markup": "a markdown block of the dashboard",
    "separator": "a header or divider of the dashboard",
    "iframe": "a link in a markdown block",
}
