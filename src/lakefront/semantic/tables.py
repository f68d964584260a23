"""Datasets as tables of a FROM clause, and their columns as values of a row."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from lakefront.semantic.expression import (
    DIALECT,
    columns_used,
    parse_dataset_sql,
    parse_row_expression,
    replace_columns,
    replace_references,
)
from lakefront.semantic.joins import Step
from lakefront.semantic.model import Aggregate, Column, Dataset


def table_of(dataset: Dataset, *, alias: str | None = None, version: exp.Version | None = None) -> exp.Expr:
    """Return a dataset as a table under its own name or another. `version`: the state of the table that is read."""
    name = alias or dataset.name
    if dataset.source is None:
        inner = parse_dataset_sql(dataset.sql or "").copy()
        return exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier(name)))
    *qualifiers, last = dataset.source.split(".")
    table = exp.table_(last, db=qualifiers[-1], catalog=qualifiers[0] if len(qualifiers) > 1 else None, alias=name)
    if version is not None:
        table.set("version", version)
    return table


def catalog_of(table: str, lake: str) -> str:
    """Return the catalog that a table's name begins with, or `lake` for a name of two parts, which is of the lake."""
    return table.split(".", maxsplit=1)[0] if table.count(".") == 2 else lake


def is_lake_table(dataset: Dataset) -> bool:
    """Tell whether a dataset is a table of the environment's lake catalog, which has snapshots."""
    return dataset.source is not None and dataset.source.count(".") == 1


def column_of(dataset: Dataset, name: str) -> Column:
    """Return a column of a checked layer."""
    column = dataset.column(name)
    if column is None:
        raise KeyError(f"{dataset.name}.{name}")  # a checked layer has no such reference
    return column


def row_value(dataset: Dataset, column: Column, *, role: str | None = None) -> exp.Expr:
    """Return a column's value: the table's column, or the expression that it is computed by."""
    if not column.expression:
        return exp.column(column.name, table=role or dataset.name)
    return replace_columns(
        parse_row_expression(column.expression), lambda name: row_value(dataset, column_of(dataset, name), role=role)
    )


def join_condition(step: Step, datasets: Callable[[str], Dataset]) -> exp.Expr:
    """Return the condition of a join. `datasets` gives the dataset behind a role."""
    return exp.and_(
        *(
            exp.EQ(
                this=_key(datasets(step.from_role), mine, step.from_role),
                expression=_key(datasets(step.role), theirs, step.role),
            )
            for mine, theirs in zip(step.from_columns, step.to_columns, strict=True)
        )
    )


def _key(dataset: Dataset, name: str, role: str) -> exp.Expr:
    value = row_value(dataset, column_of(dataset, name), role=role)
    return value if isinstance(value, (exp.Column, exp.Func)) else exp.Paren(this=value)


def expressions_of(part: Aggregate) -> list[exp.Expr]:
    """Return the parsed expression and filter of an aggregate."""
    return [parse_row_expression(text, qualified=True) for text in (part.expression, part.filter) if text]


def columns_of(part: Aggregate) -> list[tuple[str, str]]:
    """Return the columns that an aggregate reads, as (role, column); its own dataset's have its name as role."""
    return [(use.dataset or part.dataset, use.name) for tree in expressions_of(part) for use in columns_used(tree)]


class MergedSketch(Aggregate):
    """The number of distinct values in stored HyperLogLog sketches; `expression` names their column."""


def aggregate_over(
    part: Aggregate,
    value: Callable[[str, str], exp.Expr],
    call: Callable[[Aggregate, exp.Expr], exp.Expr] | None = None,
) -> exp.Expr:
    """Return an aggregate as SQL. `value` gives the value of a column, by role and name; `call` another function."""

    def made(text: str) -> exp.Expr:
        tree = parse_row_expression(text, qualified=True)
        return replace_references(tree, lambda column: value(column.table or part.dataset, column.name))

    aggregate = (call or aggregate_call)(part, made(part.expression))
    return exp.Filter(this=aggregate, expression=exp.Where(this=made(part.filter))) if part.filter else aggregate


def aggregate_call(part: Aggregate, value: exp.Expr) -> exp.Expr:
    """Return the aggregate function of a metric, called on a value."""
    if isinstance(part, MergedSketch):
        sketches = exp.Anonymous(this="MERGE", expressions=[exp.cast(value, "hyperloglog", dialect=DIALECT)])
        return exp.Anonymous(this="CARDINALITY", expressions=[sketches])
    if part.type == "count_distinct":
        return exp.Count(this=exp.Distinct(expressions=[value]))
    if part.type == "approx_percentile":
        return exp.ApproxQuantile(this=value, quantile=exp.Literal.number(str(part.percentile)))
    return _AGGREGATES[part.type](this=value)


def sketch_call(_part: Aggregate, value: exp.Expr) -> exp.Expr:
    """Return the HyperLogLog sketch of values of any type, which Trino has for texts and numbers only."""
    return exp.Anonymous(this="APPROX_SET", expressions=[exp.cast(value, "varchar", dialect=DIALECT)])


_AGGREGATES: dict[str, type[exp.Expr]] = {
    "sum": exp.Sum,
    "min": exp.Min,
    "max": exp.Max,
    "avg": exp.Avg,
    "count": exp.Count,
    "approx_distinct": exp.ApproxDistinct,
}
