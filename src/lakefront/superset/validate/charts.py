"""Charts: their type, what it needs, and that the dataset has every column and metric they name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from lakefront.errors import did_you_mean
from lakefront.semantic.source import Path_
from lakefront.superset.bundle import AssetFile
from lakefront.superset.validate.adhoc import check_column, check_filters, check_metric
from lakefront.superset.validate.index import Dataset, Index
from lakefront.superset.values import listed, mapping, text
from lakefront.superset.viz_model import ParamKind, VizType
from lakefront.superset.viz_registry import DROPPED, REGISTERED, SHARED_COLUMNS, SHARED_METRICS, SUCCESSORS

_MOST_ROWS: Final = 50_000
_NO_PERIOD: Final = (None, "", "No filter")
_LIMITS: Final = ("row_limit", "row_limit_b", "series_limit", "limit", "server_page_length")


def check_charts(index: Index) -> None:
    """Check all charts."""
    for chart in index.of.get("charts", []):
        viz = _type(chart, index)
        params = mapping(chart.data.get("params"))
        _limits(chart, params, index)
        _comparison(chart, params, index)
        if viz and isinstance(chart.data.get("params", {}), dict):
            _required(chart, params, viz, index)
        dataset = index.dataset_of(chart)
        if dataset:
            if viz:
                _grain(chart, params, viz, dataset, index)
            _names(chart, params, viz, dataset, index)


def _type(chart: AssetFile, index: Index) -> VizType | None:
    name = text(chart.data.get("viz_type"))
    where = chart.source.at_value(("viz_type",))
    inner = mapping(chart.data.get("params")).get("viz_type")
    if name and inner is not None and inner != name:
        index.found.add(
            "asset-viz-type-differs",
            f"the chart is a '{name}' and its params say '{inner}'",
            chart.source.at_value(("params", "viz_type")),
            f"write `viz_type: {name}` in both",
        )
    if name in SUCCESSORS:
        what = f"Superset dropped '{name}'; its successor is '{SUCCESSORS[name]}'"
        index.found.add("asset-viz-type-old", what, where, f"write `viz_type: {SUCCESSORS[name]}` and its params")
    elif name in DROPPED:
        what = f"Superset dropped '{name}'; in its place there are {DROPPED[name]}"
        index.found.add("asset-viz-type-old", what, where, f"remove the chart and use {DROPPED[name]}")
    elif name and name not in REGISTERED:
        index.found.add(
            "asset-viz-type",
            f"Superset has no chart type '{name}'.{did_you_mean(name, REGISTERED)}",
            where,
            "use a type that `lakefront superset new chart --help` lists",
        )
    return REGISTERED.get(name)


def _limits(chart: AssetFile, params: dict[str, Any], index: Index) -> None:
    for key in _LIMITS:
        value = params.get(key)
        number = int(value) if isinstance(value, str) and value.isdecimal() else value
        if isinstance(number, int) and number > _MOST_ROWS:
            index.found.add(
                "asset-row-limit",
                f"{key} is {number:,}; a chart asks for {_MOST_ROWS:,} rows at most",
                chart.source.at_value(("params", key)),
                f"write `{key}: {_MOST_ROWS}` or less; more rows are for SQL",
            )


def _comparison(chart: AssetFile, params: dict[str, Any], index: Index) -> None:
    ranges = [
        (number, mapping(item).get("comparator"))
        for number, item in enumerate(listed(params.get("adhoc_filters")))
        if mapping(item).get("operator") == "TEMPORAL_RANGE"
    ]
    if listed(params.get("time_compare")) and ranges and all(period in _NO_PERIOD for _, period in ranges):
        index.found.add(
            "asset-comparison-open",
            "the chart compares with another period and has none of its own: opened by itself it shows an error",
            chart.source.at_value(("params", "adhoc_filters", ranges[0][0], "comparator")),
            "write the period that its dashboard begins with, as in `comparator: '2026-01-01 : 2026-02-01'`",
        )


def _grain(chart: AssetFile, params: dict[str, Any], viz: VizType, dataset: Dataset, index: Index) -> None:
    axis = text(params.get("x_axis"))
    if axis in dataset.times and viz.of(ParamKind.TIME_GRAIN) and not params.get("time_grain_sqla"):
        index.found.add(
            "asset-time-grain",
            f"nothing says how '{axis}' is grouped: the chart has a point for every moment in the data",
            chart.source.at_value(("params", "x_axis")),
            "write `time_grain_sqla: P1D` (a day), P1W, P1M, or another of Superset's grains",
        )


def _required(chart: AssetFile, params: dict[str, Any], viz: VizType, index: Index) -> None:
    for group in viz.missing(params):
        wanted = " or ".join(f"'{key}'" for key in group)
        index.found.add(
            "asset-param-missing",
            f"a '{viz.name}' cannot be drawn without {wanted}",
            chart.source.at_key(("params",)),
            f"add `{group[0]}: …` to params",
        )


def _names(chart: AssetFile, params: dict[str, Any], viz: VizType | None, dataset: Dataset, index: Index) -> None:
    certified = bool(chart.data.get("certified_by"))
    columns = viz.of(ParamKind.COLUMN, ParamKind.COLUMNS) if viz else ()
    metrics = viz.of(ParamKind.METRIC, ParamKind.METRICS) if viz else ()
    for key in dict.fromkeys((*SHARED_COLUMNS, *columns)):
        for path, value in _each(params, key):
            check_column(chart, path, value, dataset, index)
    for number, value in enumerate(listed(params.get("order_by_cols"))):
        check_column(chart, ("params", "order_by_cols", number), _ordered(value), dataset, index)
    for key in dict.fromkeys((*SHARED_METRICS, *metrics)):
        for path, value in _each(params, key):
            check_metric(chart, path, value, dataset, index, certified=certified)
    for key in ("adhoc_filters", "adhoc_filters_b"):
        check_filters(chart, ("params", key), listed(params.get(key)), dataset, index)


def _each(params: dict[str, Any], key: str) -> Iterator[tuple[Path_, Any]]:
    value = params.get(key)
    if isinstance(value, list):
        for number, item in enumerate(listed(value)):
            yield ("params", key, number), item
    elif value is not None:
        yield ("params", key), value


def _ordered(value: Any) -> Any:
    """Return the column of an order, which Superset keeps as JSON: `["day", true]`."""
    try:
        pair = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value
    items = listed(pair)
    return items[0] if items else None
