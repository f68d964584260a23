"""References of metrics: columns of their dataset and of those it leads to, other metrics, no circles."""

from __future__ import annotations

from collections.abc import Iterator

from lakefront.errors import BadInputError
from lakefront.semantic.expression import ColumnUse, ExpressionError, columns_used, parse_row_expression
from lakefront.semantic.joins import AmbiguousJoinError
from lakefront.semantic.metrics import find_cycle, inputs_of, over_time_inside, parts_of
from lakefront.semantic.model import Aggregate, AnyMetric, Cumulative, Dataset, Derived, PeriodOverPeriod, Ratio
from lakefront.semantic.names import Names, unknown
from lakefront.semantic.source import Path_, Source


def check_metric(source: Source, path: Path_, metric: AnyMetric, names: Names) -> Iterator[BadInputError]:
    """Yield what is wrong with a metric."""
    if isinstance(metric, Aggregate):
        yield from _aggregate(source, path, metric, names)
        return
    inputs = list(_inputs(source, path, metric, names))
    yield from inputs
    if inputs:
        return
    circle = find_cycle(metric.name, names.metrics)
    if circle:
        yield BadInputError(
            "model-circle", f"the metric is made of itself: {' > '.join(circle)}",
            where=source.at_value((*path, "name")), fix="break the circle",
        )  # fmt: skip
    elif isinstance(metric, (Cumulative, PeriodOverPeriod)):
        yield from _over_time(source, path, metric, names)


def _aggregate(source: Source, path: Path_, metric: Aggregate, names: Names) -> Iterator[BadInputError]:
    dataset = names.datasets.get(metric.dataset)
    if dataset is None:
        yield unknown(source, (*path, "dataset"), metric.dataset, "dataset", names.datasets)
        return
    if not (metric.type == "count" and metric.expression == "*"):
        yield from _expression(source, (*path, "expression"), metric.expression, dataset, names)
    if metric.filter:
        yield from _expression(source, (*path, "filter"), metric.filter, dataset, names)
    times = [column.name for column in dataset.columns if column.time]
    if metric.time and metric.time not in times:
        yield unknown(source, (*path, "time"), metric.time, f"time column of {dataset.name}", times)
    if metric.over_time and not (metric.time or dataset.time_column):
        yield BadInputError(
            "model-over-time", f"it is not said which time column of '{dataset.name}' `over_time` is about",
            where=source.at_value((*path, "over_time")), fix=f"add `time:`, one of: {', '.join(times) or '(none yet)'}",
        )  # fmt: skip


def _expression(source: Source, path: Path_, text: str, dataset: Dataset, names: Names) -> Iterator[BadInputError]:
    try:
        tree = parse_row_expression(text, qualified=True)
    except ExpressionError as error:
        yield BadInputError(
            "model-expression", str(error), where=source.at_value(path, error.offset), fix="write SQL as Trino reads it"
        )
        return
    for use in columns_used(tree):
        if use.dataset and use.dataset != dataset.name:
            yield from _joined(source, path, use, dataset, names)
        elif dataset.column(use.name) is None:
            known = [column.name for column in dataset.columns]
            yield unknown(source, path, use.name, f"column of {dataset.name}", known, offset=use.offset)


def _joined(source: Source, path: Path_, use: ColumnUse, dataset: Dataset, names: Names) -> Iterator[BadInputError]:
    routes = names.routes(dataset.name)
    role = use.dataset or dataset.name
    start = max(use.offset - len(role) - 1, 0)
    if role not in routes.reached:
        yield unknown(source, path, role, f"dataset that '{dataset.name}' leads to", routes.reached, offset=start)
        return
    try:
        routes.require_clear(role)
    except AmbiguousJoinError as error:
        yield BadInputError(
            "model-ambiguous-join", str(error), where=source.at_value(path, start),
            fix="remove one of them, or give each its own name with `as`",
        )  # fmt: skip
        return
    target = names.datasets[routes.reached[role].dataset]
    if target.column(use.name) is None:
        known = [column.name for column in target.columns]
        yield unknown(source, path, use.name, f"column of {role}", known, offset=use.offset)


def _inputs(source: Source, path: Path_, metric: AnyMetric, names: Names) -> Iterator[BadInputError]:
    if isinstance(metric, Derived):
        here = (*path, "expression")
        try:
            uses = columns_used(parse_row_expression(metric.expression))
        except ExpressionError as error:
            yield BadInputError(
                "model-expression", str(error), where=source.at_value(here, error.offset),
                fix="write SQL over the names of metrics",
            )  # fmt: skip
            return
        for use in uses:
            if use.name not in names.metrics:
                yield unknown(source, here, use.name, "metric", _others(metric, names), offset=use.offset)
        if not uses:
            yield BadInputError(
                "model-expression", "it names no metric", where=source.at_value(here), fix="name one at least"
            )
        return
    for key in ("numerator", "denominator") if isinstance(metric, Ratio) else ("metric",):
        name: str = getattr(metric, key)
        part = names.metrics.get(name)
        if part is None:
            yield unknown(source, (*path, key), name, "metric", _others(metric, names))
        elif isinstance(metric, Ratio) and isinstance(part, Ratio):
            yield BadInputError(
                "model-ratio", f"'{name}' is itself a ratio", where=source.at_value((*path, key)),
                fix="divide metrics that are sums or counts",
            )  # fmt: skip


def _others(metric: AnyMetric, names: Names) -> set[str]:
    return set(names.metrics) - {metric.name}


def _over_time(
    source: Source, path: Path_, metric: Cumulative | PeriodOverPeriod, names: Names
) -> Iterator[BadInputError]:
    base = names.metrics[metric.metric]
    if any(name not in names.metrics for name in _all_inputs(base, names)):
        return  # told where it stands
    inner = over_time_inside(base, names.metrics)
    if inner and (isinstance(metric, Cumulative) or not isinstance(names.metrics[inner], Cumulative)):
        yield BadInputError(
            "model-over-time", f"'{inner}' is itself over time, which '{metric.name}' cannot be taken of",
            where=source.at_value((*path, "metric")), fix="name the metric that it is made of",
        )  # fmt: skip
        return
    level = next((part.name for part in parts_of(base, names.metrics) if part.over_time), None)
    if level:
        yield BadInputError(
            "model-over-time", f"'{level}' has `over_time`: it is a level and cannot be taken over other periods",
            where=source.at_value((*path, "metric")), fix="name a metric that can be added up over time",
        )  # fmt: skip


def _all_inputs(metric: AnyMetric, names: Names) -> Iterator[str]:
    for name in inputs_of(metric):
        yield name
        if name in names.metrics and not find_cycle(name, names.metrics):
            yield from _all_inputs(names.metrics[name], names)
