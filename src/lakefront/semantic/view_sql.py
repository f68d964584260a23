"""A view of the semantic layer -> one SELECT, and its metrics -> aggregates over that SELECT's columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from lakefront.semantic.expression import DIALECT, divide, replace_columns
from lakefront.semantic.joins import Routes, routes_from
from lakefront.semantic.metrics import inputs_of, parse_derived, parts_of
from lakefront.semantic.model import Aggregate, AnyMetric, Column, Derived, Ratio, SemanticLayer, View
from lakefront.semantic.tables import (
    aggregate_over,
    column_of,
    columns_of,
    is_lake_table,
    join_condition,
    row_value,
    table_of,
)

#: Stands beside each join of a view. Superset leaves such a join out where nothing of it is asked for
#: (`deploy/superset/joins.py`), as the compiler does for a query.
AT_MOST_ONE: Final = "at most one row"


@dataclass(frozen=True)
class OutputColumn:
    """A column of the SELECT. `shown`: named by the view; the others are there for metrics only.

    `dataset` is the dataset's name, or that of the part it plays in a join.
    """

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
    routes = routes_from(view.root, layer.relationships)
    columns = _output_columns(view, layer, routes)
    names = output_names(columns)
    return CompiledView(
        view=view,
        columns=columns,
        sql=select_of(view, layer, columns).sql(DIALECT, pretty=True, identify=True),
        metrics={
            name: metric_of(layer.metrics[name], layer, names).sql(DIALECT, identify=True, normalize_functions="upper")
            for name in view.metrics
        },
    )


def output_names(columns: Iterable[OutputColumn]) -> dict[tuple[str, str], str]:
    """Return the output columns that metrics are over, by dataset and column."""
    return {(item.dataset, item.column.name): item.name for item in columns if not item.missing}


def _output_columns(view: View, layer: SemanticLayer, routes: Routes) -> tuple[OutputColumn, ...]:
    behind = {role: layer.datasets[name] for role, name in routes.datasets().items()}
    result: list[OutputColumn] = []
    for output, item in view.outputs().items():
        role, name = item.column.split(".")
        column = column_of(behind[role], name)
        result.append(OutputColumn(output, role, column, shown=True, missing=item.missing))
    # A metric sees the NULLs that a view shows as a text.
    have = {(item.dataset, item.column.name) for item in result if not item.missing}
    taken = {item.name for item in result}
    for metric in view.metrics:
        for part in parts_of(layer.metrics[metric], layer.metrics):
            for role, name in columns_of(part):
                if (role, name) in have:
                    continue
                output = name if name not in taken else f"{role}_{name}"
                have.add((role, name))
                taken.add(output)
                result.append(OutputColumn(output, role, column_of(behind[role], name), shown=False))
    return tuple(result)


def select_of(
    view: View, layer: SemanticLayer, columns: Iterable[OutputColumn], version: exp.Version | None = None
) -> exp.Select:
    """Return the SELECT of a view. `version`: the state of the lake that is read; other tables are as they are now."""
    routes = routes_from(view.root, layer.relationships)
    behind = {role: layer.datasets[name] for role, name in routes.datasets().items()}
    items = list(columns)

    def table(role: str, alias: str | None = None) -> exp.Expr:
        dataset = behind[role]
        return table_of(dataset, alias=alias, version=version.copy() if version and is_lake_table(dataset) else None)

    select = exp.select(
        *(
            exp.column(item.name, table=item.dataset)
            if item.name == item.column.name and not item.column.expression and not item.missing
            else exp.alias_(_output(row_value(behind[item.dataset], item.column, role=item.dataset), item), item.name)
            for item in items
        )
    ).from_(table(view.root))
    for step in routes.needed(item.dataset for item in items):
        # A fact whose dimension is missing still counts.
        on = join_condition(step, behind.__getitem__)
        joined = table(step.role, step.role)
        joined.add_comments([AT_MOST_ONE])
        select = select.join(joined, on=on, join_type="left")
    return select


def _output(value: exp.Expr, item: OutputColumn) -> exp.Expr:
    return exp.func("coalesce", value, exp.Literal.string(item.missing)) if item.missing else value


def metric_of(
    metric: AnyMetric, layer: SemanticLayer, names: dict[tuple[str, str], str], only: exp.Expr | None = None
) -> exp.Expr:
    """Return a metric over a view's output columns (`names`), of all rows or `only` of those that a condition keeps."""
    if isinstance(metric, Aggregate):
        made = aggregate_over(metric, lambda role, name: exp.column(names[role, name]))
        return _of_rows(made, only) if only is not None else made
    parts = {name: metric_of(layer.metrics[name], layer, names, only) for name in inputs_of(metric)}
    if isinstance(metric, Ratio):
        return divide(parts[metric.numerator], parts[metric.denominator])
    if isinstance(metric, Derived):
        return replace_columns(parse_derived(metric.expression), parts.__getitem__)
    raise KeyError(metric.name)  # a checked layer shows no metric over time in a view


def _of_rows(aggregate: exp.Expr, only: exp.Expr) -> exp.Expr:
    kept = [aggregate.expression.this.copy()] if isinstance(aggregate, exp.Filter) else []
    call = aggregate.this if isinstance(aggregate, exp.Filter) else aggregate
    return exp.Filter(this=call, expression=exp.Where(this=exp.and_(*kept, only.copy())))
