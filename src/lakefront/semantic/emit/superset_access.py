"""Policies -> Superset's roles, row-level security and who has which: the second lock, behind Trino's.

Two kinds of Superset roles are made. One for each role of the policies says what its holders may do, and opens the
datasets that the role opens by itself. One for each group of people of the same standing, which is also their group
in Trino, holds their row filter, already put together: with one rule for a dataset and a group there is nothing that
Superset could combine in another way than Trino does. A clause names values, so no template is needed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlglot
from sqlglot import exp

from lakefront.semantic.emit.superset import SQL_DATABASE, asset_uuid, to_yaml
from lakefront.semantic.emit.superset_permissions import GUEST, LOOK, WRITE_SQL
from lakefront.semantic.emit.trino_access import group_name
from lakefront.semantic.expression import DIALECT, columns_used, replace_references
from lakefront.semantic.model import View
from lakefront.semantic.policy.load import Loaded
from lakefront.semantic.policy.model import Mask, Role
from lakefront.semantic.policy.resolve import Members, Standing, access, everybody
from lakefront.semantic.policy.tables import Tables
from lakefront.semantic.view_as_of import COMPARED, DATES
from lakefront.semantic.view_sql import CompiledView, compile_view

#: What is called so in Superset is made, changed and removed by us.
ROLE_PREFIX: Final = "Lakefront: "
GROUP_PREFIX: Final = "Lakefront group: "
#: Superset's own role, for those who may change everything.
ADMIN: Final = "Admin"
#: Folders of `superset_assets` that hold generated files only.
FOLDERS: Final = ("roles", "groups", "rls")
_LONGEST_ROLE: Final = 64
#: Of whoever sees a dashboard in a page of another application; no role of the policies can be called so.
_GUEST_FILE: Final = "embedded-guest"
_GUEST_ROLE: Final[Mapping[str, Any]] = {
    "version": "1.0.0",
    "name": f"{ROLE_PREFIX}embedded guest",
    "description": "Sees the dashboard that a page shows her, with the rows that her own roles open.",
    "permissions": sorted(GUEST),
    # None: which charts a guest may ask is said by her token, which rows they have by Trino.
    "databases": {},
    "datasets": {},
}


def superset_access(loaded: Loaded, members: Members | None = None) -> dict[str, str]:
    """Return the files of roles, groups and row filters: path below `superset_assets` -> YAML text.

    `members`: groups of people, where claims say them.
    """
    return _Writer(loaded, members).files()


def group_role(who: Standing) -> str:
    """Return the name of the Superset role that holds the row filters of a standing."""
    name = GROUP_PREFIX + group_name(who)
    if len(name) <= _LONGEST_ROLE:
        return name
    return f"{name[: _LONGEST_ROLE - 11]}-{hashlib.sha256(name.encode()).hexdigest()[:10]}"


@dataclass(frozen=True)
class _Seen:
    """A dataset of a view with the tables that its SQL reads. `of_rows`: whether it shows rows of the view."""

    name: str
    compiled: CompiledView
    tables: tuple[str, ...]
    of_rows: bool = True

    @property
    def view(self) -> View:
        return self.compiled.view


class _Writer:
    def __init__(self, loaded: Loaded, members: Members | None) -> None:
        self.layer = loaded.layer
        self.roles = loaded.policies.roles
        self.owners = sorted({policy.owner for policy in loaded.policies.policies})
        self.tables = Tables(loaded.layer, self.roles)
        seen = [item for view in loaded.layer.views.values() for item in self._seen(view)]
        self.seen = sorted(seen, key=lambda item: item.name)
        self.people = everybody(loaded.policies, members)
        standings = {group_name(item): item for item in self.people.values()}
        self.standings = dict(sorted(standings.items()))

    def files(self) -> dict[str, str]:
        found = {f"roles/{name}.yaml": self._role(role) for name, role in sorted(self.roles.items()) if not role.admin}
        found[f"roles/{_GUEST_FILE}.yaml"] = _GUEST_ROLE
        found |= {f"groups/{name}.yaml": self._group(item) for name, item in self.standings.items()}
        for seen in self.seen:
            rules = self._rules(seen) if seen.of_rows else {}
            if rules.get("rules") or rules.get("left_to_trino"):
                found[f"rls/{seen.name}.yaml"] = rules
        return {name: to_yaml(data) for name, data in found.items()}

    def _seen(self, view: View) -> Iterator[_Seen]:
        compiled = compile_view(view, self.layer)
        tree = sqlglot.parse_one(compiled.sql, dialect=DIALECT)
        inside = {cte.alias for cte in tree.find_all(exp.CTE)}
        names = {
            ".".join(part.name for part in table.parts)
            for table in tree.find_all(exp.Table)
            if table.db or table.name not in inside
        }
        yield _Seen(view.name, compiled, tuple(sorted(names)))
        if view.as_of:
            # Another state of the same tables: the same people, the same rows. Days of changes tell of no row.
            yield _Seen(view.name + COMPARED, compiled, tuple(sorted(names)))
            yield _Seen(view.name + DATES, compiled, (str(self.layer.datasets[view.root].source),), of_rows=False)

    def _role(self, role: Role) -> dict[str, Any]:
        return {
            "version": "1.0.0",
            "name": ROLE_PREFIX + role.name,
            "description": " ".join(role.description.split()),
            "permissions": sorted({*LOOK, *(WRITE_SQL if role.sql else ())}),
            "databases": {SQL_DATABASE: asset_uuid("database", SQL_DATABASE)} if role.sql else {},
            "datasets": self._opened_by(Standing((role.name,))),
        }

    def _group(self, who: Standing) -> dict[str, Any]:
        by_roles = {name for role in who.roles for name in self._opened_by(Standing((role,)))}
        together = {name: uuid for name, uuid in self._opened_by(who).items() if name not in by_roles}
        admin = any(self.roles[name].admin for name in who.roles)
        return {
            "version": "1.0.0",
            "name": group_role(who),
            "description": f"Holds the row filters of people who are {_and(who.roles)}.",
            "roles": [ADMIN] if admin else [ROLE_PREFIX + name for name in who.roles],
            # What needs several of her roles at once.
            "datasets": together,
            "members": sorted(name for name, item in self.people.items() if item == who),
        }

    def _opened_by(self, who: Standing) -> dict[str, str]:
        """Return name -> uuid of the datasets whose tables are all open."""
        names = [seen.name for seen in self.seen if all(self._opens(who, table) for table in seen.tables)]
        return {name: asset_uuid("dataset", name) for name in names}

    def _opens(self, who: Standing, table: str) -> bool:
        known = self.tables.tables.get(table)
        return self._whole(who, table) or (known is not None and access(self.tables, known, who) is not None)

    def _whole(self, who: Standing, table: str) -> bool:
        """Tell whether a table is open without filter or mask."""
        roles = [self.roles[name] for name in who.roles]
        return any(role.admin or _named(role.tables, table) for role in roles)

    def _rules(self, seen: _Seen) -> dict[str, Any]:
        rules: list[dict[str, str]] = []
        left: list[dict[str, str]] = []
        for who in self.standings.values():
            if not all(self._opens(who, table) for table in seen.tables):
                continue
            clause, because = self._clause(seen, who)
            if clause:
                name = f"{ROLE_PREFIX}{seen.name}, {group_name(who)}"
                rules.append({"name": name, "role": group_role(who), "clause": clause})
            if because:
                left.append({"role": group_role(who), "because": because})
        return {
            "version": "1.0.0",
            "dataset": seen.name,
            "dataset_uuid": asset_uuid("dataset", seen.name),
            "rules": rules,
            "left_to_trino": left,
        }

    def _clause(self, seen: _Seen, who: Standing) -> tuple[str | None, str | None]:
        """Return the filter over a dataset's columns; else why it is left to Trino; neither where all is shown.

        What is joined is left to Trino: a row of the first table whose partner is hidden stays, with NULL in its place.
        """
        root = self.layer.datasets[seen.view.root]
        if root.source is None:
            read = [self.tables.tables[name] for name in seen.tables if name in self.tables.tables]
            kept = [found for table in read if (found := access(self.tables, table, who))]
            return None, None if all(found.all_rows for found in kept) else "its first table is made by SQL"
        if self._whole(who, root.source):
            return None, None
        found = access(self.tables, self.tables.tables[root.source], who)
        condition = found.condition() if found else None
        if found is None or condition is None:
            return None, None
        outputs = {
            item.column.name: item.name
            for item in seen.compiled.columns
            if item.dataset == seen.view.root and not item.column.expression and not item.missing
        }
        for name in sorted({use.name for use in columns_used(condition)}):
            if name not in outputs:
                return None, f"the dataset does not show {name}"
            if found.mask(name) != [(None, Mask.SHOW)]:
                return None, f"{name} is masked, and the filter asks for its value"
        over = replace_references(condition, lambda column: exp.column(outputs[column.name]))
        return over.sql(DIALECT, identify=True), None


def _named(patterns: Iterable[str], table: str) -> bool:
    folder = table.rsplit(".", maxsplit=1)[0]
    return any(pattern in (table, f"{folder}.*") for pattern in patterns)


def _and(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
