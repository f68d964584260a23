"""Names in a query -> columns, seen from each fact: which dataset, by which joins, at which grain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from sqlglot import exp

from lakefront.errors import BadInputError, did_you_mean
from lakefront.semantic.joins import AmbiguousJoinError, Routes, Steps, routes_along, routes_from, steps_of
from lakefront.semantic.model import Column, Dataset, Grain, SemanticLayer
from lakefront.semantic.query import METRIC_TIME
from lakefront.semantic.tables import column_of, row_value
from lakefront.semantic.time import TimeKind, time_kind

#: Where the joins of all datasets are remembered: no dataset has this name.
_STEPS = "joins of all"
_GRAINS = {grain.value: grain for grain in Grain}


@dataclass(frozen=True)
class Resolved:
    """A column as a fact sees it. `role` is the name that its rows have in the FROM clause."""

    role: str
    dataset: str
    column: Column
    grain: Grain | None = None

    @property
    def kind(self) -> TimeKind | None:
        """What kind of time it is, when it is a time dimension."""
        return time_kind(self.column.type) if self.column.time else None

    @property
    def zone(self) -> str:
        """The time zone of its periods."""
        return self.column.time.zone if self.column.time else "UTC"

    @property
    def name(self) -> str:
        """The short name: `region`, `order_date_month`."""
        return f"{self.column.name}_{self.grain.value}" if self.grain else self.column.name

    def __str__(self) -> str:
        return ".".join([self.role, self.column.name, *([self.grain.value] if self.grain else [])])


@dataclass(frozen=True)
class Fact:
    """A dataset that metrics are taken over, and where it leads to. `asker` is the first of these metrics."""

    dataset: Dataset
    routes: Routes
    layer: SemanticLayer
    time: Column | None
    asker: str

    @cached_property
    def roles(self) -> dict[str, Dataset]:
        """The dataset behind each name that columns can be asked for by."""
        found = {role: self.layer.datasets[name] for role, name in self.routes.datasets().items()}
        return found | {self.dataset.name: self.dataset}  # in place of which a rollup may stand

    def value(self, role: str, name: str) -> exp.Expr:
        """Return a column's value in a row of the FROM clause."""
        dataset = self.roles[role]
        return row_value(dataset, column_of(dataset, name), role=role)


def fact_of(layer: SemanticLayer, dataset: str, time: str | None, asker: str) -> Fact:
    """Return a dataset as a fact whose time is a column of it."""
    found = layer.datasets[dataset]
    name = time or found.time_column
    return Fact(found, _routes(layer, dataset), layer, column_of(found, name) if name else None, asker)


def _routes(layer: SemanticLayer, dataset: str) -> Routes:
    memo = layer.memo
    if dataset not in memo:
        if _STEPS not in memo:
            memo[_STEPS] = steps_of(layer.relationships)
        memo[dataset] = routes_along(dataset, cast("Steps", memo[_STEPS]))
    return cast("Routes", memo[dataset])


def resolve(parts: tuple[str, ...], fact: Fact) -> Resolved:
    """Return the column that a reference means, seen from a fact.

    A bare name is the fact's own column, or that of the one dataset it leads to that has it.
    Raises BadInputError (`query-unknown-dimension`, `-ambiguous`, `-fan-out`, `-unreachable`, `-grain`, `-time`).
    """
    name, *rest = parts
    grain = _GRAINS.get(rest[-1]) if rest else None
    if name == METRIC_TIME:
        return _metric_time(parts, grain, fact)
    if len(parts) == 2:  # dataset.column, or column.grain
        known = parts[0] in fact.layer.datasets or parts[0] in fact.roles or parts[0] in fact.layer.roles
        if known and (grain is None or not _bare(parts[0], fact)):
            return _qualified(parts[0], parts[1], None, parts, fact)
        if grain is None:
            raise _unknown(parts, parts[0], [*fact.roles, *_all_columns(fact)], "dataset")
        return _with_grain(_unqualified(parts[0], parts, fact), grain, parts)
    if len(parts) == 3:
        if grain is None:
            raise _grain_error(parts, f"'{parts[-1]}' is not a grain.{did_you_mean(parts[-1], _GRAINS)}", _GRAINS)
        return _qualified(parts[0], parts[1], grain, parts, fact)
    return _unqualified(name, parts, fact)


def _metric_time(parts: tuple[str, ...], grain: Grain | None, fact: Fact) -> Resolved:
    if fact.time is None:
        raise BadInputError(
            "query-time", f"'{fact.asker}' has no time: it is not said which time of '{fact.dataset.name}' counts",
            fix=f"add `time: COLUMN` to the dataset '{fact.dataset.name}'",
        )  # fmt: skip
    if len(parts) > 2 or (len(parts) == 2 and grain is None):
        raise _grain_error(parts, f"'{parts[1]}' is not a grain.{did_you_mean(parts[1], _GRAINS)}", _GRAINS)
    found = Resolved(fact.dataset.name, fact.dataset.name, fact.time)
    return _with_grain(found, grain, parts) if grain else found


def _bare(name: str, fact: Fact) -> list[str]:
    """Return the roles that have a column of a name; the fact itself goes before all others."""
    if fact.dataset.column(name):
        return [fact.dataset.name]
    return [role for role, dataset in fact.roles.items() if dataset.column(name)]


def _unqualified(name: str, parts: tuple[str, ...], fact: Fact) -> Resolved:
    roles = _bare(name, fact)
    if not roles:
        elsewhere = sorted(d.name for d in fact.layer.datasets.values() if d.column(name))
        if elsewhere:
            raise _out_of_reach(f"{elsewhere[0]}.{name}", elsewhere[0], fact)
        raise _unknown(parts, name, [*_all_columns(fact), METRIC_TIME], "dimension")
    if len(roles) > 1:
        raise BadInputError(
            "query-ambiguous", f"'{name}' may be {' or '.join(f'{role}.{name}' for role in roles)}",
            fix=f"write {roles[0]}.{'.'.join(parts)}, or another of them",
        )  # fmt: skip
    return _checked(roles[0], name, fact)


def _qualified(role: str, name: str, grain: Grain | None, parts: tuple[str, ...], fact: Fact) -> Resolved:
    if role not in fact.roles:
        if role in fact.layer.datasets or role in fact.layer.roles:
            raise _out_of_reach(".".join(parts), role, fact)
        raise _unknown(parts, role, fact.roles, "dataset")
    if fact.roles[role].column(name) is None:
        raise _unknown(parts, name, [column.name for column in fact.roles[role].columns], f"column of {role}")
    found = _checked(role, name, fact)
    return _with_grain(found, grain, parts) if grain else found


def _checked(role: str, name: str, fact: Fact) -> Resolved:
    dataset = fact.roles[role]
    try:
        fact.routes.require_clear(role)
    except AmbiguousJoinError as error:
        raise BadInputError(
            "query-ambiguous-join", f"{role}.{name}, seen from '{fact.dataset.name}': {error}",
            fix="give one of the relationships another name for it with `as`, and ask by that name",
        ) from None  # fmt: skip
    return Resolved(role, dataset.name, column_of(dataset, name))


def _with_grain(found: Resolved, grain: Grain, parts: tuple[str, ...]) -> Resolved:
    if found.column.time is None:
        raise BadInputError(
            "query-grain", f"'{found}' is not a time, so it has no {grain.value}", fix=f"ask for {found} alone"
        )
    if grain not in found.column.time.grains:
        allowed = [item.value for item in found.column.time.grains]
        raise _grain_error(parts, f"'{found}' has no grain '{grain.value}'", allowed)
    return Resolved(found.role, found.dataset, found.column, grain)


def _out_of_reach(reference: str, role: str, fact: Fact) -> BadInputError:
    mine = fact.dataset.name
    target = fact.layer.roles.get(role, role)
    back = routes_from(target, fact.layer.relationships)
    if mine in back.reached:
        names = " > ".join(step.name for step in back.way(mine))
        return BadInputError(
            "query-fan-out",
            f"'{fact.asker}' cannot be taken by {reference}: a row of '{mine}' may have many rows of '{target}' "
            f"({names}), and each would count it again",
            fix=f"ask for a metric over '{target}', or by columns of '{mine}' and of what it leads to",
        )
    return BadInputError(
        "query-unreachable", f"'{fact.asker}' cannot be taken by {reference}: '{mine}' does not lead to '{role}'",
        fix=f"add a relationship from '{mine}', or ask for the two in separate queries",
    )  # fmt: skip


def _all_columns(fact: Fact) -> list[str]:
    return [column.name for dataset in fact.roles.values() for column in dataset.columns]


def _unknown(parts: tuple[str, ...], name: str, known: Iterable[str], what: str) -> BadInputError:
    candidates = sorted(set(known))
    whole = f" (in '{'.'.join(parts)}')" if len(parts) > 1 else ""
    return BadInputError(
        "query-unknown-dimension", f"there is no {what} '{name}'{whole}.{did_you_mean(name, candidates)}",
        fix=f"use one of: {', '.join(candidates)}",
    )  # fmt: skip


def _grain_error(parts: tuple[str, ...], what: str, allowed: Iterable[str]) -> BadInputError:
    return BadInputError("query-grain", f"'{'.'.join(parts)}': {what}", fix=f"use one of: {', '.join(allowed)}")
