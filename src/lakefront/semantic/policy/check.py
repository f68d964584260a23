"""What is legal in a policy and hardly meant: contradictions, open personal data, roles that nobody has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from sqlglot import exp
from sqlglot.optimizer.simplify import simplify

from lakefront.errors import Location
from lakefront.semantic.expression import ExpressionError, parse_dataset_sql
from lakefront.semantic.model import Column, Dataset, SemanticLayer, Sensitivity
from lakefront.semantic.policy.load import Loaded
from lakefront.semantic.policy.mask import suits
from lakefront.semantic.policy.model import Mask, Role
from lakefront.semantic.policy.resolve import roles_of
from lakefront.semantic.policy.rows import attributes_used, parse_condition
from lakefront.semantic.policy.tables import Table, Tables

#: Names of columns that are seldom anything but personal data.
_PERSONAL: Final = re.compile(
    r"(^|_)(e_?mail|phone|mobile|birth(_?da(y|te))?|full_name|first_name|last_name|surname|street|iban|ssn|passport)(_|$)"
)


class Level(StrEnum):
    """How bad a finding is: an error fails the check."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing that should be looked at, where it is written, and what mends it."""

    level: Level
    code: str
    what: str
    where: Location | None
    fix: str


def check(loaded: Loaded) -> list[Finding]:
    """Return all findings: errors first, then in the order of the files."""
    tables = Tables(loaded.layer, loaded.policies.roles)
    found = [
        *_without_effect(loaded, tables), *_never_true(loaded), *_open_personal_data(loaded, tables),
        *_not_marked(loaded), *_unsuited(loaded, tables), *_rollups_that_disagree(loaded, tables),
        *_unreadable_queries(loaded, tables), *_roles_nobody_has(loaded), *_missing_attributes(loaded),
        *_tables_nobody_sees(loaded, tables),
    ]  # fmt: skip
    return sorted(found, key=_order)


def _order(item: Finding) -> tuple[bool, str, int, int]:
    where = item.where or Location(Path("~"))  # what is in no file of the policies comes last
    return (item.level is not Level.ERROR, str(where.file), where.line, where.column)


def _without_effect(loaded: Loaded, tables: Tables) -> Iterator[Finding]:
    for role in loaded.policies.roles.values():
        granted = tables.granted(role)
        for kind, keys in (("rows", list(role.rows)), ("columns", list(role.columns))):
            for key in keys:
                dataset = key.split(".", maxsplit=1)[0]
                if dataset not in granted:
                    yield Finding(
                        Level.ERROR, "policy-no-effect",
                        f"the role {role.name} does not open {dataset} itself, so this changes nothing",
                        loaded.place(role.name, kind, key), f"add {dataset} to its datasets, or remove this",
                    )  # fmt: skip
        if role.admin and (role.rows or role.masks or role.columns):
            kind = next(kind for kind in ("rows", "masks", "columns") if getattr(role, kind))
            yield Finding(
                Level.ERROR, "policy-contradiction", f"the role {role.name} is admin and sees everything as it is",
                loaded.place(role.name, kind), f"remove `admin`, or remove `{kind}`",
            )  # fmt: skip


def _never_true(loaded: Loaded) -> Iterator[Finding]:
    for role in loaded.policies.roles.values():
        for name, text in role.rows.items():
            simple = simplify(parse_condition(text).copy(), dialect="trino").sql("trino")
            if simple in ("TRUE", "FALSE"):
                what = "every row" if simple == "TRUE" else "no row"
                yield Finding(
                    Level.ERROR, "policy-contradiction", f"this condition lets {what} through",
                    loaded.place(role.name, "rows", name), "write the condition that is meant, or remove it",
                )  # fmt: skip


def _open_personal_data(loaded: Loaded, tables: Tables) -> Iterator[Finding]:
    for role in loaded.policies.roles.values():
        if role.because or not (role.admin or role.datasets):
            continue
        columns = [f"{d}.{c}" for d, c in _personal(loaded.layer, tables) if role.admin or _shows(role, tables, d, c)]
        if columns:
            key = next((("columns", key) for key in columns if key in role.columns), ("masks",))
            yield Finding(
                Level.ERROR, "policy-unmasked-pii",
                f"the role {role.name} shows personal data as they are: {', '.join(columns)}",
                loaded.place(role.name, *(("admin",) if role.admin else key)),
                "mask them, or say in `because:` why this role may see them",
            )  # fmt: skip


def _shows(role: Role, tables: Tables, dataset: str, column: str) -> bool:
    return dataset in tables.granted(role) and role.mask_of(dataset, column, Sensitivity.PII) is Mask.SHOW


def _personal(layer: SemanticLayer, tables: Tables) -> Iterator[tuple[str, str]]:
    for dataset in layer.datasets.values():
        for column in dataset.columns:
            if dataset.source and not column.expression and tables.sensitivity(dataset, column) is Sensitivity.PII:
                yield dataset.name, column.name


def _not_marked(loaded: Loaded) -> Iterator[Finding]:
    for dataset, column in _all_columns(loaded.layer):
        if column.sensitivity is not Sensitivity.PII and _PERSONAL.search(column.name):
            yield Finding(
                Level.WARNING, "policy-looks-like-pii",
                f"{dataset.name}.{column.name} looks like personal data, and its sensitivity is {column.sensitivity}",
                None, "add `sensitivity: pii` to it in the model, or rename it",
            )  # fmt: skip


def _all_columns(layer: SemanticLayer) -> Iterator[tuple[Dataset, Column]]:
    for dataset in layer.datasets.values():
        for column in dataset.columns:
            if not column.expression and dataset.source:
                yield dataset, column


def _unsuited(loaded: Loaded, tables: Tables) -> Iterator[Finding]:
    for role in loaded.policies.roles.values():
        for sensitivity, mask in role.masks.items():
            names = [
                f"{dataset.name}.{column.name} ({column.type})"
                for dataset, column in _all_columns(loaded.layer)
                if dataset.name in tables.granted(role)
                and tables.sensitivity(dataset, column) is sensitivity
                and f"{dataset.name}.{column.name}" not in role.columns
                and not suits(mask, column.type)
            ]
            if names:
                yield Finding(
                    Level.WARNING, "policy-mask-type",
                    f"'{mask}' does not suit {', '.join(names)}; the role {role.name} sees NULL there",
                    loaded.place(role.name, "masks", sensitivity.value), "say under `columns:` how they are shown",
                )  # fmt: skip


def _rollups_that_disagree(loaded: Loaded, tables: Tables) -> Iterator[Finding]:
    for role in loaded.policies.roles.values():
        for table in tables.tables.values():
            for layout in table.rollups:
                source = layout.rollup.dataset
                if source in role.rows and source in tables.granted(role) and not _opens(tables, role, table):
                    yield Finding(
                        Level.WARNING, "policy-closed-rollup",
                        f"the rollup {layout.rollup.name} lacks columns of this condition, so it is closed to the role",
                        loaded.place(role.name, "rows", source),
                        "add the columns to the rollup's dimensions, or leave it: the dataset itself answers",
                    )  # fmt: skip


def _opens(tables: Tables, role: Role, table: Table) -> bool:
    return bool(tables.glimpses(role, table, {}))


def _unreadable_queries(loaded: Loaded, tables: Tables) -> Iterator[Finding]:
    for role in loaded.policies.roles.values():
        for name in sorted(tables.granted(role)):
            dataset = loaded.layer.datasets[name]
            if not dataset.sql or role.admin:
                continue
            try:
                query = parse_dataset_sql(dataset.sql)
            except ExpressionError:
                continue
            used = {".".join(part.name for part in item.parts) for item in query.find_all(exp.Table) if item.db}
            missing = [t for t in sorted(used) if t not in tables.tables or not _opens(tables, role, tables.tables[t])]
            if missing:
                yield Finding(
                    Level.WARNING, "policy-unreadable-query",
                    f"{name} reads {', '.join(missing)}, which the role {role.name} does not open by itself",
                    loaded.granted_at(role, name), "add the datasets over these tables, or leave this one out",
                )  # fmt: skip


def _roles_nobody_has(loaded: Loaded) -> Iterator[Finding]:
    policies = loaded.policies
    names = {*policies.users, *(name for group in policies.groups.values() for name in group.members)}
    held = {role for name in names for role in roles_of(policies, name)}
    for source, policy in loaded.parsed:
        for number, role in enumerate(policy.roles):
            if role.name not in held and not policies.claim:
                yield Finding(
                    Level.WARNING, "policy-role-nobody-has", f"nobody has the role {role.name}",
                    source.at_value(("roles", number, "name")), "give it to a group or a person, or remove it",
                )  # fmt: skip
        for number, group in enumerate(policy.groups):
            if not group.members and not policies.claim:
                yield Finding(
                    Level.WARNING, "policy-empty-group", f"the group {group.name} has no members",
                    source.at_value(("groups", number, "name")), "list its members, or remove it",
                )  # fmt: skip


def _missing_attributes(loaded: Loaded) -> Iterator[Finding]:
    policies = loaded.policies
    for source, policy in loaded.parsed:
        for number, user in enumerate(policy.users):
            texts = [t for name in roles_of(policies, user.name) for t in policies.roles[name].rows.values()]
            wanted = sorted({attribute for text in texts for attribute, _ in attributes_used(text)})
            shared = {a for g in policies.groups.values() if user.name in g.members for a in g.attributes}
            missing = [name for name in wanted if name not in user.attributes and name not in shared]
            if missing:
                yield Finding(
                    Level.WARNING, "policy-missing-attribute",
                    f"{user.name} has no attribute {', '.join(missing)}, so conditions on it let no row through",
                    source.at_value(("users", number, "name")), f"add `attributes: {{{missing[0]}: [...]}}`",
                )  # fmt: skip


def _tables_nobody_sees(loaded: Loaded, tables: Tables) -> Iterator[Finding]:
    roles = [role for role in loaded.policies.roles.values() if not role.admin]
    for name, table in sorted(tables.tables.items()):
        if not any(_opens(tables, role, table) for role in roles):
            what = ", ".join(item.name for item in table.datasets) or "a rollup"
            yield Finding(
                Level.WARNING, "policy-unnamed-table", f"no policy names the table {name} ({what}): admins only see it",
                None, "add a dataset over it to a role, or leave it closed",
            )  # fmt: skip
