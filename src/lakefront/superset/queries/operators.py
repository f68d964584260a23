"""The steps that Superset runs over a result: each from the form and the query, or None where it is not asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from lakefront.superset.queries.base import Query, number
from lakefront.superset.queries.form import Form, NotDerivedError
from lakefront.superset.queries.values import as_list, column_label, metric_label, x_axis_label

Step = dict[str, Any] | None

_COMPARISONS: Final = ("values", "difference", "percentage", "ratio")
_PERCENTILES: Final = re.compile(r"(\d+)/(\d+) percentiles")
FLATTEN: Final[Mapping[str, str]] = {"operation": "flatten"}


def offsets(form: Form, query: Query) -> dict[str, Any]:
    """Return the columns of the shifted metrics, each with the metric that it is of."""
    labels = [metric_label(metric) for metric in as_list(query.get("metrics"))]
    return {f"{label}__{shift}": label for label in labels for shift in as_list(form.get("time_compare"))}


def compares_times(form: Form, query: Query) -> bool:
    """Say whether the chart shows its metrics beside those of another time."""
    return form.get("comparison_type") in _COMPARISONS and bool(offsets(form, query))


def sorting_metrics(form: Form) -> list[Any]:
    """Return the metric that the x axis is sorted by where the chart does not show it."""
    by = next(iter(as_list(form.get("timeseries_limit_metric"))), None)
    shown = [metric_label(metric) for metric in as_list(form.get("metrics"))]
    label = metric_label(by)
    wanted = by and not as_list(form.get("groupby")) and label == form.get("x_axis_sort") and label not in shown
    return [by] if wanted else []


def _series(query: Query) -> list[Any]:
    columns = query.get("series_columns")
    return as_list(columns if columns is not None else query.get("columns"))


def pivot(form: Form, query: Query, *, shifted: bool = True) -> Step:
    """One row an x value, one column a metric and series; with the shifted metrics, if the chart can show them."""
    if shifted and compares_times(form, query):
        found = offsets(form, query)
        labels = [*found.values(), *found]
    else:
        labels = [metric_label(item) for item in (*as_list(query.get("metrics")), *sorting_metrics(form))]
    axis = x_axis_label(form)
    if not (axis and labels):
        return None
    return {
        "operation": "pivot",
        "options": {
            "index": [axis],
            "columns": [column_label(column) for column in _series(query)],
            "aggregates": {label: {"operator": "mean"} for label in labels},
            "drop_missing_columns": not form.get("show_empty_columns"),
        },
    }


def resample(form: Form, _query: Query) -> Step:
    """Fill or gather the time axis to another step."""
    method, rule = form.get("resample_method"), form.get("resample_rule")
    if not (method and rule):
        return None
    zero = method == "zerofill"
    options = {"method": "asfreq" if zero else method, "rule": rule, "fill_value": 0 if zero else None}
    return {"operation": "resample", "options": options}


def rolling(form: Form, query: Query) -> Step:
    """A rolling or cumulated value in the place of each metric."""
    if compares_times(form, query):
        found = offsets(form, query)
        labels = [*found.values(), *found]
    else:
        # Here a metric without a label of its own is left out by Superset.
        metrics = as_list(query.get("metrics"))
        labels = [item if isinstance(item, str) else item.get("label") for item in metrics]
    columns = {label: label for label in labels if label is not None}
    kind = form.get("rolling_type")
    if kind == "cumsum":
        return {"operation": "cum", "options": {"operator": "sum", "columns": columns}}
    if kind not in ("sum", "mean", "std"):
        return None
    options = {
        "rolling_type": kind,
        "window": _whole(form.get("rolling_periods"), 1),
        "min_periods": _whole(form.get("min_periods"), 0),
        "columns": columns,
    }
    return {"operation": "rolling", "options": options}


def compare(form: Form, query: Query) -> Step:
    """The difference to the other time in the place of both values."""
    if not compares_times(form, query) or form.get("comparison_type") == "values":
        return None
    found = offsets(form, query)
    options = {
        "source_columns": list(found.values()),
        "compare_columns": list(found),
        "compare_type": form["comparison_type"],
        "drop_original_columns": True,
    }
    return {"operation": "compare", "options": options}


def rename(form: Form, query: Query) -> Step:
    """Series called by what tells them apart, without the name of an only metric."""
    metrics, shifts = as_list(query.get("metrics")), as_list(form.get("time_compare"))
    shifted = compares_times(form, query)
    several = len(_series(query)) > 0 or len(shifts) > 1
    if not (metrics and x_axis_label(form) and (shifted or (several and form.get("truncate_metric")))):
        return None
    kind = form.get("comparison_type")
    names: dict[str, Any] = {}
    if shifted:
        for column, metric in offsets(form, query).items():
            shift = next((item for item in shifts if str(item) in column), None)
            key = column if kind == "values" else f"{kind}__{metric}__{column}"
            names[key] = f"{metric}, {shift}" if len(metrics) > 1 else shift
    if kind not in ("difference", "percentage", "ratio") and len(metrics) == 1 and not names:
        names[metric_label(metrics[0])] = None
    return {"operation": "rename", "options": {"columns": names, "level": 0, "inplace": True}} if names else None


def contribution(form: Form, shifts: list[Any]) -> Step:
    """Shares in the place of values."""
    mode = form.get("contributionMode")
    return {"operation": "contribution", "options": {"orientation": mode, "time_shifts": shifts}} if mode else None


def sort(form: Form, _query: Query) -> Step:
    """The x axis sorted by itself or by a metric."""
    by, ascending = form.get("x_axis_sort"), form.get("x_axis_sort_asc")
    axis = x_axis_label(form)
    metrics = (*as_list(form.get("metrics")), *sorting_metrics(form))
    known = [label for label in (axis, *(metric_label(metric) for metric in metrics)) if label]
    if by is None or ascending is None or by not in known or as_list(form.get("groupby")):
        return None
    how = {"is_sort_index": True} if by == axis else {"by": by}
    return {"operation": "sort", "options": {**how, "ascending": ascending}}


def forecast(form: Form, _query: Query) -> Step:
    """A forecast of the series."""
    axis = x_axis_label(form)
    if not (form.get("forecastEnabled") and axis):
        return None
    seasons = {"yearly": "Yearly", "weekly": "Weekly", "daily": "Daily"}
    options = {
        "periods": _whole(form.get("forecastPeriods"), None),
        "confidence_interval": number(form.get("forecastInterval")),
        "index": axis,
        **{
            f"{name}_seasonality": form[f"forecastSeasonality{key}"]
            for name, key in seasons.items()
            if f"forecastSeasonality{key}" in form
        },
    }
    if "time_grain_sqla" in form:
        options["time_grain"] = form["time_grain_sqla"]
    return {"operation": "prophet", "options": options}


def aggregate(form: Form, query: Query) -> Step:
    """All rows of a big number gathered into one."""
    how = form.get("aggregation", "LAST_VALUE")
    labels = [metric_label(metric) for metric in as_list(query.get("metrics"))]
    if how in ("LAST_VALUE", "raw") or not labels:
        return None
    return {
        "operation": "aggregate",
        "options": {"groupby": [], "aggregates": {label: {"operator": how, "column": label} for label in labels}},
    }


def box_plot(form: Form, query: Query) -> Step:
    """Quartiles, whiskers and outliers of each group."""
    whiskers = form.get("whiskerOptions")
    if not whiskers:
        return None
    options: dict[str, Any] = {
        "groupby": [column_label(column) for column in as_list(form.get("groupby"))],
        "metrics": [metric_label(metric) for metric in as_list(query.get("metrics"))],
    }
    percentiles = _PERCENTILES.search(str(whiskers))
    if whiskers == "Tukey":
        options["whisker_type"] = "tukey"
    elif whiskers == "Min/max (no outliers)":
        options["whisker_type"] = "min/max"
    elif percentiles:
        options |= {"whisker_type": "percentile", "percentiles": [int(percentiles[1]), int(percentiles[2])]}
    else:
        raise NotDerivedError(f"the whiskers '{whiskers}' stop the browser too")
    return {"operation": "boxplot", "options": options}


def histogram(form: Form, _query: Query) -> Step:
    """Counts of the values in bins."""
    bins = number(form["bins"]) if form.get("bins") is not None else 0
    options: dict[str, Any] = {
        "groupby": [column_label(column) for column in as_list(form.get("groupby"))],
        "bins": 5 if bins is None else bins,
    }
    named = {"column": column_label(form.get("column"))}
    options |= {key: value for key, value in named.items() if value is not None}
    options |= {key: form[key] for key in ("cumulative", "normalize") if key in form}
    return {"operation": "histogram", "options": options}


def rank(metric: Any, by: Any) -> Step:
    """The place of each value among its like, for the colour."""
    return {"operation": "rank", "options": {"metric": metric, **({"group_by": by} if by is not None else {})}}


def _whole(value: Any, otherwise: int | None) -> int | None:
    found = re.match(r"\s*[-+]?\d+", str(value))
    return int(found[0]) if found else otherwise
