"""Rollups of an otherwise checked layer: names are known, parts can be put together, no column stands twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lakefront.errors import BadInputError
from lakefront.semantic.metrics import over_time_inside, parts_of
from lakefront.semantic.model import Aggregate, Model, SemanticLayer
from lakefront.semantic.names import unknown
from lakefront.semantic.rollup.build import key_names, value_names
from lakefront.semantic.rollup.layout import KEPT, Layout, layout_of, mean_type
from lakefront.semantic.rollup_model import Rollup, RollupColumn, RollupMetric
from lakefront.semantic.source import Path_, Source


def check_rollups(parsed: Sequence[tuple[Source, Model]], layer: SemanticLayer) -> list[BadInputError]:
    """Return all that is wrong with the rollups of a layer."""
    problems: list[BadInputError] = []
    tables: dict[str, str] = {}
    for source, model in parsed:
        for number, rollup in enumerate(model.rollups):
            path: Path_ = ("rollups", number)
            found = list(_rollup(source, path, rollup, layer))
            problems += found
            problems += [] if found else _columns(source, path, layout_of(rollup, layer))
            if rollup.target in tables:
                problems.append(_same_table(source, path, rollup, tables[rollup.target]))
            tables.setdefault(rollup.target, rollup.name)
    return problems


def _same_table(source: Source, path: Path_, rollup: Rollup, other: str) -> BadInputError:
    return BadInputError(
        "model-duplicate", f"'{rollup.target}' is already the table of the rollup '{other}'",
        where=source.at_value((*path, "table" if rollup.table else "name")), fix="give one of them another table",
    )  # fmt: skip


def _rollup(source: Source, path: Path_, rollup: Rollup, layer: SemanticLayer) -> Iterator[BadInputError]:
    dataset = layer.datasets.get(rollup.dataset)
    if dataset is None:
        yield unknown(source, (*path, "dataset"), rollup.dataset, "dataset", layer.datasets)
        return
    if rollup.target.count(".") != 1 or rollup.target == dataset.source:
        yield BadInputError(
            "model-rollup", f"'{rollup.target}' cannot be the table of a rollup of '{dataset.name}'",
            where=source.at_value((*path, "table")), fix="write schema.table of the lake, not the dataset's own",
        )  # fmt: skip
    if rollup.time:
        column = dataset.column(rollup.time.column)
        times = [item.name for item in dataset.columns if item.time]
        if column is None or column.time is None:
            here = (*path, "time", "column")
            yield unknown(source, here, rollup.time.column, f"time column of {dataset.name}", times)
            return
        if rollup.time.grain not in column.time.grains:
            yield BadInputError(
                "model-grain", f"'{dataset.name}.{column.name}' has no grain '{rollup.time.grain.value}'",
                where=source.at_value((*path, "time", "grain")),
                fix=f"use one of: {', '.join(grain.value for grain in column.time.grains)}",
            )  # fmt: skip
            return
    yield from _dimensions(source, path, rollup, layer)
    for number, item in enumerate(rollup.metrics):
        here = (*path, "metrics", number, *(["metric"] if isinstance(item, RollupMetric) else []))
        name = item.metric if isinstance(item, RollupMetric) else item
        yield from _metric(source, here, name, rollup, layer)


def _dimensions(source: Source, path: Path_, rollup: Rollup, layer: SemanticLayer) -> Iterator[BadInputError]:
    for number, item in enumerate(rollup.dimensions):
        here = (*path, "dimensions", number, *(["column"] if isinstance(item, RollupColumn) else []))
        only = rollup.model_copy(update={"dimensions": (item,), "metrics": ()})
        try:
            layout_of(only, layer)
        except BadInputError as error:
            yield BadInputError("model-rollup", error.what, where=source.at_value(here), fix=error.fix)


def _metric(source: Source, here: Path_, name: str, rollup: Rollup, layer: SemanticLayer) -> Iterator[BadInputError]:
    metric = layer.metrics.get(name)
    if metric is None:
        yield unknown(source, here, name, "metric", layer.metrics)
        return
    over_time = over_time_inside(metric, layer.metrics)
    if over_time:
        yield _refused(source, here, f"'{over_time}' is over time", "keep the metric that it is made of")
        return
    for part in parts_of(metric, layer.metrics):
        reason = _reason(part, rollup, layer)
        if reason:
            yield _refused(source, here, f"'{part.name}' {reason[0]}", reason[1])


def _reason(part: Aggregate, rollup: Rollup, layer: SemanticLayer) -> tuple[str, str] | None:
    """Return why parts of an aggregate cannot be kept, and what to do about it."""
    if part.dataset != rollup.dataset:
        return f"is over '{part.dataset}'", f"keep it in a rollup of '{part.dataset}'"
    if part.type not in KEPT:
        return f"is an {part.type}, which cannot be put together from parts", "leave it out"
    if part.over_time:
        return "is a level, which is not added up over time", "leave it out"
    if part.type == "avg" and mean_type(part, layer.datasets[part.dataset]) is None:
        expression = part.expression
        return "is a mean of what has no known type", f"write its expression as CAST({expression} AS double)"
    return None


def _refused(source: Source, here: Path_, what: str, fix: str) -> BadInputError:
    return BadInputError("model-rollup", f"a rollup cannot keep it: {what}", where=source.at_value(here), fix=fix)


def _columns(source: Source, path: Path_, layout: Layout) -> list[BadInputError]:
    names = [*key_names(layout), *value_names(layout)]
    twice = next((name for number, name in enumerate(names) if name in names[:number]), None)
    if twice is None:
        return []
    return [
        BadInputError(
            "model-duplicate", f"the rollup would have two columns named '{twice}'",
            where=source.at_value((*path, "name")), fix="name one of them otherwise: {column: …, as: another_name}",
        )
    ]  # fmt: skip
