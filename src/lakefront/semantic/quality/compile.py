"""Rules of one dataset -> as few scans of its table as possible, as sqlglot ASTs.

One query answers every rule but `unique`: its inner SELECT tells of each row which rules it breaks, its outer one
counts. A rule of kind `relationship` adds a left join with the distinct keys of the other table, which neither adds nor
removes rows. A `unique` rule groups by its key and so is a scan of its own. Failing rows are shown by up to five values
of the primary key, taken in the same scan by `min(key, 5)`, which holds five values however many rows fail.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from sqlglot import exp

from lakefront.semantic.expression import DIALECT, parse_row_expression, replace_columns
from lakefront.semantic.model import Column, Dataset, Sensitivity
from lakefront.semantic.quality.bind import BoundRule, Target
from lakefront.semantic.quality.moment import at_moment, literal, newest_bound
from lakefront.semantic.quality_model import RuleKind
from lakefront.semantic.tables import column_of, row_value, table_of

SAMPLE_KEYS: Final = 5
_ROWS: Final = "checked"


@dataclass(frozen=True)
class Scan:
    """One query over one table. For rule number n its columns are n_checked, n_failing, n_keys and n_newest."""

    dataset: Dataset
    rules: tuple[BoundRule, ...]
    query: exp.Select
    key_columns: tuple[str, ...]

    @property
    def sql(self) -> str:
        """The query as Trino reads it."""
        return self.query.sql(DIALECT, pretty=True, identify=True)


def compile_rules(rules: Iterable[BoundRule], now: dt.datetime) -> list[Scan]:
    """Return the scans that answer rules of any number of datasets. `now` is the reference time, with a zone."""
    scans: list[Scan] = []
    for _, group in groupby(rules, key=lambda item: item.dataset.name):
        of_one = list(group)
        together = [item for item in of_one if item.kind is not RuleKind.UNIQUE]
        if together:
            scans.append(_Rows(of_one[0].dataset, now).scan(together))
        scans += [_unique(item, now) for item in of_one if item.kind is RuleKind.UNIQUE]
    return scans


def shown_keys(dataset: Dataset) -> tuple[str, ...]:
    """Return the primary key's columns that may be shown to anyone: those that are not personal data."""
    return _without_pii(dataset, dataset.primary_key)


def _without_pii(dataset: Dataset, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if not _is_personal(dataset, column_of(dataset, name)))


def _is_personal(dataset: Dataset, column: Column) -> bool:
    """Tell whether a column is personal data itself, or computed from some."""
    if column.sensitivity is Sensitivity.PII:
        return True
    if not column.expression:
        return False
    used = parse_row_expression(column.expression).find_all(exp.Column)
    return any(_is_personal(dataset, column_of(dataset, item.name)) for item in used)


class _Rows:
    """Builds the one query for all rules that are not `unique`."""

    def __init__(self, dataset: Dataset, now: dt.datetime) -> None:
        self.dataset = dataset
        self.now = now
        self.keys = shown_keys(dataset)
        self.inner: list[exp.Expr] = []
        self.outer: list[exp.Expr] = []
        self.joins: list[exp.Join] = []

    def scan(self, rules: Sequence[BoundRule]) -> Scan:
        names = [f"key_{place}" for place in range(1, len(self.keys) + 1)]
        self.inner += [_named(self._value_of(key), name) for key, name in zip(self.keys, names, strict=True)]
        for number, item in enumerate(rules):
            self._add(item, number, names)
        query = exp.select(*self.inner).from_(table_of(self.dataset))
        for join in self.joins:
            query.append("joins", join)
        wheres = [_where(item, self.now) for item in rules]
        if all(wheres):  # nothing else is looked at: let Iceberg prune
            distinct = {where.sql(DIALECT): where for where in wheres if where}
            query = query.where(exp.or_(*distinct.values()))
        return Scan(self.dataset, tuple(rules), exp.select(*self.outer).from_(query.subquery(_ROWS)), self.keys)

    def _add(self, item: BoundRule, number: int, key_names: Sequence[str]) -> None:
        looked_at = self._looked_at(item)
        if looked_at:
            self.inner.append(_named(looked_at, f"{number}_checked"))
        checked = exp.CountIf(this=_of_row(number, "checked")) if looked_at else exp.Count(this=exp.Star())
        self.outer.append(_named(checked, f"{number}_checked"))
        if item.kind is RuleKind.FRESHNESS:
            self._add_newest(item, looked_at, number)
        elif item.kind is not RuleKind.ROW_COUNT:
            if item.target:
                self.joins.append(_lookup(item, item.target, number))
            self.inner.append(_named(_both(looked_at, self._failure(item, number)), f"{number}_fails"))
            fails = _of_row(number, "fails")
            self.outer.append(_named(exp.CountIf(this=fails), f"{number}_failing"))
            if key_names:
                keys = [exp.column(name, table=_ROWS) for name in key_names]
                self.outer.append(_named(_smallest(fails, keys), f"{number}_keys"))

    def _looked_at(self, item: BoundRule) -> exp.Expr | None:
        """Return what holds for the rows that a rule is about; None when it is about all."""
        where = _where(item, self.now)
        if not item.target:
            return where
        # as in SQL's foreign keys, a row without a key refers to nothing
        return _both(where, *(exp.Not(this=_is_null(self._value_of(name))) for name in item.columns))

    def _add_newest(self, item: BoundRule, where: exp.Expr | None, number: int) -> None:
        column = column_of(self.dataset, item.columns[0])
        value = self._value_of(column.name)
        # One row that is dated tomorrow by mistake must not make the table look fresh for ever.
        past = exp.LTE(this=value, expression=newest_bound(column.type, self.now))
        self.inner.append(_named(_if(_both(where, past), value), f"{number}_time"))
        self.outer.append(_named(exp.Max(this=_of_row(number, "time")), f"{number}_newest"))

    def _failure(self, item: BoundRule, number: int) -> exp.Expr:
        """Return what holds for a row that fails. NULL passes all but `not_null`, as in SQL's CHECK."""
        rule = item.rule
        if item.kind is RuleKind.NOT_NULL:
            return exp.or_(*(_is_null(self._value_of(name)) for name in item.columns))
        if item.kind is RuleKind.RELATIONSHIP:
            return _is_null(exp.column("found", table=_lookup_name(number)))
        if item.kind is RuleKind.EXPRESSION:
            return exp.not_(_row_sql(self.dataset, rule.expression or "", self.now))
        column = column_of(self.dataset, item.columns[0])
        value = self._value_of(column.name)
        if item.kind is RuleKind.ACCEPTED_VALUES:
            accepted = [literal(one, column.type, self.now) for one in rule.values or ()]
            return exp.not_(exp.In(this=value, expressions=accepted))
        outside: list[exp.Expr] = []
        if rule.min_ is not None:
            outside.append(exp.LT(this=value, expression=literal(rule.min_, column.type, self.now)))
        if rule.max_ is not None:
            outside.append(exp.GT(this=value.copy(), expression=literal(rule.max_, column.type, self.now)))
        return exp.or_(*outside)

    def _value_of(self, name: str) -> exp.Expr:
        return _value(self.dataset, name)


def _unique(item: BoundRule, now: dt.datetime) -> Scan:
    """Return the scan of a `unique` rule: rows beyond the first of each key fail; keys with a NULL are left out."""
    dataset, shown = item.dataset, _without_pii(item.dataset, item.columns)
    values = {name: _value(dataset, name) for name in item.columns}
    given = _both(_where(item, now), *(exp.Not(this=_is_null(value)) for value in values.values()))
    names = {name: f"key_{place}" for place, name in enumerate(item.columns, start=1)}
    inner = (
        exp.select(
            *(_named(value.copy(), names[name]) for name, value in values.items()),
            _named(exp.Count(this=exp.Star()), "rows"),
        )
        .from_(table_of(dataset))
        .where(given)
        .group_by(*(exp.Literal.number(place) for place in range(1, len(values) + 1)))
    )
    rows = exp.column("rows", table=_ROWS)
    none = exp.Literal.number(0)
    surplus = exp.Sub(this=rows.copy(), expression=exp.Literal.number(1))
    outputs = [
        _named(exp.func("coalesce", exp.Sum(this=rows), none), "0_checked"),
        _named(exp.func("coalesce", exp.Sum(this=surplus), none.copy()), "0_failing"),
    ]
    if shown:
        twice = exp.GT(this=rows.copy(), expression=exp.Literal.number(1))
        keys = [exp.column(names[name], table=_ROWS) for name in shown]
        outputs.append(_named(_smallest(twice, keys), "0_keys"))
    return Scan(dataset, (item,), exp.select(*outputs).from_(inner.subquery(_ROWS)), shown)


def _lookup(item: BoundRule, target: Target, number: int) -> exp.Join:
    """Return a left join with the distinct keys of the other table, which marks the rows that have one."""
    name = _lookup_name(number)
    keys = {f"k{place}": _value(target.dataset, c) for place, c in enumerate(target.columns)}
    there = (
        exp.select(
            *(_named(value, key) for key, value in keys.items()),
            _named(exp.true(), "found"),
        )
        .distinct()
        .from_(table_of(target.dataset))
    )
    same = exp.and_(
        *(
            exp.EQ(this=_value(item.dataset, mine), expression=exp.column(key, table=name))
            for mine, key in zip(item.columns, keys, strict=True)
        )
    )
    return exp.Join(this=there.subquery(name), on=same, side="LEFT")


def _lookup_name(number: int) -> str:
    return f"lookup_{number}"


def _value(dataset: Dataset, name: str) -> exp.Expr:
    value = row_value(dataset, column_of(dataset, name))
    return value if isinstance(value, exp.Column | exp.Literal | exp.Func) else exp.Paren(this=value)


def _row_sql(dataset: Dataset, text: str, now: dt.datetime) -> exp.Expr:
    tree = at_moment(parse_row_expression(text), now)
    return replace_columns(tree, lambda name: _value(dataset, name))


def _where(item: BoundRule, now: dt.datetime) -> exp.Expr | None:
    return _row_sql(item.dataset, item.rule.where, now) if item.rule.where else None


def _is_null(value: exp.Expr) -> exp.Expr:
    return exp.Is(this=value, expression=exp.Null())


def _both(*conditions: exp.Expr | None) -> exp.Expr:
    return exp.and_(*(item.copy() for item in conditions if item is not None))


def _of_row(number: int, what: str) -> exp.Expr:
    return exp.column(f"{number}_{what}", table=_ROWS)


def _if(condition: exp.Expr, value: exp.Expr) -> exp.Expr:
    return exp.If(this=condition.copy(), true=value.copy())


def _smallest(fails: exp.Expr, keys: Sequence[exp.Expr]) -> exp.Expr:
    """Return the smallest keys of the rows that fail. Only of those is the key put together, which costs most."""
    return exp.Min(this=_if(fails, _key(keys)), expressions=[exp.Literal.number(SAMPLE_KEYS)])


def _key(values: Sequence[exp.Expr]) -> exp.Expr:
    """Return a key as one value that can be ordered: several columns as a text, since rows with NULLs cannot be."""
    if len(values) == 1:
        return values[0]
    places = ", ".join(["%s"] * len(values))
    return exp.Anonymous(this="format", expressions=[exp.Literal.string(f"({places})"), *values])


def _named(value: exp.Expr, name: str) -> exp.Expr:
    return exp.alias_(value, name, quoted=True)
