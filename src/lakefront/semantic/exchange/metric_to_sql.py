"""A metric -> one SQL aggregate expression over `dataset.column`, as Apache Ossie wants it.

A condition is written as CASE inside the aggregate: the Ossie expression language has no FILTER.
"""

from __future__ import annotations

from sqlglot import exp

from lakefront.semantic.expression import DIALECT, divide, parse_row_expression, replace_references
from lakefront.semantic.metrics import parse_derived
from lakefront.semantic.model import Aggregate, AnyMetric, Cumulative, Derived, PeriodOverPeriod, Ratio, SemanticLayer
from lakefront.semantic.tables import aggregate_call, columns_of


class UnsayableError(ValueError):
    """Something that the other side has no words for. The text says what."""


def metric_sql(metric: AnyMetric, layer: SemanticLayer) -> str:
    """Return a metric of a checked layer as SQL. Raises UnsayableError."""
    return _expression(metric, layer).sql(DIALECT)


def _expression(metric: AnyMetric, layer: SemanticLayer) -> exp.Expr:
    match metric:
        case Aggregate():
            return _aggregate(metric, layer)
        case Ratio():
            numerator, denominator = (
                _atomic(_expression(layer.metrics[name], layer)) for name in (metric.numerator, metric.denominator)
            )
            return divide(numerator, denominator)
        case Derived():
            return replace_references(
                parse_derived(metric.expression), lambda column: _expression(layer.metrics[column.name], layer)
            )
        case Cumulative() | PeriodOverPeriod():
            raise UnsayableError(f"'{metric.name}' is taken over periods, which one aggregate cannot say")


def _atomic(tree: exp.Expr) -> exp.Expr:
    return tree if isinstance(tree, exp.Func) else exp.Paren(this=tree)


def _aggregate(metric: Aggregate, layer: SemanticLayer) -> exp.Expr:
    if metric.over_time:
        raise UnsayableError(f"'{metric.name}' counts the {metric.over_time} moment of a period (`over_time`)")
    roles = [role for role, _ in columns_of(metric) if role not in layer.datasets]
    if roles:
        raise UnsayableError(f"'{metric.name}' names columns of '{roles[0]}', a part that a dataset plays (`as`)")

    def of_dataset(text: str) -> exp.Expr:
        tree = parse_row_expression(text, qualified=True)
        return replace_references(tree, lambda column: exp.column(column.name, column.table or metric.dataset))

    if metric.expression == "*":  # COUNT(*) would not say whose rows are counted; a key is never NULL
        value: exp.Expr = exp.column(layer.datasets[metric.dataset].primary_key[0], metric.dataset)
    else:
        value = of_dataset(metric.expression)
    if metric.filter:
        value = exp.Case(ifs=[exp.If(this=of_dataset(metric.filter), true=value)])
    if metric.type == "approx_distinct":  # Trino's APPROX_DISTINCT by the name that Ossie gives it
        return exp.Anonymous(this="APPROX_COUNT_DISTINCT", expressions=[value])
    return aggregate_call(metric, value)
