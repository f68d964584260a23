"""What metrics are made of: their inputs, and the aggregates at the bottom."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from sqlglot import exp

from lakefront.semantic.expression import ExpressionError, columns_used, parse_row_expression, safe_divisions
from lakefront.semantic.model import Aggregate, AnyMetric, Cumulative, Derived, PeriodOverPeriod, Ratio

#: Aggregates whose answer stays the same when a row stands twice.
SAFE_TO_REPEAT: Final = frozenset({"count_distinct", "approx_distinct", "min", "max"})
#: Aggregates that can be put together from those of parts of the rows, and by which function.
MERGEABLE: Final = {"sum": "sum", "count": "sum", "min": "min", "max": "max"}
#: Aggregates that are zero, not NULL, where there are no rows.
ZERO_WHEN_EMPTY: Final = frozenset({"count", "count_distinct", "approx_distinct"})


@lru_cache(maxsize=5_000)
def parse_derived(text: str) -> exp.Expr:
    """Parse SQL over metrics, its divisions made safe. The tree is shared: copy it. Raises ExpressionError."""
    return safe_divisions(parse_row_expression(text))


def inputs_of(metric: AnyMetric) -> tuple[str, ...]:
    """Return the metrics that a metric names, in order, each once."""
    match metric:
        case Aggregate():
            return ()
        case Ratio():
            return tuple(dict.fromkeys((metric.numerator, metric.denominator)))
        case Derived():
            try:
                return tuple(dict.fromkeys(use.name for use in columns_used(parse_row_expression(metric.expression))))
            except ExpressionError:
                return ()  # told by the check of the metric itself
        case Cumulative() | PeriodOverPeriod():
            return (metric.metric,)


def parts_of(metric: AnyMetric, metrics: Mapping[str, AnyMetric]) -> list[Aggregate]:
    """Return the aggregates that a metric is made of."""
    if isinstance(metric, Aggregate):
        return [metric]
    return [part for name in inputs_of(metric) for part in parts_of(metrics[name], metrics)]


def over_time_inside(metric: AnyMetric, metrics: Mapping[str, AnyMetric]) -> str | None:
    """Return the name of the first cumulative or period-over-period metric in a metric, itself included."""
    if isinstance(metric, (Cumulative, PeriodOverPeriod)):
        return metric.name
    return next((found for name in inputs_of(metric) if (found := over_time_inside(metrics[name], metrics))), None)


def find_cycle(name: str, metrics: Mapping[str, AnyMetric]) -> tuple[str, ...] | None:
    """Return the names of a metric that is made of itself, from `name` back to `name`."""

    def walk(path: tuple[str, ...], seen: set[str]) -> tuple[str, ...] | None:
        for following in inputs_of(metrics[path[-1]]):
            if following == name:
                return (*path, name)
            if following in metrics and following not in seen:
                seen.add(following)
                found = walk((*path, following), seen)
                if found:
                    return found
        return None

    return walk((name,), {name})
