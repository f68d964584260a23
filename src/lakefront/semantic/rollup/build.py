"""SQL that builds a rollup's table, and that renews the periods of it whose rows have changed. All of it is AST."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from lakefront.semantic.compile_scan import dimension_value, plain_select
from lakefront.semantic.expression import DIALECT
from lakefront.semantic.model import Dataset, Grain
from lakefront.semantic.plan_types import Branch
from lakefront.semantic.query import AsOf, Query
from lakefront.semantic.rollup.layout import Layout, column_sql
from lakefront.semantic.tables import columns_of, is_lake_table, row_value
from lakefront.semantic.time import TimeKind, literal_time, shift, time_kind

_NEW, _OLD = "new_rows", "old_rows"
_PRESENT = "lakefront_present"


@dataclass(frozen=True)
class Touched:
    """Periods whose rows may have changed: ranges of wall-clock time, first to before last, and rows without time."""

    ranges: tuple[tuple[dt.datetime, dt.datetime], ...]
    without_time: bool = False

    @property
    def nothing(self) -> bool:
        """Whether nothing has changed."""
        return not self.ranges and not self.without_time


def joined_ranges(starts: Sequence[dt.datetime], grain: Grain) -> tuple[tuple[dt.datetime, dt.datetime], ...]:
    """Return periods as ranges, those that follow each other as one."""
    result: list[tuple[dt.datetime, dt.datetime]] = []
    for start in sorted(set(starts)):
        end = shift(start, grain, 1)
        if result and result[-1][1] == start:
            result[-1] = (result[-1][0], end)
        else:
            result.append((start, end))
    return tuple(result)


def definition_of(layout: Layout) -> str:
    """Return a fingerprint of all that decides a rollup's rows: it changes when the models do."""
    text = f"{layout.rollup.target}: {select_rows(layout, snapshot=None).sql(DIALECT)}"
    return hashlib.sha256(text.encode()).hexdigest()


def select_rows(layout: Layout, *, snapshot: int | None, touched: Touched | None = None) -> exp.Select:
    """Return the rows of a rollup, as of a snapshot of its dataset. `touched`: those of some periods only."""
    branch = _branch(layout)
    as_of = AsOf("snapshot", snapshot=snapshot) if snapshot is not None else None
    select = plain_select(branch, Query(metrics=(), as_of=as_of))
    if touched is not None:
        select = select.where(_within(layout, touched), copy=False)
    columns = [
        exp.alias_(dimension_value(branch, item), name)
        for name, item in zip(key_names(layout), branch.dimensions, strict=True)
    ]
    columns += [
        exp.alias_(column_sql(part, kind, layout.fact), name)
        for part in layout.parts.values()
        for kind, name in part.columns.items()
    ]
    select = select.select(*columns, copy=False)
    places = [exp.Literal.number(place) for place in range(1, len(branch.dimensions) + 1)]
    return select.group_by(*places, copy=False) if places else select


def create_sql(layout: Layout, *, catalog: str, snapshot: int | None) -> str:
    """Return the statement that makes a rollup's table anew, in one commit."""
    comment = exp.SchemaCommentProperty(
        this=exp.Literal.string(f"{layout.rollup.description} Rollup {layout.rollup.name}: do not write to it.")
    )
    create = exp.Create(
        this=target_of(layout, catalog),
        kind="TABLE",
        replace=True,
        properties=exp.Properties(expressions=[comment]),
        expression=select_rows(layout, snapshot=snapshot),
    )
    return create.sql(DIALECT, identify=True)


def merge_sql(layout: Layout, touched: Touched, *, catalog: str, snapshot: int | None) -> str:
    """Return the statement that renews some periods in one commit: groups are changed, added, and taken away."""
    target = target_of(layout, catalog, alias="t")
    keys, values = key_names(layout), value_names(layout)

    def assign(name: str) -> exp.Expr:
        return exp.EQ(this=exp.column(name), expression=exp.column(name, table="s"))

    is_there = exp.EQ(this=exp.column(_PRESENT, table="s"), expression=exp.Literal.number(1))
    gone = exp.EQ(this=exp.column(_PRESENT, table="s"), expression=exp.Literal.number(0))
    every = [*keys, *values]
    insert = exp.Insert(
        this=exp.Tuple(expressions=[exp.column(name) for name in every]),
        expression=exp.Tuple(expressions=[exp.column(name, table="s") for name in every]),
    )
    merge = exp.Merge(
        this=target,
        using=_both_states(layout, touched, catalog, snapshot).subquery("s"),
        on=exp.and_(*(part for name in keys for part in _same(name))),
        whens=exp.Whens(
            expressions=[
                exp.When(matched=True, condition=gone, then=exp.Var(this="DELETE")),
                exp.When(matched=True, then=exp.Update(expressions=[assign(name) for name in values])),
                exp.When(matched=False, condition=is_there, then=insert),
            ]
        ),
    )
    return merge.sql(DIALECT, identify=True)


def periods_sql(layout: Layout, *, catalog: str, first: int, last: int) -> str:
    """Return the query for the periods of the rows that were appended after one snapshot, up to another."""
    dataset = layout.fact.dataset
    schema, table = (dataset.source or "").split(".")
    if layout.time is None:
        raise ValueError(layout.rollup.name)
    arguments = {
        "schema_name": exp.Literal.string(schema),
        "table_name": exp.Literal.string(table),
        "start_snapshot_id": exp.Literal.number(first),
        "end_snapshot_id": exp.Literal.number(last),
    }
    function = exp.Anonymous(
        this="table_changes",
        expressions=[exp.Kwarg(this=exp.Var(this=name), expression=value) for name, value in arguments.items()],
    )
    qualified = exp.Dot.build([exp.to_identifier(catalog), exp.to_identifier("system"), function])
    changes = exp.Table(
        this=exp.Anonymous(this="TABLE", expressions=[qualified]),
        alias=exp.TableAlias(this=exp.to_identifier(dataset.name)),
    )
    period = dimension_value(_branch(layout), layout.time)
    return exp.select(exp.alias_(period, "period")).distinct().from_(changes).sql(DIALECT, identify=True)


def target_of(layout: Layout, catalog: str, *, alias: str | None = None) -> exp.Table:
    """Return a rollup's table as AST."""
    schema, name = layout.rollup.target.split(".")
    return exp.table_(name, db=schema, catalog=catalog, alias=exp.to_identifier(alias) if alias else None)


def key_names(layout: Layout) -> list[str]:
    """Return the columns that tell one row of a rollup from another."""
    time = layout.time_column
    return [*([time.name] if time else []), *layout.dimensions]


def value_names(layout: Layout) -> list[str]:
    """Return the columns that hold parts of metrics."""
    return [name for part in layout.parts.values() for name in part.columns.values()]


def sources_of(layout: Layout) -> tuple[str, ...]:
    """Return the lake tables that a rollup's rows come from, that of its dataset first."""
    return tuple(dict.fromkeys(item.source for item in _datasets(layout) if item.source and is_lake_table(item)))


def only_lake_tables(layout: Layout) -> bool:
    """Tell whether all that a rollup is made of has snapshots, so that it can be known to be current."""
    return all(is_lake_table(item) for item in _datasets(layout))


def _datasets(layout: Layout) -> list[Dataset]:
    """Return the dataset of a rollup, and those that are joined to it."""
    return [layout.fact.dataset, *(layout.fact.roles[step.role] for step in _branch(layout).joins)]


def _branch(layout: Layout) -> Branch:
    dimensions = (*([layout.time] if layout.time else []), *layout.dimensions.values())
    roles = [item.role for item in dimensions]
    roles += [role for part in layout.parts.values() for role, _ in columns_of(part.metric)]
    return Branch(
        fact=layout.fact,
        leaves=(),
        dimensions=dimensions,
        filters={},
        joins=tuple(layout.fact.routes.needed(roles)),
    )


def _within(layout: Layout, touched: Touched) -> exp.Expr:
    """Return the condition on the dataset's bare time column, so that Iceberg leaves out files by it."""
    time = layout.time
    if time is None or time.kind is None:
        raise ValueError(layout.rollup.name)
    return _in_ranges(row_value(layout.fact.dataset, time.column), time.kind, time.zone, touched)


def _stored_within(layout: Layout, touched: Touched) -> exp.Expr:
    column = layout.time_column
    kind = time_kind(column.type) if column else None
    if column is None or kind is None:
        raise ValueError(layout.rollup.name)
    return _in_ranges(exp.column(column.name), kind, "UTC", touched)


def _in_ranges(value: exp.Expr, kind: TimeKind, zone: str, touched: Touched) -> exp.Expr:
    conditions: list[exp.Expr] = [
        exp.and_(
            exp.GTE(this=value.copy(), expression=literal_time(start, kind, zone)),
            exp.LT(this=value.copy(), expression=literal_time(end, kind, zone)),
        )
        for start, end in touched.ranges
    ]
    if touched.without_time:
        conditions.append(exp.Is(this=value.copy(), expression=exp.Null()))
    return exp.or_(*conditions)


def _both_states(layout: Layout, touched: Touched, catalog: str, snapshot: int | None) -> exp.Select:
    """Return each group that is or was in the touched periods once; GROUP BY takes NULL as a value like any other."""
    keys, values = key_names(layout), value_names(layout)
    now = exp.select(
        *(exp.column(name) for name in (*keys, *values)), exp.alias_(exp.Literal.number(1), _PRESENT)
    ).from_(select_rows(layout, snapshot=snapshot, touched=touched).subquery(_NEW))
    before = (
        exp.select(
            *(exp.column(name) for name in keys),
            *(exp.alias_(exp.Null(), name) for name in values),
            exp.alias_(exp.Literal.number(0), _PRESENT),
        )
        .from_(target_of(layout, catalog, alias=_OLD))
        .where(_stored_within(layout, touched))
    )
    stacked = exp.Union(this=now, expression=before, distinct=False)
    return (
        exp.select(
            *(exp.column(name) for name in keys),
            *(exp.alias_(exp.Anonymous(this="ANY_VALUE", expressions=[exp.column(name)]), name) for name in values),
            exp.alias_(exp.Max(this=exp.column(_PRESENT)), _PRESENT),
        )
        .from_(stacked.subquery("states"))
        .group_by(*(exp.column(name) for name in keys))
    )


#: NULL as a text: a join on it is one of equality, which Trino hashes, unlike IS NOT DISTINCT FROM.
_NULL: Final = ""


def _same(name: str) -> list[exp.Expr]:
    mine, theirs = exp.column(name, table="t"), exp.column(name, table="s")

    def null(value: exp.Expr) -> exp.Expr:
        return exp.Paren(this=exp.Is(this=value.copy(), expression=exp.Null()))

    def text(value: exp.Expr) -> exp.Expr:
        return exp.func("coalesce", exp.cast(value.copy(), "varchar", dialect=DIALECT), exp.Literal.string(_NULL))

    return [
        exp.EQ(this=null(mine), expression=null(theirs)),
        exp.EQ(this=text(mine), expression=text(theirs)),
    ]
