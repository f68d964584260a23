"""References inside and between models: every name is known, no expression is broken, no number would be doubled."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lakefront.errors import BadInputError, did_you_mean
from lakefront.semantic.expression import ExpressionError, columns_used, is_type, parse_row_expression
from lakefront.semantic.joins import AmbiguousJoinError, joins_from
from lakefront.semantic.model import Aggregate, Dataset, Model, Ratio, Relationship, View, ViewColumn
from lakefront.semantic.source import Path_, Source

Parsed = tuple[Source, Model]
#: Aggregates whose answer stays the same when a row stands twice.
_SAFE_TO_REPEAT = frozenset({"count_distinct", "min", "max"})


@dataclass(frozen=True)
class _Names:
    datasets: dict[str, Dataset]
    metrics: dict[str, Aggregate | Ratio]
    relationships: tuple[Relationship, ...]


def check_layer(parsed: Sequence[Parsed]) -> list[BadInputError]:
    """Return all that is wrong with models that are each well-formed."""
    problems = list(_duplicates(parsed))
    names = _Names(
        {d.name: d for _, model in parsed for d in model.datasets},
        {m.name: m for _, model in parsed for m in model.metrics},
        tuple(r for _, model in parsed for r in model.relationships),
    )
    for source, model in parsed:
        for number, dataset in enumerate(model.datasets):
            problems += _dataset(source, ("datasets", number), dataset)
        for number, relationship in enumerate(model.relationships):
            problems += _relationship(source, ("relationships", number), relationship, names)
        for number, metric in enumerate(model.metrics):
            problems += _metric(source, ("metrics", number), metric, names)
    if not problems:  # a view is judged by what it is made of
        for source, model in parsed:
            for number, view in enumerate(model.views):
                problems += _view(source, ("views", number), view, names)
    return problems


def _unknown(
    source: Source, path: Path_, name: str, what: str, known: Iterable[str], *, offset: int = 0
) -> BadInputError:
    candidates = sorted(known)
    return BadInputError(
        "model-unknown-name",
        f"there is no {what} '{name}'.{did_you_mean(name, candidates)}",
        where=source.at_value(path, offset),
        fix=f"use one of: {', '.join(candidates)}" if candidates else f"define the {what} first",
    )


def _duplicates(parsed: Sequence[Parsed]) -> Iterator[BadInputError]:
    for kind in ("datasets", "relationships", "metrics", "views"):
        first: dict[str, str] = {}
        for source, model in parsed:
            for number, item in enumerate(getattr(model, kind)):
                where = source.at_value((kind, number, "name"))
                if item.name in first:
                    yield BadInputError(
                        "model-duplicate",
                        f"there is already one of the {kind} named '{item.name}', at {first[item.name]}",
                        where=where,
                        fix="give one of them another name; names are unique over all models",
                    )
                first.setdefault(item.name, str(where))


def _dataset(source: Source, path: Path_, dataset: Dataset) -> Iterator[BadInputError]:
    known = [column.name for column in dataset.columns]
    for number, name in enumerate(dataset.primary_key):
        if name not in known:
            yield _unknown(source, (*path, "primary_key", number), name, f"column of {dataset.name}", known)
    for number, column in enumerate(dataset.columns):
        here = (*path, "columns", number)
        if column.name in known[:number]:
            yield BadInputError(
                "model-duplicate", f"the column '{column.name}' is written twice",
                where=source.at_value((*here, "name")), fix="remove or rename one of them",
            )  # fmt: skip
        if not is_type(column.type):
            yield BadInputError(
                "model-unknown-type", f"'{column.type}' is not a type of Trino",
                where=source.at_value((*here, "type")), fix="write a type such as bigint, varchar, decimal(12,2), date",
            )  # fmt: skip
        if column.time and not _zone_exists(column.time.zone):
            yield BadInputError(
                "model-unknown-zone", f"'{column.time.zone}' is not a time zone",
                where=source.at_value((*here, "time", "zone")), fix="write a name such as UTC or Asia/Seoul",
            )  # fmt: skip
        if column.expression:
            yield from _expression(source, (*here, "expression"), column.expression, dataset, before=number)


def _zone_exists(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return False
    return True


def _expression(
    source: Source, path: Path_, text: str, dataset: Dataset, *, before: int | None = None
) -> Iterator[BadInputError]:
    """Check an expression. `before`: a computed column may use those above it only, so none can use itself."""
    try:
        tree = parse_row_expression(text)
    except ExpressionError as error:
        yield BadInputError(
            "model-expression", str(error), where=source.at_value(path, error.offset), fix="write SQL as Trino reads it"
        )
        return
    usable = [c.name for c in dataset.columns[:before]] + [
        c.name for c in dataset.columns[before or len(dataset.columns) :] if not c.expression
    ]
    for use in columns_used(tree):
        if use.name not in usable:
            what = f"column of {dataset.name}" + (" to compute with above this line" if before is not None else "")
            yield _unknown(source, path, use.name, what, usable, offset=use.offset)


def _relationship(source: Source, path: Path_, item: Relationship, names: _Names) -> Iterator[BadInputError]:
    for key, dataset_name, columns in (("from", item.from_, item.from_columns), ("to", item.to, item.to_columns)):
        dataset = names.datasets.get(dataset_name)
        if dataset is None:
            yield _unknown(source, (*path, key), dataset_name, "dataset", names.datasets)
            continue
        for number, name in enumerate(columns):
            if dataset.column(name) is None:
                known = [column.name for column in dataset.columns]
                yield _unknown(source, (*path, f"{key}_columns", number), name, f"column of {dataset_name}", known)
    target = names.datasets.get(item.to)
    if len(item.from_columns) != len(item.to_columns):
        yield BadInputError(
            "model-relationship", f"{len(item.from_columns)} columns cannot be matched with {len(item.to_columns)}",
            where=source.at_value((*path, "to_columns")), fix="name as many columns on both sides",
        )  # fmt: skip
    elif target and not set(target.primary_key) <= set(item.to_columns):
        yield BadInputError(
            "model-relationship",
            f"'{item.to}' may have several rows for one {', '.join(item.to_columns)}: its primary key is "
            f"{', '.join(target.primary_key)}, so rows of '{item.from_}' would be doubled",
            where=source.at_value((*path, "to_columns")),
            fix="join on the primary key, or turn the relationship round",
        )


def _metric(source: Source, path: Path_, metric: Aggregate | Ratio, names: _Names) -> Iterator[BadInputError]:
    if isinstance(metric, Ratio):
        for key in ("numerator", "denominator"):
            name: str = getattr(metric, key)
            part = names.metrics.get(name)
            if part is None:
                yield _unknown(source, (*path, key), name, "metric", set(names.metrics) - {metric.name})
            elif isinstance(part, Ratio):
                yield BadInputError(
                    "model-ratio", f"'{name}' is itself a ratio", where=source.at_value((*path, key)),
                    fix="divide metrics that are sums or counts",
                )  # fmt: skip
        return
    dataset = names.datasets.get(metric.dataset)
    if dataset is None:
        yield _unknown(source, (*path, "dataset"), metric.dataset, "dataset", names.datasets)
        return
    if not (metric.type == "count" and metric.expression == "*"):
        yield from _expression(source, (*path, "expression"), metric.expression, dataset)
    if metric.filter:
        yield from _expression(source, (*path, "filter"), metric.filter, dataset)


def parts_of(metric: Aggregate | Ratio, metrics: dict[str, Aggregate | Ratio]) -> list[Aggregate]:
    """Return the aggregates that a metric is made of."""
    if isinstance(metric, Aggregate):
        return [metric]
    return [part for name in (metric.numerator, metric.denominator) for part in parts_of(metrics[name], metrics)]


def _view(source: Source, path: Path_, view: View, names: _Names) -> Iterator[BadInputError]:
    if view.root not in names.datasets:
        yield _unknown(source, (*path, "root"), view.root, "dataset", names.datasets)
        return
    try:
        reached = joins_from(view.root, names.relationships)
    except AmbiguousJoinError as error:
        yield BadInputError(
            "model-ambiguous-join", str(error), where=source.at_value((*path, "root")), fix="remove one of them"
        )
        return
    available = {view.root, *reached}
    columns = list(_view_columns(source, path, view, names, available))
    yield from columns
    if not columns:
        yield from _view_time(source, path, view, names)
    for number, name in enumerate(view.metrics):
        metric = names.metrics.get(name)
        if metric is None:
            yield _unknown(source, (*path, "metrics", number), name, "metric", names.metrics)
            continue
        yield from _fan_out(source, (*path, "metrics", number), view, parts_of(metric, names.metrics), available)


def _view_columns(
    source: Source, path: Path_, view: View, names: _Names, available: set[str]
) -> Iterator[BadInputError]:
    seen: set[str] = set()
    for number, item in enumerate(view.columns):
        here = (*path, "columns", number)
        reference = item.column if isinstance(item, ViewColumn) else item
        dataset_name, column_name = reference.split(".")
        place = (*here, "column") if isinstance(item, ViewColumn) else here
        if dataset_name not in available:
            yield _unknown(source, place, dataset_name, f"dataset that '{view.root}' leads to", available)
        elif names.datasets[dataset_name].column(column_name) is None:
            known = [column.name for column in names.datasets[dataset_name].columns]
            yield _unknown(source, place, column_name, f"column of {dataset_name}", known, offset=len(dataset_name) + 1)
        output = item.output if isinstance(item, ViewColumn) else column_name
        if output in seen:
            yield BadInputError(
                "model-duplicate", f"the view has two columns named '{output}'", where=source.at_value(here),
                fix=f"write {{column: {reference}, as: another_name}}",
            )  # fmt: skip
        seen.add(output)


def _view_time(source: Source, path: Path_, view: View, names: _Names) -> Iterator[BadInputError]:
    times: list[str] = []
    for output, item in view.outputs().items():
        dataset, column = item.column.split(".")
        found = names.datasets[dataset].column(column)
        if found and found.time:
            times.append(output)
    if view.time not in times:
        yield _unknown(source, (*path, "time"), view.time, "time column of the view", times)


def _fan_out(
    source: Source, path: Path_, view: View, parts: list[Aggregate], available: set[str]
) -> Iterator[BadInputError]:
    for part in parts:
        if part.dataset not in available:
            yield BadInputError(
                "model-unreachable",
                f"'{part.name}' is over '{part.dataset}', which '{view.root}' does not lead to",
                where=source.at_value(path),
                fix="add a relationship, or show the metric in another view",
            )
        elif part.dataset != view.root and part.type not in _SAFE_TO_REPEAT:
            yield BadInputError(
                "model-fan-out",
                f"'{part.name}' is a {part.type} over '{part.dataset}', and each of its rows stands here once for "
                f"every row of '{view.root}': the number would be too high",
                where=source.at_value(path),
                fix=f"show it in a view whose root is '{part.dataset}'",
            )
