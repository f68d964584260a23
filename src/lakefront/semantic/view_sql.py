"""A view of the semantic layer -> one SELECT, and its metrics -> aggregates over that SELECT's columns."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from lakefront.semantic.check import parts_of
from lakefront.semantic.expression import DIALECT, columns_used, parse_row_expression, replace_columns
from lakefront.semantic.joins import joins_from, needed_joins
from lakefront.semantic.model import Aggregate, Column, Dataset, Ratio, SemanticLayer, View


@dataclass(frozen=True)
class OutputColumn:
    """A column of the SELECT. `shown`: named by the view; the others are there for metrics only."""

    name: str
    dataset: str
    column: Column
    shown: bool
    missing: str | None = None


@dataclass(frozen=True)
class CompiledView:
    """A view as SQL. `metrics` holds each metric's aggregate over the output columns."""

    view: View
    columns: tuple[OutputColumn, ...]
    sql: str
    metrics: dict[str, str]


def compile_view(view: View, layer: SemanticLayer) -> CompiledView:
    """Return the SQL of a view of a checked layer. One row of it is one row of the view's root."""
    columns = _output_columns(view, layer)
    names = {(item.dataset, item.column.name): item.name for item in columns if not item.missing}
    return CompiledView(
        view=view,
        columns=columns,
        sql=_select(view, layer, columns).sql(DIALECT, pretty=True, identify=True),
        metrics={
            name: _metric(layer.metrics[name], layer, names).sql(DIALECT, identify=True, normalize_functions="upper")
            for name in view.metrics
        },
    )


def _output_columns(view: View, layer: SemanticLayer) -> tuple[OutputColumn, ...]:
    datasets = layer.datasets
    result: list[OutputColumn] = []
    for output, item in view.outputs().items():
        dataset, name = item.column.split(".")
        column = _column(datasets[dataset], name)
        result.append(OutputColumn(output, dataset, column, shown=True, missing=item.missing))
    # A metric sees the NULLs that a view shows as a text.
    have = {(item.dataset, item.column.name) for item in result if not item.missing}
    taken = {item.name for item in result}
    for metric in view.metrics:
        for part in parts_of(layer.metrics[metric], layer.metrics):
            for name in _columns_of(part):
                if (part.dataset, name) in have:
                    continue
                output = name if name not in taken else f"{part.dataset}_{name}"
                have.add((part.dataset, name))
                taken.add(output)
                result.append(OutputColumn(output, part.dataset, _column(datasets[part.dataset], name), shown=False))
    return tuple(result)


def _columns_of(part: Aggregate) -> list[str]:
    trees = [parse_row_expression(text) for text in (part.expression, part.filter) if text]
    return [use.name for tree in trees for use in columns_used(tree)]


def _column(dataset: Dataset, name: str) -> Column:
    column = dataset.column(name)
    if column is None:
        raise KeyError(f"{dataset.name}.{name}")  # a checked layer has no such reference
    return column


def _select(view: View, layer: SemanticLayer, columns: tuple[OutputColumn, ...]) -> exp.Select:
    datasets = layer.datasets
    select = exp.select(
        *(
            exp.column(item.name, table=item.dataset)
            if item.name == item.column.name and not item.column.expression and not item.missing
            else exp.alias_(_output(datasets[item.dataset], item), item.name)
            for item in columns
        )
    ).from_(_table(datasets[view.root]))
    steps = needed_joins((item.dataset for item in columns), joins_from(view.root, layer.relationships))
    for step in steps:
        condition = exp.and_(
            *(
                exp.EQ(this=exp.column(mine, table=step.from_), expression=exp.column(theirs, table=step.to))
                for mine, theirs in zip(step.from_columns, step.to_columns, strict=True)
            )
        )
        # A fact whose dimension is missing still counts.
        select = select.join(_table(datasets[step.to]), on=condition, join_type="left")
    return select


def _output(dataset: Dataset, item: OutputColumn) -> exp.Expr:
    value = _row_value(dataset, item.column)
    return exp.func("coalesce", value, exp.Literal.string(item.missing)) if item.missing else value


def _table(dataset: Dataset) -> exp.Table:
    *qualifiers, name = dataset.source.split(".")
    return exp.table_(
        name, db=qualifiers[-1], catalog=qualifiers[0] if len(qualifiers) > 1 else None, alias=dataset.name
    )


def _row_value(dataset: Dataset, column: Column) -> exp.Expr:
    if not column.expression:
        return exp.column(column.name, table=dataset.name)
    return replace_columns(
        parse_row_expression(column.expression), lambda name: _row_value(dataset, _column(dataset, name))
    )


def _metric(metric: Aggregate | Ratio, layer: SemanticLayer, names: dict[tuple[str, str], str]) -> exp.Expr:
    if isinstance(metric, Ratio):
        numerator = _metric(layer.metrics[metric.numerator], layer, names)
        denominator = _metric(layer.metrics[metric.denominator], layer, names)
        return exp.Div(
            this=exp.cast(numerator, "double"), expression=exp.func("nullif", denominator, exp.Literal.number(0))
        )

    def output(text: str) -> exp.Expr:
        return replace_columns(parse_row_expression(text), lambda name: exp.column(names[metric.dataset, name]))

    aggregate = _aggregate(metric.type, output(metric.expression))
    if metric.filter:
        return exp.Filter(this=aggregate, expression=exp.Where(this=output(metric.filter)))
    return aggregate


def _aggregate(kind: str, value: exp.Expr) -> exp.Expr:
    if kind == "count_distinct":
        return exp.Count(this=exp.Distinct(expressions=[value]))
    return _AGGREGATES[kind](this=value)


_AGGREGATES: dict[str, type[exp.Expr]] = {
    "sum": exp.Sum,
    "min": exp.Min,
    "max": exp.Max,
    "avg": exp.Avg,
    "count": exp.Count,
}
