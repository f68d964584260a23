"""Branches over time: rows are counted in every period that their window covers, and levels at its last moment."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from sqlglot import exp

from lakefront.semantic.compile_scan import dimension_value, plain_select, window_bounds
from lakefront.semantic.expression import parse_row_expression, replace_references
from lakefront.semantic.metrics import MERGEABLE
from lakefront.semantic.model import Aggregate, Grain, Span
from lakefront.semantic.plan_types import Branch, Leaf, Plan, Window
from lakefront.semantic.resolve import Resolved
from lakefront.semantic.tables import aggregate_call, aggregate_over, row_value
from lakefront.semantic.time import TimeKind as Kind
from lakefront.semantic.time import (
    common_unit,
    date_add,
    date_trunc,
    literal_time,
    local_time,
    step_interval,
    truncate,
    truncated,
    wall_clock,
)

_PERIOD = "period"
_MOMENT = "moment"
_EDGE = "edge"
_SUB_DAY = (Grain.MINUTE, Grain.HOUR)


def window_branch(plan: Plan, branch: Branch, name: str, ctes: dict[str, exp.Query]) -> None:
    """Add three CTEs: the rows, the periods that are shown, and the aggregates of the rows of each period's window."""
    window, place = branch.window, branch.period
    if window is None or place is None:
        raise ValueError(name)
    period = branch.dimensions[place]
    grain = period.grain or Grain.DAY
    merge = all(leaf.metric.type in MERGEABLE for leaf in branch.leaves)
    rows, periods = f"{name}_rows", f"{name}_periods"
    others = [(output, item) for output, item in zip(plan.names, branch.dimensions, strict=True) if item is not period]
    ctes[rows] = _rows(plan, branch, window, period, others, merge=merge)
    ctes[periods] = _periods(plan, branch, period)

    shown = exp.column(_PERIOD, table=periods)
    moment = exp.column(_MOMENT, table=rows)
    columns: list[exp.Expr] = []
    for output, item in zip(plan.names, branch.dimensions, strict=True):
        columns.append(exp.alias_(shown.copy(), output) if item is period else exp.column(output, table=rows))
    for leaf in branch.leaves:
        value = exp.column(leaf.name, table=rows)
        columns.append(exp.alias_(_merged(leaf, value) if merge else _of_values(leaf, value), leaf.name))
    select = (
        exp.select(*columns)
        .from_(exp.table_(periods), copy=False)
        .join(exp.table_(rows), on=exp.and_(*_covered(window, grain, shown, moment)), copy=False)
    )
    ctes[name] = select.group_by(*(exp.Literal.number(n) for n in range(1, len(plan.names) + 1)), copy=False)


def level_branch(plan: Plan, branch: Branch, name: str, ctes: dict[str, exp.Query]) -> None:
    """Add two CTEs: the rows with the last (or first) moment of their group, and the aggregates of the rows at it."""
    rows = f"{name}_rows"
    time = branch.fact.time
    if time is None:
        raise ValueError(name)
    moment = row_value(branch.dataset, time)
    dimensions = [dimension_value(branch, item) for item in branch.dimensions]
    edge = exp.Window(
        this=(exp.Max if branch.over_time == "last" else exp.Min)(this=moment.copy()),
        partition_by=[value.copy() for value in dimensions],
    )
    select = plain_select(branch, plan.query).select(
        *(exp.alias_(value, output) for output, value in zip(plan.names, dimensions, strict=True)),
        exp.alias_(moment, _MOMENT),
        exp.alias_(edge, _EDGE),
        *(exp.alias_(_value(branch, leaf.metric), leaf.name) for leaf in branch.leaves),
        copy=False,
    )
    condition = branch.leaves[0].metric.filter
    if condition:
        select = select.where(_on_row(branch, branch.leaves[0].metric, condition), copy=False)
    ctes[rows] = select
    last = exp.select(
        *(exp.column(output) for output in plan.names),
        *(exp.alias_(aggregate_call(leaf.metric, exp.column(leaf.name)), leaf.name) for leaf in branch.leaves),
    )
    last = last.from_(exp.table_(rows), copy=False).where(
        exp.EQ(this=exp.column(_MOMENT), expression=exp.column(_EDGE)), copy=False
    )
    places = [exp.Literal.number(n) for n in range(1, len(plan.names) + 1)]
    ctes[name] = last.group_by(*places, copy=False) if places else last


def _rows(
    plan: Plan,
    branch: Branch,
    window: Window,
    period: Resolved,
    others: list[tuple[str, Resolved]],
    *,
    merge: bool,
) -> exp.Select:
    grain, kind = period.grain or Grain.DAY, period.kind or Kind.DATE
    bounds = window_bounds(window, grain, plan.query, period.zone)
    select = plain_select(branch, plan.query, bounds)
    time = row_value(branch.dataset, period.column)
    columns = [exp.alias_(dimension_value(branch, item), output) for output, item in others]
    if not merge:
        moment = wall_clock(time, kind, period.zone)
        values = [exp.alias_(_value(branch, leaf.metric), leaf.name) for leaf in branch.leaves]
        select = select.select(*columns, exp.alias_(moment, _MOMENT), *values, copy=False)
        return select.where(exp.not_(exp.Is(this=time.copy(), expression=exp.Null())), copy=False)
    # Days or months at once: the join with the periods then meets few rows.
    unit = common_unit(grain, window.span.grain) if window.span else grain
    if window.back:
        unit = common_unit(unit, window.back.grain)
    moment = truncated(time, unit, kind, period.zone)
    values = [exp.alias_(leaf_aggregate(branch, leaf.metric), leaf.name) for leaf in branch.leaves]
    select = select.select(*columns, exp.alias_(moment, _MOMENT), *values, copy=False)
    return select.group_by(*(exp.Literal.number(n) for n in range(1, len(columns) + 2)), copy=False)


def _periods(plan: Plan, branch: Branch, period: Resolved) -> exp.Select:
    """Return every period from the first that is asked for, or has rows, to the last that has rows."""
    grain, kind = period.grain or Grain.DAY, period.kind or Kind.DATE
    time = row_value(branch.dataset, period.column)
    last = truncated(exp.Max(this=time.copy()), grain, kind, period.zone)
    if isinstance(plan.query.since, dt.date):
        start = truncate(local_time(plan.query.since, period.zone), grain)
        first = literal_time(start, Kind.TIMESTAMP if grain in _SUB_DAY else Kind.DATE, period.zone)
    else:
        first = truncated(exp.Min(this=time.copy()), grain, kind, period.zone)
    bare = replace(branch, joins=branch.joins if plan.query.where is not None else ())
    edges = plain_select(bare, plan.query).select(exp.alias_(first, "first"), exp.alias_(last, "last"), copy=False)
    # SEQUENCE refuses to run backwards, as it would where the bounds leave nothing.
    sequence = exp.Anonymous(
        this="SEQUENCE",
        expressions=[
            exp.column("first"),
            exp.Greatest(this=exp.column("first"), expressions=[exp.column("last")]),
            step_interval(grain),
        ],
    )
    unnest = exp.Unnest(
        expressions=[sequence],
        alias=exp.TableAlias(this=exp.to_identifier("steps"), columns=[exp.to_identifier(_PERIOD)]),
    )
    return (
        exp.select(exp.column(_PERIOD))
        .from_(exp.Subquery(this=edges, alias=exp.TableAlias(this=exp.to_identifier("edges"))), copy=False)
        .join(unnest, join_type="cross", copy=False)
        .where(exp.LTE(this=exp.column(_PERIOD), expression=exp.column("last")), copy=False)
    )


def _covered(window: Window, grain: Grain, period: exp.Expr, moment: exp.Expr) -> list[exp.Expr]:
    """Return the conditions under which a row counts for a period."""

    def start() -> exp.Expr:
        return date_add(window.back, period.copy(), sign=-1) if window.back else period.copy()

    end = date_add(Span(count=1, grain=grain), start())
    before_end = exp.LT(this=moment.copy(), expression=end)
    if window.kind == "running":
        return [before_end]
    if window.kind == "to_date" and window.reset:
        first = date_trunc(window.reset, start())
    elif window.kind == "trailing" and window.span:
        first = date_add(window.span, end.copy(), sign=-1)
    else:
        first = start()
    return [exp.GTE(this=moment.copy(), expression=first), before_end]


def _merged(leaf: Leaf, value: exp.Expr) -> exp.Expr:
    kinds: dict[str, type[exp.Expr]] = {"sum": exp.Sum, "min": exp.Min, "max": exp.Max}
    return kinds[MERGEABLE[leaf.metric.type]](this=value)


def _of_values(leaf: Leaf, value: exp.Expr) -> exp.Expr:
    return aggregate_call(leaf.metric, value)


def _value(branch: Branch, metric: Aggregate) -> exp.Expr:
    """Return what an aggregate takes of a row, NULL where its filter leaves the row out."""
    value: exp.Expr = exp.Literal.number(1) if metric.expression == "*" else _on_row(branch, metric, metric.expression)
    if not metric.filter or metric.over_time:
        return value
    return exp.Case(ifs=[exp.If(this=_on_row(branch, metric, metric.filter), true=value)])


def _on_row(branch: Branch, metric: Aggregate, text: str) -> exp.Expr:
    return replace_references(
        parse_row_expression(text, qualified=True),
        lambda column: branch.fact.value(column.table or metric.dataset, column.name),
    )


def leaf_aggregate(branch: Branch, metric: Aggregate) -> exp.Expr:
    """Return an aggregate of a metric over the rows of a branch."""
    return aggregate_over(metric, branch.fact.value)
