"""References inside and between models: every name is known, no expression is broken, no number would be doubled."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator, Sequence

from lakefront.errors import BadInputError
from lakefront.semantic.check_as_of import check_as_of
from lakefront.semantic.check_metrics import check_metric
from lakefront.semantic.check_origin import check_origin
from lakefront.semantic.expression import (
    ExpressionError,
    columns_used,
    is_type,
    parse_dataset_sql,
    parse_row_expression,
)
from lakefront.semantic.joins import AmbiguousJoinError, Routes
from lakefront.semantic.metrics import SAFE_TO_REPEAT, over_time_inside, parts_of
from lakefront.semantic.model import Aggregate, Column, Dataset, Grain, Model, Relationship, View, ViewColumn
from lakefront.semantic.names import Names, unknown
from lakefront.semantic.quality.check import check_quality
from lakefront.semantic.source import Path_, Source
from lakefront.semantic.tables import columns_of
from lakefront.semantic.time import TimeKind, time_kind

Parsed = tuple[Source, Model]


def check_layer(parsed: Sequence[Parsed]) -> list[BadInputError]:
    """Return all that is wrong with models that are each well-formed."""
    problems = [*_duplicates(parsed), *_same_labels(parsed)]
    names = Names(
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
            problems += check_metric(source, ("metrics", number), metric, names)
    if not problems:  # a view is judged by what it is made of
        for source, model in parsed:
            for number, view in enumerate(model.views):
                problems += _view(source, ("views", number), view, names)
    if not problems:
        views = {view.name: view for _, model in parsed for view in model.views}
        problems += check_as_of(parsed, names)
        for source, model in parsed:
            for number, dataset in enumerate(model.datasets):
                if dataset.view:
                    problems += check_origin(source, ("datasets", number), dataset, views, names)
    return problems or check_quality(parsed)


def _duplicates(parsed: Sequence[Parsed]) -> Iterator[BadInputError]:
    for kind in ("datasets", "relationships", "metrics", "rollups", "views"):
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


def _same_labels(parsed: Sequence[Parsed]) -> Iterator[BadInputError]:
    first: dict[str, tuple[str, str]] = {}
    for source, model in parsed:
        for number, metric in enumerate(model.metrics):
            # People choose a metric by its label: two of one label are one word for two numbers.
            label, where = (metric.label or "").casefold(), source.at_value(("metrics", number, "label"))
            if label and label in first:
                name, other = first[label]
                yield BadInputError(
                    "model-duplicate", f"the metric '{name}' is labelled '{metric.label}', too, at {other}",
                    where=where, fix="let the labels say what tells the two metrics apart",
                )  # fmt: skip
            first.setdefault(label, (metric.name, str(where)))


def _dataset(source: Source, path: Path_, dataset: Dataset) -> Iterator[BadInputError]:
    known = [column.name for column in dataset.columns]
    if dataset.sql:
        try:
            parse_dataset_sql(dataset.sql)
        except ExpressionError as error:
            yield BadInputError(
                "model-expression", str(error), where=source.at_value((*path, "sql"), error.offset),
                fix="write one SELECT as Trino reads it",
            )  # fmt: skip
    times = [column.name for column in dataset.columns if column.time]
    if dataset.time and dataset.time not in times:
        yield unknown(source, (*path, "time"), dataset.time, f"time column of {dataset.name}", times)
    for number, name in enumerate(dataset.primary_key):
        if name not in known:
            yield unknown(source, (*path, "primary_key", number), name, f"column of {dataset.name}", known)
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
        if column.time:
            yield from _time(source, here, column)
        if column.expression:
            yield from _expression(source, (*here, "expression"), column.expression, dataset, before=number)


def _time(source: Source, here: Path_, column: Column) -> Iterator[BadInputError]:
    spec = column.time
    if spec is None:
        return
    if not _zone_exists(spec.zone):
        yield BadInputError(
            "model-unknown-zone", f"'{spec.zone}' is not a time zone",
            where=source.at_value((*here, "time", "zone")), fix="write a name such as UTC or Asia/Seoul",
        )  # fmt: skip
    kind = time_kind(column.type)
    if kind is None and is_type(column.type):
        yield BadInputError(
            "model-time-type", f"'{column.type}' is not a type of time",
            where=source.at_value((*here, "type")), fix="use date or timestamp, or compute one by an expression",
        )  # fmt: skip
    for number, grain in enumerate(spec.grains):
        if kind is TimeKind.DATE and grain in (Grain.MINUTE, Grain.HOUR):
            yield BadInputError(
                "model-grain", f"a date has no {grain.value}s",
                where=source.at_value((*here, "time", "grains", number)), fix="remove it",
            )  # fmt: skip


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
            yield unknown(source, path, use.name, what, usable, offset=use.offset)


def _relationship(source: Source, path: Path_, item: Relationship, names: Names) -> Iterator[BadInputError]:
    for key, dataset_name, columns in (("from", item.from_, item.from_columns), ("to", item.to, item.to_columns)):
        dataset = names.dataset_of(dataset_name) if key == "from" else names.datasets.get(dataset_name)
        if dataset is None:
            known = {*names.datasets, *(names.roles if key == "from" else ())}
            yield unknown(source, (*path, key), dataset_name, "dataset", known)
            continue
        for number, name in enumerate(columns):
            if dataset.column(name) is None:
                known = [column.name for column in dataset.columns]
                yield unknown(source, (*path, f"{key}_columns", number), name, f"column of {dataset_name}", known)
    target = names.datasets.get(item.to)
    if item.as_ and (item.as_ in names.datasets or names.roles[item.as_] != item.to):
        other = item.as_ if item.as_ in names.datasets else names.roles[item.as_]
        yield BadInputError(
            "model-duplicate", f"'{item.as_}' already stands for the dataset '{other}'",
            where=source.at_value((*path, "as")), fix="give the part that it plays another name",
        )  # fmt: skip
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
    origin = names.dataset_of(item.from_)
    if item.type == "one_to_one" and origin and not set(origin.primary_key) <= set(item.from_columns):
        yield BadInputError(
            "model-relationship",
            f"'{item.from_}' may have several rows for one {', '.join(item.from_columns)}, so this is not one to one",
            where=source.at_value((*path, "type")),
            fix="write many_to_one",
        )


def _view(source: Source, path: Path_, view: View, names: Names) -> Iterator[BadInputError]:
    if view.root not in names.datasets:
        yield unknown(source, (*path, "root"), view.root, "dataset", names.datasets)
        return
    routes = names.routes(view.root)
    columns = list(_view_columns(source, path, view, names, routes))
    yield from columns
    if not columns:
        yield from _view_time(source, path, view, names, routes)
    for number, name in enumerate(view.metrics):
        here = (*path, "metrics", number)
        metric = names.metrics.get(name)
        if metric is None:
            yield unknown(source, here, name, "metric", names.metrics)
            continue
        parts = parts_of(metric, names.metrics)
        over_time = over_time_inside(metric, names.metrics) or next((p.name for p in parts if p.over_time), None)
        if over_time:
            yield BadInputError(
                "model-over-time",
                f"'{over_time}' needs whole periods, and a view has single rows",
                where=source.at_value(here),
                fix="leave it out here and ask for it with `lakefront semantic query`",
            )
        yield from _fan_out(source, here, view, parts, set(routes.datasets()))
        yield from _joined_inputs(source, here, view, parts, routes)


def _view_columns(source: Source, path: Path_, view: View, names: Names, routes: Routes) -> Iterator[BadInputError]:
    available = {role: names.datasets[name] for role, name in routes.datasets().items()}
    seen: set[str] = set()
    for number, item in enumerate(view.columns):
        here = (*path, "columns", number)
        reference = item.column if isinstance(item, ViewColumn) else item
        dataset_name, column_name = reference.split(".")
        place = (*here, "column") if isinstance(item, ViewColumn) else here
        if dataset_name not in available:
            yield unknown(source, place, dataset_name, f"dataset that '{view.root}' leads to", available)
        elif available[dataset_name].column(column_name) is None:
            known = [column.name for column in available[dataset_name].columns]
            yield unknown(source, place, column_name, f"column of {dataset_name}", known, offset=len(dataset_name) + 1)
        else:
            try:
                routes.require_clear(dataset_name)
            except AmbiguousJoinError as error:
                yield BadInputError(
                    "model-ambiguous-join", str(error), where=source.at_value(place),
                    fix="remove one of them, or give each its own name with `as`",
                )  # fmt: skip
        output = item.output if isinstance(item, ViewColumn) else column_name
        if output in seen:
            yield BadInputError(
                "model-duplicate", f"the view has two columns named '{output}'", where=source.at_value(here),
                fix=f"write {{column: {reference}, as: another_name}}",
            )  # fmt: skip
        seen.add(output)


def _view_time(source: Source, path: Path_, view: View, names: Names, routes: Routes) -> Iterator[BadInputError]:
    times: list[str] = []
    for output, item in view.outputs().items():
        dataset, column = item.column.split(".")
        found = names.datasets[routes.datasets()[dataset]].column(column)
        if found and found.time:
            times.append(output)
    if view.time not in times:
        yield unknown(source, (*path, "time"), view.time, "time column of the view", times)


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
        elif part.dataset != view.root and part.type not in SAFE_TO_REPEAT:
            yield BadInputError(
                "model-fan-out",
                f"'{part.name}' is a {part.type} over '{part.dataset}', and each of its rows stands here once for "
                f"every row of '{view.root}': the number would be too high",
                where=source.at_value(path),
                fix=f"show it in a view whose root is '{part.dataset}'",
            )


def _joined_inputs(
    source: Source, path: Path_, view: View, parts: list[Aggregate], routes: Routes
) -> Iterator[BadInputError]:
    """Check that columns of other datasets that metrics name mean the same seen from the view's root."""
    for part in parts:
        for role in {role for role, _ in columns_of(part)} - {part.dataset}:
            try:
                if role in routes.datasets():
                    routes.require_clear(role)
                    continue
                reason = f"'{view.root}' does not lead there"
            except AmbiguousJoinError as error:
                reason = str(error)
            yield BadInputError(
                "model-unreachable", f"'{part.name}' names columns of '{role}': {reason}",
                where=source.at_value(path), fix=f"show it in a view whose root is '{part.dataset}'",
            )  # fmt: skip
