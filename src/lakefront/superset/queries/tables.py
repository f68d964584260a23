"""Tables: rows as they are, rows gathered by group, pivots and templates."""

from __future__ import annotations

from typing import Any

from lakefront.superset.queries import operators as step
from lakefront.superset.queries.base import Query, context, number, order_of
from lakefront.superset.queries.form import Form
from lakefront.superset.queries.values import as_list, distinct, extra_of, grained, metric_label, time_axis
from lakefront.superset.viz_model import is_raw

Context = dict[str, Any]


def table(form: Form) -> Context:
    """A table: its rows, and where the chart asks for them its totals and the sums that percentages are of."""

    def build(base: Query) -> list[Query]:
        rows = _rows(form, base)
        main = _first_page(form, rows) if form.get("server_pagination") else [rows]
        return [*main, *_extra(form, main[0])]

    return context(form, build)


def _rows(form: Form, base: Query) -> Query:
    shifts = _shifts(form, base)
    if is_raw(form):
        order = as_list(base.get("orderby"))
        return {**base, "orderby": order, "post_processing": [], "time_offsets": shifts}
    metrics, steps = as_list(base.get("metrics")), []
    order = as_list(base.get("orderby"))
    by = next(iter(as_list(form.get("timeseries_limit_metric"))), None)
    if by:
        order = [[by, not form.get("order_desc", False)]]
    elif metrics:
        order = [[metrics[0], False]]
    percent = as_list(form.get("percent_metrics"))
    if percent:
        metrics = distinct([*metrics, *percent], lambda item: str(metric_label(item)))
        steps.append(_percentages(form, base, percent, shifts))
    if shifts:
        steps.append(step.compare(form, base))
    return {
        **base,
        "columns": _with_grain(form, as_list(base.get("columns"))),
        "orderby": order,
        "metrics": metrics,
        "post_processing": steps,
        "time_offsets": shifts,
    }


def _shifts(form: Form, base: Query) -> list[Any]:
    wanted = as_list(form.get("time_compare"))
    shifts: list[Any] = []
    if step.compares_times(form, base):
        shifts = [shift for shift in wanted if shift not in ("custom", "inherit")]
        shifts += [form.get("start_date_offset")] if "custom" in wanted else []
        shifts += ["inherit"] if "inherit" in wanted else []
    extra = extra_of(form).get("time_compare")
    return [extra] if extra and extra not in shifts else shifts


def _percentages(form: Form, base: Query, percent: list[Any], shifts: list[Any]) -> dict[str, Any]:
    labels = [metric_label(metric) for metric in percent]
    if step.compares_times(form, base):
        labels = [name for label in labels for name in (label, *(f"{label}__{shift}" for shift in shifts))]
    labels = distinct(labels, str)
    return {
        "operation": "contribution",
        "options": {"columns": labels, "rename_columns": [f"%{label}" for label in labels]},
    }


def _with_grain(form: Form, columns: list[Any]) -> list[Any]:
    """Put the first temporal column first, cut to the chart's grain."""
    grain = extra_of(form).get("time_grain_sqla") or form.get("time_grain_sqla")
    for place, column in enumerate(columns):
        axis = time_axis(form, column, grain)
        if axis:
            return [axis, *columns[:place], *columns[place + 1 :]]
    return columns


def _first_page(form: Form, rows: Query) -> list[Query]:
    page = {**rows, "row_limit": form.get("server_page_length"), "row_offset": 0}
    count: Query = {
        **page,
        "time_offsets": [],
        "row_limit": number(form.get("row_limit")) or 0,
        "post_processing": [],
        "is_rowcount": True,
    }
    return [page, count]


def _extra(form: Form, rows: Query) -> list[Query]:
    queries: list[Query] = []
    percent = as_list(form.get("percent_metrics"))
    whole: Query = {**rows, "columns": [], "row_limit": 0, "row_offset": 0, "post_processing": []}
    if form.get("percent_metric_calculation") == "all_records" and percent:
        queries.append({**whole, "metrics": percent, "orderby": [], "is_timeseries": False})
    if rows.get("metrics") and form.get("show_totals") and not is_raw(form):
        queries.append({key: value for key, value in whole.items() if key not in ("orderby", "order_desc")})
    return queries


def pivot_table(form: Form) -> Context:
    """One query of all rows and columns; the browser turns it into the table."""
    grain = extra_of(form).get("time_grain_sqla") or form.get("time_grain_sqla")
    named = distinct([*as_list(form.get("groupbyColumns")), *as_list(form.get("groupbyRows"))], _identity)
    columns = [_pivoted(form, column, grain) for column in named]

    def build(base: Query) -> list[Query]:
        rest = {key: value for key, value in base.items() if key != "orderby"}
        by = base.get("series_limit_metric") or next(iter(as_list(base.get("metrics"))), None)
        order = {"orderby": [[by, not base.get("order_desc")]]} if by else {}
        return [{**rest, **order, "columns": columns}]

    return context(form, build)


def _identity(column: Any) -> Any:
    # Two columns that are written out stay two, even when they say the same.
    return column if isinstance(column, str) else id(column)


def _pivoted(form: Form, column: Any, grain: Any) -> Any:
    if isinstance(column, str) and grain and form.get("granularity_sqla") == column:
        return grained(column, grain)
    return time_axis(form, column, grain) or column


def template(form: Form) -> Context:
    """Rows for a template of the chart's own."""

    def build(base: Query) -> list[Query]:
        return [{**{key: value for key, value in base.items() if key != "orderby"}, **order_of(base)}]

    return context(form, build)
