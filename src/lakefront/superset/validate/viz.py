"""Chart types that Superset 6.1 registers, and what each cannot be drawn without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Viz:
    """A chart type. `required`: each is a set of parameters of which one must be there; the others name what the
    parameters hold that mean a column or a metric in this type only."""

    required: tuple[tuple[str, ...], ...] = ()
    columns: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()


def _viz(required: str = "", *, columns: str = "", metrics: str = "") -> Viz:
    """Return a chart type from words; `a|b` is one of two."""
    return Viz(
        tuple(tuple(word.split("|")) for word in required.split()), tuple(columns.split()), tuple(metrics.split())
    )


_SERIES: Final = _viz("x_axis metrics")
#: Parameters that name columns, and metrics, in whatever type has them.
COLUMNS: Final = (
    "groupby", "groupby_b", "columns", "all_columns", "groupbyRows", "groupbyColumns", "x_axis", "granularity_sqla",
)  # fmt: skip
METRICS: Final = (
    "metric", "metrics", "metric_2", "metrics_b", "secondary_metric", "percent_metrics", "timeseries_limit_metric",
    "timeseries_limit_metric_b", "series_limit_metric",
)  # fmt: skip
VIZ_TYPES: Final = {
    **dict.fromkeys(
        (
            "echarts_timeseries", "echarts_timeseries_line", "echarts_timeseries_bar", "echarts_timeseries_smooth",
            "echarts_timeseries_step", "echarts_timeseries_scatter", "echarts_area",
        ),
        _SERIES,
    ),
    "mixed_timeseries": _viz("x_axis metrics metrics_b"),
    "table": Viz(),  # by its query_mode
    "pivot_table_v2": _viz("metrics groupbyRows|groupbyColumns"),
    "big_number": _viz("metric x_axis|granularity_sqla"),
    "big_number_total": _viz("metric"),
    "pie": _viz("metric groupby"),
    "funnel": _viz("metric groupby"),
    "treemap_v2": _viz("metric groupby"),
    "gauge_chart": _viz("metric"),
    "sunburst_v2": _viz("columns metric"),
    "heatmap_v2": _viz("x_axis groupby metric"),
    "histogram_v2": _viz("column", columns="column"),
    "waterfall": _viz("x_axis metric"),
    "sankey_v2": _viz("source target metric", columns="source target"),
    "bubble_v2": _viz("entity x y size", columns="entity series", metrics="x y size"),
    "box_plot": _viz("columns|groupby metrics"),
    "word_cloud": _viz("series metric", columns="series"),
    "handlebars": _viz("handlebarsTemplate|handlebars_template"),
    "graph_chart": _viz("source target metric", columns="source target source_category target_category"),
    "tree_chart": _viz("id parent", columns="id parent name"),
    "radar": _viz("groupby metrics"),
    "gantt_chart": _viz("start_time end_time y_axis", columns="start_time end_time y_axis"),
    "chord": _viz("groupby columns metric"),
    "world_map": _viz("entity metric", columns="entity"),
    "country_map": _viz("select_country entity metric", columns="entity"),
    "cal_heatmap": _viz("metrics"),
    "partition": _viz("groupby metrics"),
    "rose": _viz("groupby metrics"),
    "time_table": _viz("metrics"),
    "time_pivot": _viz("metric"),
    "bullet": _viz("metric"),
    "horizon": _viz("metrics"),
    "paired_ttest": _viz("groupby metrics"),
    "para": _viz("series metrics", columns="series"),
    "mapbox": _viz("all_columns_x all_columns_y", columns="all_columns_x all_columns_y"),
    **dict.fromkeys(
        (
            "deck_arc", "deck_contour", "deck_geojson", "deck_grid", "deck_heatmap", "deck_hex", "deck_multi",
            "deck_path", "deck_polygon", "deck_scatter", "deck_screengrid",
        ),
        Viz(),
    ),
}  # fmt: skip
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
