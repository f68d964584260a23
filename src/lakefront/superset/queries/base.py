"""The part of a query that all viz types share: fields, filters, limits."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from lakefront.superset.queries.form import Form, NotDerivedError
from lakefront.superset.queries.values import (
    as_list,
    column_label,
    distinct,
    has_x_axis,
    is_metric,
    is_written_out,
    metric_label,
)

Query = dict[str, Any]
Build = Callable[[Query], list[Query]]

#: Which list of the query each parameter ends in.
_FIELDS: Final = {
    "metric": "metrics",
    "metric_2": "metrics",
    "secondary_metric": "metrics",
    "x": "metrics",
    "y": "metrics",
    "size": "metrics",
    "metrics": "metrics",
    "all_columns": "columns",
    "columns": "columns",
    "series": "groupby",
    "groupby": "groupby",
    "order_by_cols": "orderby",
    "orderby": "orderby",
}
#: What a dashboard's filters put in the place of the chart's own, and where it stands in the query.
_OVERRIDES: Final = {
    "granularity": "granularity",
    "granularity_sqla": "granularity",
    "time_column": "time_column",
    "time_grain": "time_grain",
    "time_range": "time_range",
    "time_compare": "time_compare",
}
_EXTRA_OVERRIDES: Final = ("relative_start", "relative_end", "time_grain_sqla")
_NOT_IN_CHARTS: Final = ("extra_filters", "since", "until", "granularity")


def context(form: Form, build: Build) -> dict[str, Any]:
    """Return the query context: the form's base query, made into queries by the viz type's own rule."""
    queries = build(base_query(form))
    for query in queries:
        if isinstance(query.get("post_processing"), list):
            query["post_processing"] = [step for step in query["post_processing"] if step]
    if has_x_axis(form):
        queries = [_with_time_axis(form, query) for query in queries]
    number, _, kind = str(form["datasource"]).partition("__")
    return {
        "datasource": {"id": int(number), "type": "query" if kind == "query" else "table"},
        "force": False,
        "queries": queries,
        "form_data": form,
        "result_format": "json",
        "result_type": "full",
    }


def base_query(form: Form) -> Query:
    """Return the shared part. Raises NotDerivedError for parameters that no chart of today has."""
    for name in _NOT_IN_CHARTS:
        if form.get(name):
            raise NotDerivedError(f"the parameter '{name}' is of an old Superset; its query is not derived")
    extra = cast("dict[str, Any]", form.get("extra_form_data") or {})
    query: Query = {"filters": [], "extras": {}, "applied_time_extras": {}}
    if form.get("time_range"):
        query["time_range"] = form["time_range"]
    if form.get("granularity_sqla"):
        query["granularity"] = form["granularity_sqla"]
    query["filters"], query["extras"] = _filters(form, extra)
    query |= _fields(form)
    query["annotation_layers"] = form.get("annotation_layers", [])
    query |= _limits(form)
    query["order_desc"] = form.get("order_desc", True)
    query["url_params"] = form["url_params"]
    query["custom_params"] = form.get("custom_params", {})
    query |= {target: extra[name] for name, target in _OVERRIDES.items() if name in extra}
    query["extras"] |= {name: extra[name] for name in _EXTRA_OVERRIDES if name in extra}
    query["custom_form_data"] = extra.get("custom_form_data", {})
    return query


def _filters(form: Form, extra: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Return the filters, those of the dashboard first, and the conditions written as SQL."""
    filters = [*as_list(form.get("filters")), *as_list(extra.get("filters"))]
    extras: dict[str, Any] = {}
    if "time_grain_sqla" in form:
        extras["time_grain_sqla"] = form["time_grain_sqla"]
    where = [form["where"]] if form.get("where") else []
    having: list[str] = []
    for item in [*as_list(form.get("adhoc_filters")), *as_list(extra.get("adhoc_filters"))]:
        is_where = item.get("clause") == "WHERE"
        if item.get("expressionType") != "SIMPLE":
            (where if is_where else having).append(str(item.get("sqlExpression")))
        elif is_where:
            filters.append(_simple(item))
    extras["having"] = " AND ".join(_bracketed(text) for text in having)
    extras["where"] = " AND ".join(_bracketed(text) for text in where)
    return filters, extras


def _simple(item: Mapping[str, Any]) -> dict[str, Any]:
    made = {"col": item.get("subject"), "op": item.get("operator")}
    if item.get("operator") not in ("IS NULL", "IS NOT NULL") and "comparator" in item:
        made["val"] = item["comparator"]
    return made


def _bracketed(sql: str) -> str:
    # A comment would swallow the bracket.
    return f"({sql}\n)" if "--" in sql else f"({sql})"


def _fields(form: Form) -> dict[str, Any]:
    mode = form.get("query_mode")
    metrics: list[Any] = []
    columns: list[Any] = []
    orderby: list[Any] = []
    for name, value in form.items():
        field = _FIELDS.get(name)
        if field is None or value is None or (mode == "aggregate" and field == "columns"):
            continue
        if mode == "raw" and field in ("groupby", "metrics"):
            continue
        into = {"metrics": metrics, "orderby": orderby}.get(field, columns)
        into += as_list(value)
    fields: dict[str, Any] = {
        "columns": distinct((column for column in columns if column != ""), _key(column_label)),
    }
    if mode != "raw":
        fields["metrics"] = distinct(metrics, _key(metric_label))
    if orderby:
        fields["orderby"] = [_order(item) for item in orderby]
    return fields


def _key(label: Callable[[Any], Any]) -> Callable[[Any], str]:
    return lambda value: str(label(value))


def _order(item: Any) -> Any:
    if not isinstance(item, str):
        return item
    try:
        return json.loads(item)
    except ValueError:
        raise NotDerivedError(f"the order '{item}' stops the browser too: it wants a column and a direction") from None


def _limits(form: Form) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    for name in ("row_limit", "row_offset"):
        value = number(form.get(name))
        if value is not None:
            limits[name] = value
    if "series_columns" in form:
        limits["series_columns"] = form["series_columns"]
    series_limit = form.get("series_limit")
    limits["series_limit"] = series_limit if series_limit is not None else number(form.get("limit")) or 0
    by = form.get("series_limit_metric")
    by = by if is_metric(by) else form.get("timeseries_limit_metric")
    if by is not None:
        limits["series_limit_metric"] = by
    others = form.get("group_others_when_limit_reached")
    limits["group_others_when_limit_reached"] = False if others is None else others
    return limits


def number(value: Any) -> int | float | None:
    """Return a limit as a number; None for no limit and for words."""
    if value is None or isinstance(value, (int, float)):
        return value
    try:
        found = float(str(value) or "0")
    except ValueError:
        return None
    return int(found) if found.is_integer() else found


def _with_time_axis(form: Form, query: Query) -> Query:
    """Mark the x axis among the columns, with the grain that the query asks for."""
    axis = form["x_axis"]
    extras = cast("dict[str, Any]", query.get("extras") or {})
    mark: dict[str, Any] = {"columnType": "BASE_AXIS"}
    if "time_grain_sqla" in extras:
        mark["timeGrain"] = extras["time_grain_sqla"]
    columns: list[Any] = as_list(query.get("columns"))
    for place, column in enumerate(columns):
        if isinstance(column, str) and column == axis:
            named = {"sqlExpression": axis, "label": axis, "expressionType": "SQL", "isColumnReference": True}
            columns[place] = {**mark, **named}
        elif is_written_out(column) and is_written_out(axis) and column["sqlExpression"] == axis["sqlExpression"]:
            columns[place] = {**mark, **column}
        else:
            continue
        return {**{key: value for key, value in query.items() if key != "is_timeseries"}, "columns": columns}
    return query


def with_order(query: Query) -> Query:
    """Return the query with an order: its own, or that of its series' metric, or that of its first metric.

    Where the order is not its own, what it came of is taken out.
    """
    own = as_list(query.get("orderby"))
    first = own[0] if own else None
    if isinstance(first, list):
        pair = cast("list[Any]", first)
        if len(pair) == 2 and pair[0] and isinstance(pair[1], bool):
            return query
    dropped = ("series_limit_metric", "order_desc", "orderby")
    rest = {key: value for key, value in query.items() if key not in dropped}
    by = query.get("series_limit_metric") or next(iter(as_list(query.get("metrics"))), None)
    return {**rest, "orderby": [[by, not query.get("order_desc")]]} if by else rest


def order_of(query: Query) -> dict[str, Any]:
    """Return the order alone, as `{"orderby": …}`, or nothing for a query without any."""
    found = with_order(query)
    return {"orderby": found["orderby"]} if "orderby" in found else {}
