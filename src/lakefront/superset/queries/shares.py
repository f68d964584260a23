"""Charts of one value a group: pies, funnels, gauges, trees, flows, clouds, heat maps, histograms, boxes, bubbles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lakefront.superset.queries import operators as step
from lakefront.superset.queries.base import Query, context, number
from lakefront.superset.queries.form import Form, NotDerivedError
from lakefront.superset.queries.values import (
    as_list,
    column_label,
    metric_label,
    time_axis,
    x_axis,
)

Context = dict[str, Any]


def plain(form: Form) -> Context:
    """The shared query as it is: a big number without a trend."""
    return context(form, lambda base: [base])


def by_metric(form: Form) -> Context:
    """Groups, the largest first where the chart sorts by its metric."""
    order = {"orderby": [[_metric(form), False]]} if form.get("sort_by_metric") else {}
    return context(form, _changed(lambda base: {**base, **order}))


def pie(form: Form) -> Context:
    """Groups and the share of each."""
    label = metric_label(_metric(form))
    share = {
        "operation": "contribution",
        "options": {"columns": [label], "rename_columns": [f"{label}__contribution"]},
    }
    return context(form, _changed(lambda base: {**base, **_largest_first(form), "post_processing": [share]}))


def treemap(form: Form) -> Context:
    """Nested groups, in the order of the metric and then of their names."""
    order = [*_largest_first(form).get("orderby", []), *_by_name(as_list(form.get("groupby")))]
    return context(form, _changed(lambda base: {**base, **_limited(form, order)}))


def sankey(form: Form) -> Context:
    """Flows from a source to a target."""
    ends = [form.get("source"), form.get("target")]
    order = [*_largest_first(form).get("orderby", []), *([end, True] for end in ends if end or end == [])]
    return context(form, _changed(lambda base: {**base, "groupby": ends, **_limited(form, order)}))


def word_cloud(form: Form) -> Context:
    """Words sized by a metric."""
    series = form.get("series")
    order = [*_largest_first(form).get("orderby", []), *([[series, True]] if series else [])]
    return context(form, _changed(lambda base: {**base, **_limited(form, order)}))


def waterfall(form: Form) -> Context:
    """Steps from one x value to the next."""
    columns = [*as_list(form.get("x_axis") or form.get("granularity_sqla")), *as_list(form.get("groupby"))]
    order = [[column, True] for column in columns]
    return context(form, _changed(lambda base: {**base, "columns": columns, "orderby": order}))


def heatmap(form: Form) -> Context:
    """A colour for each pair of an x and a y value."""
    label = metric_label(_metric(form))
    columns = [*as_list(x_axis(form)), *as_list(form.get("groupby"))]
    order: list[Any] = []
    for place, name in enumerate(("sort_x_axis", "sort_y_axis")):
        how = form.get(name)
        if how and "value" not in how and place >= len(columns):
            raise NotDerivedError("the heat map is sorted by an axis that it does not have")
        if how:
            order.append([label if "value" in how else columns[place], "asc" in how])
    across = {"x": form.get("x_axis"), "y": form.get("groupby")}.get(str(form.get("normalize_across")))
    ranked = step.rank(label, column_label(across))
    return context(
        form, _changed(lambda base: {**base, "columns": columns, "orderby": order, "post_processing": [ranked]})
    )


def histogram(form: Form) -> Context:
    """The values of a column, row by row, for Superset to count in bins."""

    def change(base: Query) -> Query:
        rest = {key: value for key, value in base.items() if key != "metrics"}
        columns = [*as_list(form.get("groupby")), form.get("column")]
        return {**rest, "columns": columns, "post_processing": [step.histogram(form, base)]}

    return context(form, _changed(change))


def box_plot(form: Form) -> Context:
    """Values spread over the columns, in boxes a group."""
    spread = as_list(form.get("columns"))
    if not spread and form.get("granularity_sqla"):
        spread = [form["granularity_sqla"]]
    columns = [time_axis(form, column, form.get("time_grain_sqla")) or column for column in spread]

    def change(base: Query) -> Query:
        groups = as_list(form.get("groupby"))
        return {
            **base,
            "columns": [*columns, *groups],
            **({"series_columns": form["groupby"]} if "groupby" in form else {}),
            "post_processing": [step.box_plot(form, base)],
        }

    return context(form, _changed(change))


def bubble(form: Form) -> Context:
    """Points of two metrics, sized by a third."""
    columns = [*as_list(form.get("entity")), *as_list(form.get("series"))]

    def change(base: Query) -> Query:
        order = as_list(base.get("orderby"))
        rest = {key: value for key, value in base.items() if key != "orderby"}
        first = {"orderby": [[order[0], not base.get("order_desc")]]} if order else {}
        return {**rest, "columns": columns, **first}

    return context(form, _changed(change))


def _changed(change: Callable[[Query], Query]) -> Callable[[Query], list[Query]]:
    return lambda base: [change(base)]


def _metric(form: Form) -> Any:
    if not form.get("metric"):
        raise NotDerivedError("the chart has no metric, which stops the browser too")
    return form["metric"]


def _largest_first(form: Form) -> dict[str, Any]:
    return {"orderby": [[form["metric"], False]]} if form.get("sort_by_metric") and form.get("metric") else {}


def _by_name(columns: list[Any]) -> list[Any]:
    return [[column, True] for column in columns if isinstance(column, str) and column]


def _limited(form: Form, order: list[Any]) -> dict[str, Any]:
    """Return the order where a limit makes it matter."""
    has_limit = form.get("row_limit") is not None and number(form["row_limit"]) != 0
    return {"orderby": order} if has_limit and order else {}
