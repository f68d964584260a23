"""The rows of each table: one on either side of every row filter of every person, with a canary in each other cell."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlglot import exp

from lakefront.semantic.expression import columns_used, parse_row_expression
from lakefront.semantic.model import Dataset
from lakefront.semantic.policy.matrix.canaries import MARK, Canaries, literal
from lakefront.semantic.policy.matrix.condition import UnknownToModelError
from lakefront.semantic.policy.matrix.expect import Expectations, Share
from lakefront.semantic.policy.matrix.lake import Canaried
from lakefront.semantic.policy.matrix.masks import kind
from lakefront.semantic.policy.matrix.people import Asker
from lakefront.semantic.policy.rows import parse_condition
from lakefront.semantic.policy.tables import Table
from lakefront.semantic.tables import catalog_of

_MOST_TRIED: Final = 4_000
_MOST_ROWS: Final = 12
UNDESCRIBED: Final = "undescribed"


@dataclass(frozen=True)
class NotRun:
    """Something that could not be asked, and why."""

    what: str
    reason: str


class Chooser:
    """Chooses the rows of the tables of a bundle."""

    def __init__(self, expectations: Expectations, askers: list[Asker]) -> None:
        self.expectations = expectations
        self.askers = askers
        self.canaries = Canaries()
        self.not_run: list[NotRun] = []

    def table(self, table: Table) -> Canaried | None:
        """Return a table with its rows; None where a filter of it is beyond the model of expectations."""
        types = dict(table.types)
        # Rollups are made by Lakefront itself, which describes all of their columns.
        undescribed = () if table.rollups else (UNDESCRIBED,)
        types |= dict.fromkeys(undescribed, "varchar")
        shares = self._shares(table)
        try:
            rows = self._rows(table, types, shares)
        except UnknownToModelError as error:
            self.not_run.append(NotRun(table.name, str(error)))
            return None
        for name, type_ in types.items():
            if all(row[name] is None for row in rows):
                self.not_run.append(NotRun(f"{table.name}.{name}", f"there is no canary of type {type_}"))
        catalog, in_lake = self._catalog(table.name)
        return Canaried(
            table.name, catalog, types, tuple(rows), _literals(rows, types), table, undescribed,
            _partition(rows, types) if in_lake else None, in_lake,
        )  # fmt: skip

    def unmodelled(self, name: str) -> Canaried:
        """Return a table that no dataset is over."""
        types = {"id": "bigint", "note": "varchar"}
        rows = [{column: self.canaries.value(column, type_) for column, type_ in types.items()} for _ in range(2)]
        catalog, in_lake = self._catalog(name)
        return Canaried(name, catalog, types, tuple(rows), _literals(rows, types), in_lake=in_lake)

    def _catalog(self, name: str) -> tuple[str, bool]:
        catalog = catalog_of(name, self.expectations.catalog)
        return catalog, catalog == self.expectations.catalog

    def _shares(self, table: Table) -> list[tuple[Share, Asker]]:
        roles = self.expectations.policies.roles
        return [
            (share, asker)
            for asker in self.askers
            for name in asker.roles
            for share in self.expectations.shares(roles[name], table)
            if share.rows is not None
        ]

    def _rows(self, table: Table, types: Mapping[str, str], shares: list[tuple[Share, Asker]]) -> list[dict[str, Any]]:
        chosen: dict[tuple[bool, ...], dict[str, Any]] = {}
        for values in self._candidates(table, types):
            sides = tuple(share.rows is not None and share.rows(values, asker) for share, asker in shares)
            # A filter that is unknown lets a row through no more than a false one, by other paths of the engine.
            signature = (*sides, None in values.values())
            if signature not in chosen:
                chosen[signature] = self._filled(types, values)
            if len(chosen) >= _MOST_ROWS:
                break
        self._tell_of_missing_sides(table, shares, list(chosen))
        rows = list(chosen.values())
        if len(rows) == 1:
            rows.append(self._filled(types, {name: rows[0][name] for name in self._filtered(table)}))
        # Where everything but the filtered columns is NULL: a mask must not make something of nothing.
        empty = dict.fromkeys(types) | {name: rows[0][name] for name in self._filtered(table)}
        return [*rows, empty]

    def _filled(self, types: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: values[name] if name in values else self.canaries.value(name, type_) for name, type_ in types.items()
        }

    def _tell_of_missing_sides(
        self, table: Table, shares: list[tuple[Share, Asker]], signatures: list[tuple[bool, ...]]
    ) -> None:
        for role in sorted({share.role for share, _ in shares}):
            places = [place for place, (share, _) in enumerate(shares) if share.role == role]
            sides = {signature[place] for signature in signatures for place in places}
            for side, word in ((True, "inside"), (False, "outside")):
                if side not in sides:
                    self.not_run.append(
                        NotRun(f"{table.name}: a row {word} the filter of {role}", "none of the tried rows is there")
                    )

    def _conditions(self, table: Table) -> Iterator[tuple[str, Dataset, Mapping[str, str]]]:
        """Yield each condition on a table, with the table's names of the dataset's columns."""
        roles = self.expectations.policies.roles.values()
        for role, dataset in itertools.product(roles, table.datasets):
            if dataset.name in role.rows:
                yield role.rows[dataset.name], dataset, {}
        for role, layout in itertools.product(roles, table.rollups):
            own = layout.fact.dataset
            if own.name in role.rows:
                names = {item.column.name: name for name, item in layout.dimensions.items() if item.role == own.name}
                if layout.time and layout.time_column:
                    names.setdefault(layout.time.column.name, layout.time_column.name)
                yield role.rows[own.name], own, names

    def _filtered(self, table: Table) -> list[str]:
        """Return the columns of the table that decide whether a row is seen."""
        found: dict[str, None] = {}
        for text, dataset, names in self._conditions(table):
            for use in _plain_columns(parse_condition(text), dataset):
                name = names.get(use, use)
                if name in table.types:
                    found[name] = None
        return list(found)

    def _candidates(self, table: Table, types: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        columns = self._filtered(table)
        # The last values first: those made up to lie outside of everything come late in each list.
        values = [self._values_of(table, name, types[name]) for name in columns]
        for combination in itertools.islice(itertools.product(*values), _MOST_TRIED):
            yield dict(zip(columns, combination, strict=True))

    def _values_of(self, table: Table, column: str, type_: str) -> list[Any]:
        found: list[Any] = []
        for text, _, _ in self._conditions(table):
            for mark in parse_condition(text).find_all(exp.Placeholder):
                for asker in self.askers:
                    found += _around(list(asker.attributes.get(mark.name, ())), type_)
            for item in parse_condition(text).find_all(exp.Literal):
                found += _around([item.name], type_)
            if kind(type_) == "text" and parse_condition(text).find(exp.CurrentUser):
                found += [asker.name for asker in self.askers]
        found += [self.canaries.value(column, type_), None]
        if kind(type_) == "text":
            found.append(f"{MARK.upper()}7")
        unique: list[Any] = []
        for value in found:
            if value not in unique:
                unique.append(value)
        return unique


def _plain_columns(tree: exp.Expr, dataset: Dataset) -> Iterator[str]:
    for use in columns_used(tree):
        column = dataset.column(use.name)
        if column is not None and column.expression:
            yield from _plain_columns(parse_row_expression(column.expression), dataset)
        else:
            yield use.name


def _around(values: list[Any], type_: str) -> Iterator[Any]:
    """Yield values of a column's type at and next to those that a condition names."""
    for value in values:
        try:
            if kind(type_) == "text":
                plain = str(value)
                yield from (plain, plain + "7", plain.replace("%", MARK).replace("_", "x"))
            elif kind(type_) == "number":
                number = Decimal(str(value))
                whole = type_.startswith(("bigint", "int", "small", "tiny"))
                for near in (number, number - 1, number + 1):
                    yield int(near) if whole else float(near) if type_ in ("double", "real") else near
            elif type_ == "date":
                day = dt.date.fromisoformat(str(value))
                yield from (day, day - dt.timedelta(days=1), day + dt.timedelta(days=1))
            elif type_ == "boolean":
                yield from (True, False)
        except (ValueError, ArithmeticError):
            continue  # a literal that is compared with another column


def _literals(rows: list[dict[str, Any]], types: Mapping[str, str]) -> tuple[dict[str, str], ...]:
    return tuple({name: literal(row[name], type_) for name, type_ in types.items()} for row in rows)


def _partition(rows: list[dict[str, Any]], types: Mapping[str, str]) -> str | None:
    """Return a column to file rows by, so that paths and lists of files hold canaries."""
    texts = [name for name, type_ in types.items() if kind(type_) == "text"]
    return next((name for name in texts if any(MARK in str(row[name]) for row in rows)), None)
