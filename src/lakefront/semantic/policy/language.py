"""What roles say of columns and rows, checked against the columns' types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lakefront.errors import BadInputError, did_you_mean
from lakefront.semantic.expression import ExpressionError, columns_used
from lakefront.semantic.model import Dataset, SemanticLayer
from lakefront.semantic.policy.mask import suits
from lakefront.semantic.policy.model import EDITED_TABLE, Group, Person, Policy, Role, datasets_meant, models_of
from lakefront.semantic.policy.rows import attributes_used, literal, parse_condition
from lakefront.semantic.source import Path_, Source

Parsed = Sequence[tuple[Source, Policy]]


def check_language(parsed: Parsed, layer: SemanticLayer) -> Iterator[BadInputError]:
    """Yield what is wrong inside roles, as far as the datasets that they name exist."""
    asked: dict[str, list[str | None]] = {}
    for source, policy in parsed:
        for number, role in enumerate(policy.roles):
            path = ("roles", number)
            yield from _masks(source, path, role, layer)
            yield from _edits(source, path, role, layer)
            for name, text in role.rows.items():
                if name in layer.datasets:
                    yield from _condition(source, (*path, "rows", name), text, layer.datasets[name], asked)
    for source, policy in parsed:
        for kind in ("groups", "users"):
            for number, item in enumerate(getattr(policy, kind)):
                yield from _attributes(source, (kind, number, "attributes"), item, asked)


def _masks(source: Source, path: Path_, role: Role, layer: SemanticLayer) -> Iterator[BadInputError]:
    for key, mask in role.columns.items():
        dataset, name = key.split(".")
        column = layer.datasets[dataset].column(name) if dataset in layer.datasets else None
        if column is None:
            continue
        where = source.at_value((*path, "columns", key))
        if not suits(mask, column.type):
            yield BadInputError(
                "policy-mask-type", f"'{mask}' cannot be put on {key}, which is a {column.type}",
                where=where, fix="use null, show, or one that suits the type: hash and partial are for texts",
            )  # fmt: skip
        if column.expression or layer.datasets[dataset].source is None:
            yield BadInputError(
                "policy-mask-computed", f"{key} is computed, so the engine has no such column to mask",
                where=source.at_key((*path, "columns", key)), fix="mask the columns that it is computed from",
            )  # fmt: skip


def _edits(source: Source, path: Path_, role: Role, layer: SemanticLayer) -> Iterator[BadInputError]:
    models = models_of(layer)
    granted = {name for selector in role.datasets for name in datasets_meant(selector, models)}
    for name in role.edits:
        if name not in layer.datasets:
            continue
        where = source.at_key((*path, "edits", name))
        if layer.datasets[name].source != layer.schemas.table(EDITED_TABLE):
            yield BadInputError(
                "policy-edits", f"{name} is not changed by hand: its rows are written by jobs",
                where=where, fix=f"give edits of a dataset over {EDITED_TABLE}, or remove them",
            )  # fmt: skip
        elif name not in granted and not role.admin:
            yield BadInputError(
                "policy-edits", f"{role.name} may edit {name}, and sees none of it",
                where=where, fix=f"add {name} to its datasets: a role edits the rows that it shows itself",
            )  # fmt: skip


def _condition(
    source: Source, path: Path_, text: str, dataset: Dataset, asked: dict[str, list[str | None]]
) -> Iterator[BadInputError]:
    if dataset.source is None:
        yield BadInputError(
            "policy-rows-of-no-table", f"{dataset.name} is not over a table of its own, so the engine cannot filter it",
            where=source.at_key(path), fix="put the condition on the datasets that it is made of",
        )  # fmt: skip
        return
    try:
        tree = parse_condition(text)
    except ExpressionError as error:
        yield BadInputError(
            "policy-condition", str(error), where=source.at_value(path, error.offset),
            fix="write a SQL condition over the columns of one row",
        )  # fmt: skip
        return
    names = [column.name for column in dataset.columns]
    sound = True
    for use in columns_used(tree):
        if use.name not in names:
            sound = False
            yield BadInputError(
                "policy-unknown-name",
                f"there is no column of {dataset.name} '{use.name}'.{did_you_mean(use.name, names)}",
                where=source.at_value(path, use.offset),
                fix=f"use one of: {', '.join(sorted(names))}",
            )
    if sound:
        for attribute, name in attributes_used(text):
            column = dataset.column(name) if name else None
            asked.setdefault(attribute, []).append(column.type if column else None)


def _attributes(
    source: Source, path: Path_, owner: Group | Person, asked: dict[str, list[str | None]]
) -> Iterator[BadInputError]:
    for name, values in owner.attributes.items():
        if name not in asked:
            yield BadInputError(
                "policy-unused-attribute", f"no condition asks for the attribute '{name}'.{did_you_mean(name, asked)}",
                where=source.at_key((*path, name)), fix=f"remove it, or write {{{name}}} in a condition",
            )  # fmt: skip
        for number, value in enumerate(values):
            try:
                for type_ in asked.get(name, ()):
                    literal(value, type_)
            except ExpressionError as error:
                yield BadInputError(
                    "policy-attribute-type", str(error), where=source.at_value((*path, name, number)),
                    fix="write a value of the column's type; put a text in quotes",
                )  # fmt: skip
