"""The rows of one branch: FROM with its joins, the condition and the bounds of time, all before any aggregate."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlglot import exp

from lakefront.semantic.expression import replace_references
from lakefront.semantic.model import Dataset, Grain
from lakefront.semantic.plan_types import Branch, Window
from lakefront.semantic.query import AsOf, Query, reference_parts
from lakefront.semantic.resolve import Resolved
from lakefront.semantic.tables import is_lake_table, join_condition, row_value, table_of
from lakefront.semantic.time import (
    Placeholder,
    TimeBound,
    TimeKind,
    literal_time,
    local_time,
    placeholder_time,
    shift,
    truncate,
    truncated,
)


@dataclass(frozen=True)
class Bounds:
    """The first time that is read and the first that is not."""

    since: TimeBound | None = None
    until: TimeBound | None = None


def plain_select(branch: Branch, query: Query, bounds: Bounds | None = None) -> exp.Select:
    """Return `FROM … JOIN … WHERE …` of a branch, still without columns."""
    roles = branch.fact.roles
    name = branch.dataset.name
    select = exp.Select().from_(
        table_of(branch.dataset, version=_version(branch.dataset, query.as_of, fact=True)), copy=False
    )
    for step in branch.joins:
        table = table_of(roles[step.role], alias=step.role, version=_version(roles[step.role], query.as_of, fact=False))
        # A fact whose dimension is missing still counts.
        select = select.join(table, on=join_condition(step, roles.__getitem__), join_type="left", copy=False)
    time = branch.fact.time
    conditions: list[exp.Expr] = []
    if time is not None:
        # On the bare column, so that Iceberg can leave out files by it.
        column = Resolved(name, name, time)
        conditions += _within(column, row_value(branch.dataset, time), bounds or Bounds(query.since, query.until))
    if query.where is not None:
        conditions.append(_condition(query.where, branch))
    return select.where(*conditions, copy=False) if conditions else select


def dimension_value(branch: Branch, item: Resolved) -> exp.Expr:
    """Return a dimension's value: the column, or the start of its period."""
    value = row_value(branch.fact.roles[item.role], item.column, role=item.role)
    return truncated(value, item.grain, item.kind, item.zone) if item.grain and item.kind else value


def window_bounds(window: Window, grain: Grain, query: Query, zone: str) -> Bounds:
    """Return which rows a branch with a window reads, when the periods of `query` are shown."""
    since, until = (
        local_time(bound, zone) if isinstance(bound, dt.date) else None for bound in (query.since, query.until)
    )
    back = (window.back.grain, -window.back.count) if window.back else (Grain.DAY, 0)
    if since is not None:
        first = shift(truncate(since, grain), *back)
        if window.kind == "running":
            since = None
        elif window.kind == "to_date" and window.reset:
            since = truncate(first, window.reset)
        elif window.kind == "trailing" and window.span:
            since = shift(shift(first, grain, 1), window.span.grain, -window.span.count)
        else:  # like is compared with like: half of the first period with half of the one before
            since = shift(since, *back)
    if until is not None and window.back:
        if truncate(until, grain) == until:
            until = shift(shift(shift(until, grain, -1), *back), grain, 1)
        else:
            until = shift(until, *back)
    return Bounds(since, until)


def _condition(where: exp.Expr, branch: Branch) -> exp.Expr:
    made = replace_references(where, lambda column: dimension_value(branch, branch.filters[reference_parts(column)]))
    return exp.Paren(this=made) if isinstance(made, exp.Or) else made


def _within(column: Resolved, value: exp.Expr, bounds: Bounds) -> list[exp.Expr]:
    kind = column.kind
    if kind is None:
        return []
    result: list[exp.Expr] = []
    if bounds.since is not None:
        result.append(exp.GTE(this=value.copy(), expression=_bound(bounds.since, kind, column.zone)))
    if bounds.until is not None:
        # A dashboard's range ends within a day, and that day belongs to it.
        whole_day = isinstance(bounds.until, Placeholder) and kind is TimeKind.DATE
        comparison = exp.LTE if whole_day else exp.LT
        result.append(comparison(this=value.copy(), expression=_bound(bounds.until, kind, column.zone)))
    return result


def _bound(bound: TimeBound, kind: TimeKind, zone: str) -> exp.Expr:
    if isinstance(bound, Placeholder):
        return placeholder_time(bound, kind, zone)
    return literal_time(local_time(bound, zone), kind, zone)


def _version(dataset: Dataset, as_of: AsOf | None, *, fact: bool) -> exp.Version | None:
    if as_of is None or not is_lake_table(dataset):
        return None
    if as_of.kind == "moment" and as_of.moment is not None:
        moment = as_of.moment.astimezone(dt.UTC).replace(tzinfo=None)
        value = literal_time(moment, TimeKind.MOMENT, "UTC")
        return exp.Version(this="TIMESTAMP", kind="AS OF", expression=value)
    if not fact:  # a snapshot, a tag and a branch are of one table
        return None
    value = exp.Literal.number(as_of.snapshot) if as_of.kind == "snapshot" else exp.Literal.string(as_of.ref)
    return exp.Version(this="VERSION", kind="AS OF", expression=value)
