"""Charts over an x axis: time series, mixed charts, big numbers with a trend."""

from __future__ import annotations

from typing import Any, Final

from lakefront.superset.queries import operators as step
from lakefront.superset.queries.base import Query, context, order_of, with_order
from lakefront.superset.queries.form import Form
from lakefront.superset.queries.values import as_list, has_x_axis, x_axis_columns

Context = dict[str, Any]

#: What the second half of a mixed chart has controls for; all else it shares with the first half.
_SECOND: Final = frozenset(
    {
        "metrics",
        "groupby",
        "adhoc_filters",
        "limit",
        "timeseries_limit_metric",
        "order_desc",
        "row_limit",
        "truncate_metric",
        "rolling_type",
        "rolling_periods",
        "min_periods",
        "time_compare",
        "comparison_type",
        "resample_rule",
        "resample_method",
    }
)


def timeseries(form: Form) -> Context:
    """Lines, bars, areas and points over an x axis."""

    def build(base: Query) -> list[Query]:
        shifts = as_list(form.get("time_compare")) if step.compares_times(form, base) else []
        steps = [
            step.pivot(form, base),
            step.resample(form, base),
            step.rolling(form, base),
            step.compare(form, base),
            step.rename(form, base),
            step.contribution(form, shifts),
            step.sort(form, base),
            step.FLATTEN,
            step.forecast(form, base),
        ]
        own = {key: value for key, value in base.items() if key != "orderby"}
        query = {
            **own,
            "metrics": [*as_list(base.get("metrics")), *step.sorting_metrics(form)],
            **_on_axis(form, form),
            **order_of(base),
            "time_offsets": shifts,
            "post_processing": steps,
        }
        return [query]

    return context(form, build)


def mixed(form: Form) -> Context:
    """Two series of metrics over one x axis: two queries, the second from the parameters that end in `_b`."""
    first = {key: value for key, value in form.items() if not key.endswith("_b")}
    second = {key.removesuffix("_b"): value for key, value in form.items() if key.endswith("_b")}
    second |= {key: value for key, value in first.items() if key not in second and key not in _SECOND}
    contexts = [_half(form, half) for half in (first, second)]
    return {**contexts[0], "queries": [query for made in contexts for query in made["queries"]]}


def _half(form: Form, half: Form) -> Context:
    def build(base: Query) -> list[Query]:
        query = {**base, **_on_axis(form, half)}
        shifts = as_list(half.get("time_compare")) if step.compares_times(half, query) else []
        steps = [
            step.pivot(half, query),
            step.resample(half, query),
            step.rolling(half, query),
            step.compare(half, query),
            step.rename(half, query),
            step.FLATTEN,
        ]
        return [with_order({**query, "time_offsets": shifts, "post_processing": steps})]

    return context(half, build)


def _on_axis(form: Form, half: Form) -> dict[str, Any]:
    made: dict[str, Any] = {"columns": [*x_axis_columns(form), *as_list(half.get("groupby"))]}
    if "groupby" in half:
        made["series_columns"] = half["groupby"]
    return made if has_x_axis(form) else {**made, "is_timeseries": True}


def big_number(form: Form) -> Context:
    """A number with its trend; where it is the value of the whole range, a second query asks for that."""

    def build(base: Query) -> list[Query]:
        axis = x_axis_columns(form)
        trend = {
            **base,
            "columns": axis,
            **({} if axis else {"is_timeseries": True}),
            "post_processing": [
                step.pivot(form, base, shifted=False),
                step.resample(form, base),
                step.rolling(form, base),
                step.FLATTEN,
            ],
        }
        if form.get("aggregation") != "raw":
            return [trend]
        return [trend, {**base, "columns": [], "is_timeseries": False, "post_processing": []}]

    return context(form, build)
