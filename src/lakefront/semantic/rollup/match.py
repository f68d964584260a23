"""A branch of a plan -> the same branch over a rollup, where that gives exactly the same answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlglot import exp

from lakefront.semantic.metrics import SAFE_TO_REPEAT
from lakefront.semantic.model import Aggregate, Grain
from lakefront.semantic.plan_types import Branch, Leaf
from lakefront.semantic.query import Query
from lakefront.semantic.resolve import Resolved
from lakefront.semantic.rollup.layout import Kind, Layout, Part
from lakefront.semantic.tables import MergedSketch, columns_of
from lakefront.semantic.time import Placeholder, common_unit, local_time, nests, truncate

_MERGED = {Kind.SUM: "sum", Kind.COUNT: "sum", Kind.MIN: "min", Kind.MAX: "max"}


@dataclass(frozen=True)
class ReadyRollup:
    """A rollup that may answer now. `state`: how old it is, in words."""

    layout: Layout
    rows: int
    state: str = "current"


@dataclass(frozen=True)
class Substitution:
    """A branch over a rollup, and what stands for each leaf of the branch before it."""

    branch: Branch
    leaves: dict[str, exp.Expr]


def substitute(branch: Branch, query: Query, rollups: Iterable[ReadyRollup]) -> Substitution | None:
    """Return a branch over the smallest rollup that answers it exactly; None when there is none."""
    for ready in sorted(rollups, key=lambda item: (item.rows, item.layout.rollup.name)):
        found = _over(branch, query, ready)
        if found:
            return found
    return None


def _over(branch: Branch, query: Query, ready: ReadyRollup) -> Substitution | None:
    layout = ready.layout
    if layout.fact.dataset.name != branch.dataset.name or branch.over_time or query.as_of:
        return None
    if not _covers_time(branch, query, layout):
        return None
    dimensions = [_seen(item, branch, layout) for item in branch.dimensions]
    filters = {parts: _seen(item, branch, layout) for parts, item in branch.filters.items()}
    leaves = [_leaf(leaf, layout, approximate=query.approximate) for leaf in branch.leaves]
    if None in dimensions or None in filters.values() or None in leaves:
        return None
    kept = tuple(item for item in dimensions if item)
    kept_filters = {parts: item for parts, item in filters.items() if item}
    made = [found for found in leaves if found]
    fact = replace(branch.fact, dataset=layout.as_dataset(), time=layout.time_column or branch.fact.time)
    roles = [item.role for item in (*kept, *kept_filters.values())]
    changed = replace(
        branch,
        fact=fact,
        leaves=tuple(leaf for new, _ in made for leaf in new),
        dimensions=kept,
        filters=kept_filters,
        joins=tuple(fact.routes.needed(roles)),
        rollup=f"{layout.rollup.name} ({ready.rows:,} rows, {ready.state})",
    )
    return Substitution(changed, {leaf.name: tree for leaf, (_, tree) in zip(branch.leaves, made, strict=True)})


def _covers_time(branch: Branch, query: Query, layout: Layout) -> bool:
    """Tell whether the rollup's periods neither cut a bound of the query nor a window."""
    bounds = [bound for bound in (query.since, query.until) if bound is not None]
    if not bounds and branch.window is None:
        return True
    time, grain = layout.time, layout.rollup.time.grain if layout.rollup.time else None
    if time is None or grain is None or branch.fact.time is None or time.column.name != branch.fact.time.name:
        return False
    if branch.window and branch.period is not None:
        shown = branch.dimensions[branch.period].grain or Grain.DAY
        unit = common_unit(shown, branch.window.span.grain) if branch.window.span else shown
        needed = [unit, *([branch.window.reset] if branch.window.reset else [])]
        needed += [branch.window.back.grain] if branch.window.back else []
        if not all(nests(grain, other) for other in needed):
            return False
    if layout.keeps_the_time:
        return True
    return all(not isinstance(bound, Placeholder) and _starts_a_period(bound, grain, time.zone) for bound in bounds)


def _starts_a_period(bound: dt.date | dt.datetime, grain: Grain, zone: str) -> bool:
    local = local_time(bound, zone)
    return truncate(local, grain) == local


def _seen(item: Resolved, branch: Branch, layout: Layout) -> Resolved | None:
    """Return a column as the rollup has it: its own, or one of a dataset that can still be joined by stored keys."""
    own = branch.dataset.name
    stored = layout.stored(item)
    if stored:
        return Resolved(own, own, stored, item.grain)
    time = layout.time
    if time and (item.role, item.column.name) == (time.role, time.column.name):
        fine = layout.rollup.time.grain if layout.rollup.time else Grain.DAY
        enough = nests(fine, item.grain) if item.grain else layout.keeps_the_time
        column = layout.time_column
        return Resolved(own, own, column, item.grain) if enough and column else None
    way = branch.fact.routes.way(item.role)
    return item if way and layout.own_columns.issuperset(way[0].from_columns) else None


def _leaf(leaf: Leaf, layout: Layout, *, approximate: bool) -> tuple[list[Leaf], exp.Expr] | None:
    """Return the aggregates over the rollup that give a leaf, and how they are put together."""
    metric = leaf.metric
    own = layout.fact.dataset.name
    kept_whole = all(role == own and name in layout.own_columns for role, name in columns_of(metric))
    if metric.type in SAFE_TO_REPEAT and kept_whole:
        return [leaf], exp.column(leaf.name)
    part = layout.parts.get(metric.name)
    if part is None or not part.columns:
        return None
    return _mean(leaf, part) if metric.type == "avg" else _merged(leaf, part, approximate=approximate)


def _merged(leaf: Leaf, part: Part, *, approximate: bool) -> tuple[list[Leaf], exp.Expr] | None:
    ((kind, column),) = part.columns.items()
    if kind is Kind.SKETCH:
        if leaf.metric.type == "count_distinct" and not approximate:
            return None  # a sketch is not exact
        merged = MergedSketch.model_validate(_plain(leaf.metric) | {"type": "approx_distinct", "expression": column})
    else:
        merged = Aggregate.model_validate(_plain(leaf.metric) | {"type": _MERGED[kind], "expression": column})
    # Sums of no rows are NULL, counts of none are zero.
    counts = kind in (Kind.COUNT, Kind.SKETCH)
    return [Leaf(leaf.name, merged)], _or_zero(leaf.name) if counts else exp.column(leaf.name)


def _mean(leaf: Leaf, part: Part) -> tuple[list[Leaf], exp.Expr] | None:
    if part.mean is None:
        return None
    names = {kind: f"{leaf.name}__{kind.value}" for kind in (Kind.SUM, Kind.COUNT)}
    leaves = [
        Leaf(name, Aggregate.model_validate(_plain(leaf.metric) | {"type": "sum", "expression": part.columns[kind]}))
        for kind, name in names.items()
    ]
    total, count = exp.column(names[Kind.SUM]), exp.func("nullif", exp.column(names[Kind.COUNT]), exp.Literal.number(0))
    if not part.mean.startswith("decimal"):
        total = exp.cast(total, "double")
    # Trino divides decimals to the scale of the larger one and rounds half up, as its avg does.
    mean = exp.Div(this=total, expression=count, typed=True)  # else sqlglot would make doubles of it
    return leaves, mean if part.mean == "double" else exp.cast(mean, part.mean, dialect="trino")


def _plain(metric: Aggregate) -> dict[str, object]:
    """Return what a metric is, without what belongs to rows that a rollup no longer has."""
    return metric.model_dump(exclude={"filter", "percentile", "over_time", "certified"})


def _or_zero(name: str) -> exp.Expr:
    return exp.func("coalesce", exp.column(name), exp.Literal.number(0))
