"""Columns and metrics as form data has them: by name, or written out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeGuard, TypeVar, cast

_T = TypeVar("_T")


def as_list(value: Any) -> list[Any]:
    """Return a control's value as a list, whether it holds one, many or none."""
    if value is None:
        return []
    return list(cast("list[Any]", value)) if isinstance(value, list) else [value]


def extra_of(form: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a dashboard's filters add to a form."""
    return cast("Mapping[str, Any]", form.get("extra_form_data") or {})


def metric_label(metric: Any) -> Any:
    """Return what a metric is called in the result."""
    if not isinstance(metric, Mapping):
        return metric
    item = cast("Mapping[str, Any]", metric)
    if item.get("label"):
        return item["label"]
    if item.get("expressionType") == "SIMPLE":
        column = cast("Mapping[str, Any]", item.get("column") or {})
        return f"{item.get('aggregate')}({column.get('columnName') or column.get('column_name')})"
    return item.get("sqlExpression")


def column_label(column: Any) -> Any:
    """Return what a column is called in the result; None for no column."""
    if not isinstance(column, Mapping):
        return None if isinstance(column, list) else column
    item = cast("Mapping[str, Any]", column)
    return item.get("label") or item.get("sqlExpression")


def is_written_out(column: Any) -> TypeGuard[Mapping[str, Any]]:
    """Say whether a column is an expression of its own, not a name."""
    if not isinstance(column, Mapping):
        return False
    item = cast("Mapping[str, Any]", column)
    return "sqlExpression" in item and "label" in item and item.get("expressionType", "SQL") == "SQL"


def is_metric(value: Any) -> bool:
    """Say whether a value is a metric: a name, or an expression of either kind."""
    if isinstance(value, str):
        return True
    return isinstance(value, Mapping) and cast("Mapping[str, Any]", value).get("expressionType") in ("SIMPLE", "SQL")


def distinct(values: Iterable[_T], key: Callable[[_T], Any]) -> list[_T]:
    """Return the first value of each key, in order."""
    found: dict[Any, _T] = {}
    for value in values:
        found.setdefault(key(value), value)
    return list(found.values())


def time_axis(form: Mapping[str, Any], column: Any, grain: Any) -> dict[str, Any] | None:
    """Return a column as the time axis of a table, pivot or box plot; None when it is not one.

    It is one when it is a name that the chart's lookup calls temporal, and a grain is chosen.
    """
    lookup = cast("Mapping[str, Any]", form.get("temporal_columns_lookup") or {})
    if isinstance(column, str) and grain and lookup.get(column):
        return grained(column, grain)
    return None


def grained(column: str, grain: Any) -> dict[str, Any]:
    """Return a column cut to a grain."""
    return {
        "timeGrain": grain,
        "columnType": "BASE_AXIS",
        "sqlExpression": column,
        "label": column,
        "expressionType": "SQL",
    }


def has_x_axis(form: Mapping[str, Any]) -> bool:
    """Say whether the chart has an x axis that its query knows as one."""
    return isinstance(form.get("x_axis"), str) or is_written_out(form.get("x_axis"))


def x_axis(form: Mapping[str, Any]) -> Any:
    """Return the column of the x axis, `__timestamp` for a time column of the old kind, None for neither."""
    if not (form.get("granularity_sqla") or form.get("x_axis")):
        return None
    return form["x_axis"] if has_x_axis(form) else "__timestamp"


def x_axis_label(form: Mapping[str, Any]) -> Any:
    """Return what the x axis is called in the result."""
    return column_label(x_axis(form))


def x_axis_columns(form: Mapping[str, Any]) -> list[Any]:
    """Return the x axis as the columns of a query: one or none."""
    return as_list(x_axis(form)) if has_x_axis(form) else []
