"""Query -> plan: which rows each aggregate needs, one branch for all that share a scan, and how answers are joined.

Facts are aggregated before they meet, so no row of one is ever multiplied by rows of another. A metric over time
(cumulative, or of an earlier period) is a branch of its own whose rows are counted in every period that its window
covers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlglot import exp

from lakefront.errors import BadInputError, did_you_mean
from lakefront.semantic.expression import divide, replace_columns, replace_references
from lakefront.semantic.joins import AmbiguousJoinError
from lakefront.semantic.metrics import parse_derived
from lakefront.semantic.model import (
    Aggregate,
    AnyMetric,
    Column,
    Cumulative,
    Derived,
    Grain,
    PeriodOverPeriod,
    Ratio,
    SemanticLayer,
)
from lakefront.semantic.plan_types import Branch, Leaf, Output, Plan, Window
from lakefront.semantic.query import AsOf, OrderBy, Query, reference_parts
from lakefront.semantic.resolve import Fact, Resolved, fact_of, resolve
from lakefront.semantic.rollup.layout import Layout
from lakefront.semantic.rollup.match import ReadyRollup, substitute
from lakefront.semantic.tables import columns_of, is_lake_table
from lakefront.semantic.time import Placeholder, TimeKind, nests, time_kind


def plan_query(query: Query, layer: SemanticLayer, rollups: Sequence[ReadyRollup] = ()) -> Plan:
    """Return the plan of a query, over `rollups` where they give the same answer. Raises BadInputError (`query-…`)."""
    found = _Leaves(layer)
    outputs = tuple(Output(name, _metric(name, layer), found.tree(name, None)) for name in query.metrics)
    branches = tuple(_branch(key, leaves, query, layer) for key, leaves in found.groups.items())
    names = _names(branches, query)
    _require_same_kinds(branches, names)
    plan = Plan(
        query=query,
        names=names,
        branches=branches,
        outputs=outputs,
        order=_order(query, branches, names),
        having=_having(query, branches, names),
    )
    plan = _over_rollups(plan, rollups) if rollups else plan
    return replace(plan, notes=_notes(query, plan.branches, layer))


def usable_rollups(plan: Plan, layouts: Iterable[Layout]) -> list[Layout]:
    """Return the rollups that could answer a part of a plan, were they built and current."""
    return [
        layout
        for layout in layouts
        if any(substitute(branch, plan.query, [ReadyRollup(layout, 0)]) for branch in plan.branches)
    ]


def _over_rollups(plan: Plan, rollups: Sequence[ReadyRollup]) -> Plan:
    branches: list[Branch] = []
    leaves: dict[str, exp.Expr] = {}
    for branch in plan.branches:
        found = substitute(branch, plan.query, rollups)
        branches.append(found.branch if found else branch)
        leaves |= found.leaves if found else {leaf.name: exp.column(leaf.name) for leaf in branch.leaves}
    outputs = tuple(
        replace(output, tree=replace_columns(output.tree, lambda name: leaves[name].copy())) for output in plan.outputs
    )
    return replace(plan, branches=tuple(branches), outputs=outputs)


@dataclass(frozen=True)
class _Key:
    """What aggregates must have in common to be taken from one scan."""

    dataset: str
    time: str | None
    window: Window | None
    over_time: Literal["last", "first"] | None = None
    filter: str | None = None


class _Leaves:
    def __init__(self, layer: SemanticLayer) -> None:
        self.layer = layer
        self.groups: dict[_Key, list[Leaf]] = {}

    def tree(self, name: str, window: Window | None) -> exp.Expr:
        """Return a metric as SQL over leaves, which are added to the groups."""
        metric = _metric(name, self.layer)
        match metric:
            case Aggregate():
                return exp.column(self._leaf(metric, window))
            case Ratio():
                return divide(self.tree(metric.numerator, window), self.tree(metric.denominator, window))
            case Derived():
                return replace_columns(parse_derived(metric.expression), lambda part: self.tree(part, window))
            case Cumulative():
                kind: Literal["running", "trailing", "to_date"] = (
                    "trailing" if metric.window else "to_date" if metric.reset else "running"
                )
                back = window.back if window else None
                return self.tree(metric.metric, Window(kind, metric.window, metric.reset, back))
            case PeriodOverPeriod():
                before = self.tree(metric.metric, replace(window or Window(), back=metric.offset))
                if metric.show == "previous":
                    return before
                now = self.tree(metric.metric, window)
                difference = exp.Paren(this=exp.Sub(this=_closed(now), expression=_closed(before)))
                return difference if metric.show == "difference" else divide(difference, before.copy())

    def _leaf(self, metric: Aggregate, window: Window | None) -> str:
        level = metric.over_time
        time = metric.time or self.layer.datasets[metric.dataset].time_column
        # Rows that a filter leaves out must not decide which moment is the last.
        key = _Key(metric.dataset, time, window, level, metric.filter if level else None)
        leaves = self.groups.setdefault(key, [])
        name = f"{metric.name}__{window.slug}" if window else metric.name
        if all(leaf.name != name for leaf in leaves):
            leaves.append(Leaf(name, metric))
        return name


def _closed(tree: exp.Expr) -> exp.Expr:
    return tree if isinstance(tree, (exp.Column, exp.Func, exp.Paren)) else exp.Paren(this=tree)


def _metric(name: str, layer: SemanticLayer) -> AnyMetric:
    found = layer.metrics.get(name)
    if found is None:
        raise BadInputError(
            "query-unknown-metric", f"there is no metric '{name}'.{did_you_mean(name, layer.metrics)}",
            fix="`lakefront semantic list` shows all metrics",
        )  # fmt: skip
    return found


def _branch(key: _Key, leaves: list[Leaf], query: Query, layer: SemanticLayer) -> Branch:
    fact = fact_of(layer, key.dataset, key.time, leaves[0].metric.name)
    dimensions = tuple(resolve(item.parts, fact) for item in query.by)
    filters = {
        parts: _filter(parts, fact, layer, dimensions)
        for parts in (reference_parts(column) for column in (query.where.find_all(exp.Column) if query.where else ()))
    }
    roles = [item.role for item in (*dimensions, *filters.values())]
    for leaf in leaves:
        roles += [role for role, _ in columns_of(leaf.metric)]
    _require_time(fact, query)
    try:
        for role in roles:
            fact.routes.require_clear(role)
    except AmbiguousJoinError as error:
        raise BadInputError(
            "query-ambiguous-join", f"seen from '{key.dataset}': {error}",
            fix="give one of the relationships another name for it with `as`, and ask by that name",
        ) from None  # fmt: skip
    return Branch(
        fact=fact,
        leaves=tuple(leaves),
        dimensions=dimensions,
        filters=filters,
        joins=tuple(fact.routes.needed(roles)),
        window=key.window,
        period=_period(key.window, fact, dimensions, query) if key.window else None,
        over_time=key.over_time,
    )


def _filter(parts: tuple[str, ...], fact: Fact, layer: SemanticLayer, dimensions: tuple[Resolved, ...]) -> Resolved:
    asked = {(item.role, item.column.name): item for item in dimensions if parts == (item.column.name,)}
    if len(asked) == 1:  # a bare name that stands among the dimensions means that one
        return replace(next(iter(asked.values())), grain=None)
    if len(parts) == 1 and parts[0] in layer.metrics and fact.dataset.column(parts[0]) is None:
        raise BadInputError(
            "query-where", f"where: '{parts[0]}' is a metric, and a condition is about rows before they are counted",
            fix="compare a dimension here, and the metric in having",
        )  # fmt: skip
    return resolve(parts, fact)


def _require_time(fact: Fact, query: Query) -> None:
    bounds = {"since": query.since, "until": query.until}
    given = [name for name, bound in bounds.items() if bound is not None]
    if given and fact.time is None:
        raise BadInputError(
            "query-time",
            f"`{given[0]}` has no meaning for '{fact.asker}': it is not said which time column of "
            f"'{fact.dataset.name}' counts",
            fix=f"add `time: COLUMN` to the dataset '{fact.dataset.name}', or leave out {' and '.join(given)}",
        )
    if fact.time and time_kind(fact.time.type) is TimeKind.DATE:
        for name, bound in bounds.items():
            if isinstance(bound, dt.datetime) and (bound.tzinfo or bound.time() != dt.time()):
                raise BadInputError(
                    "query-time", f"{name} = '{bound}' is a time of day, and {fact.dataset.name}.{fact.time.name} "
                    "is a date",
                    fix=f"write {name} as a date, {bound.date()}",
                )  # fmt: skip


def _period(window: Window, fact: Fact, dimensions: tuple[Resolved, ...], query: Query) -> int:
    """Return which dimension is the period that a window is about."""
    time: Column | None = fact.time
    places = [
        place
        for place, item in enumerate(dimensions)
        if time and item.grain and item.role == fact.dataset.name and item.column.name == time.name
    ]
    if len(places) != 1 or time is None:
        wanted = f"{fact.dataset.name}.{time.name}.{_first_grain(time)}" if time else "a time column"
        raise BadInputError(
            "query-period",
            f"'{fact.asker}' is counted over periods ({window}), so it needs its time as one dimension with a grain",
            fix=f"add --by {wanted}" if time else f"add `time: COLUMN` to the dataset '{fact.dataset.name}'",
        )
    grain = dimensions[places[0]].grain or Grain.DAY
    _require_nesting(window, grain, fact, time_kind(time.type))
    if isinstance(query.since, Placeholder) or isinstance(query.until, Placeholder):
        raise BadInputError(
            "query-period", f"'{fact.asker}' is counted over periods ({window}), which need known dates",
            fix="give dates for since and until",
        )  # fmt: skip
    return places[0]


def _first_grain(column: Column) -> str:
    return column.time.grains[0].value if column.time else "day"


def _require_nesting(window: Window, grain: Grain, fact: Fact, kind: TimeKind | None) -> None:
    for name, coarse in (("starts anew each", window.reset), ("looks back by", window.back and window.back.grain)):
        if coarse and not nests(grain, coarse):
            raise BadInputError(
                "query-period",
                f"'{fact.asker}' {name} {coarse.value}, and a {coarse.value} is not made of whole {grain.value}s",
                fix=f"ask by a grain that divides a {coarse.value}, such as day",
            )
    span = window.span
    if span and span.grain in (Grain.MINUTE, Grain.HOUR) and (kind is TimeKind.DATE or not nests(grain, span.grain)):
        raise BadInputError(
            "query-period",
            f"'{fact.asker}' has a window of {span.count} {span.grain.value}s, which does not fit {grain.value}s",
            fix="ask by hour or minute, or give the window in days",
        )  # fmt: skip


def _names(branches: tuple[Branch, ...], query: Query) -> tuple[str, ...]:
    """Return the names of the dimensions' columns: short where that is clear."""
    first = branches[0].dimensions
    short = [
        "_".join(ref.parts) if ref.parts[0] == "metric_time" else item.name
        for ref, item in zip(query.by, first, strict=True)
    ]
    taken = [*short, *query.metrics, *(leaf.name for branch in branches for leaf in branch.leaves)]
    names = tuple(
        name if taken.count(name) == 1 else f"{item.role}_{name}" for name, item in zip(short, first, strict=True)
    )
    every = [*names, *query.metrics]
    twice = next((name for name in every if every.count(name) > 1), None)
    if twice:
        raise BadInputError(
            "query-twice", f"two columns of the answer would be named '{twice}'", fix="ask for one of them only"
        )
    return names


def _require_same_kinds(branches: tuple[Branch, ...], names: tuple[str, ...]) -> None:
    for place, name in enumerate(names):
        kinds = {branch.fact.asker: branch.dimensions[place] for branch in branches}
        times = {bool(item.kind) for item in kinds.values()}
        if len(times) > 1:
            told = ", ".join(f"{item} for '{metric}'" for metric, item in kinds.items())
            raise BadInputError(
                "query-ambiguous", f"'{name}' is a time for one metric and not for another: {told}",
                fix="name the dataset: dataset.column",
            )  # fmt: skip


def _order(query: Query, branches: tuple[Branch, ...], names: tuple[str, ...]) -> tuple[OrderBy, ...]:
    """Return the columns to sort by: those asked for, then all dimensions, so that the order never changes."""
    known = _answer_columns(query, branches, names)
    result: list[OrderBy] = []
    for item in query.order:
        if item.name not in known:
            candidates = [*names, *query.metrics]
            raise BadInputError(
                "query-order", f"the answer has no column '{item.name}' to order by.{did_you_mean(item.name, known)}",
                fix=f"use one of: {', '.join(candidates)}",
            )  # fmt: skip
        result.append(OrderBy(known[item.name], item.descending))
    asked = {item.name for item in result}
    return (*result, *(OrderBy(name) for name in names if name not in asked))


def _having(query: Query, branches: tuple[Branch, ...], names: tuple[str, ...]) -> exp.Expr | None:
    if query.having is None:
        return None
    known = _answer_columns(query, branches, names)
    for column in query.having.find_all(exp.Column):
        name = ".".join(reference_parts(column))
        if name not in known:
            raise BadInputError(
                "query-having", f"having: the answer has no column '{name}'.{did_you_mean(name, known)}",
                fix=f"use one of: {', '.join([*names, *query.metrics])}; or ask for '{name}' too",
            )  # fmt: skip
    return replace_references(query.having, lambda column: exp.column(known[".".join(reference_parts(column))]))


def _answer_columns(query: Query, branches: tuple[Branch, ...], names: tuple[str, ...]) -> dict[str, str]:
    """Return the answer's columns by every name that they may be asked for by."""
    known = {name: name for name in (*names, *query.metrics)}
    for ref, item, name in zip(query.by, branches[0].dimensions, names, strict=True):
        known.update({str(ref): name, str(item): name})
    return known


def _notes(query: Query, branches: tuple[Branch, ...], layer: SemanticLayer) -> tuple[str, ...]:
    notes: list[str] = []
    if query.as_of:
        notes += _as_of_notes(query.as_of, branches, layer)
    approximate = [
        leaf.metric.name for branch in branches for leaf in branch.leaves if leaf.metric.type.startswith("approx")
    ]
    notes += [f"{name} is approximate" for name in dict.fromkeys(approximate)]
    answered: dict[str, dict[str, None]] = {}
    for branch in branches:
        if branch.rollup:
            answered.setdefault(branch.rollup, {}).update(dict.fromkeys(leaf.metric.name for leaf in branch.leaves))
    notes += [f"{', '.join(names)}: from the rollup {rollup}" for rollup, names in answered.items()]
    return tuple(notes)


def _as_of_notes(as_of: AsOf, branches: tuple[Branch, ...], layer: SemanticLayer) -> list[str]:
    facts = dict.fromkeys(branch.dataset.name for branch in branches)
    for name in facts:
        if not is_lake_table(layer.datasets[name]):
            raise BadInputError(
                "query-as-of",
                f"'{name}' is not a table of the lake, so it has no earlier states",
                fix="leave out as-of",
            )
    if as_of.kind == "snapshot" and len(facts) > 1:
        raise BadInputError(
            "query-as-of", f"a snapshot is of one table, and this query reads {' and '.join(facts)}",
            fix="give a time, or ask for the metrics in separate queries",
        )  # fmt: skip
    joined = {step.dataset for branch in branches for step in branch.joins} - set(facts)
    now = [name for name in sorted(joined) if as_of.kind != "moment" or not is_lake_table(layer.datasets[name])]
    return [f"as of {as_of}; {', '.join(now)} as it is now"] if now else [f"as of {as_of}"]
