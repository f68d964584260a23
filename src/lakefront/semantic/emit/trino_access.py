"""Policies -> Trino's file-based access rules and its file of groups.

Trino takes the first rule that fits, and cannot put several together. So people of one standing (the same roles, the
same attributes that filters ask for) make one group, and each group has one rule a table, already put together.
Formats: https://trino.io/docs/476/security/file-system-access-control.html and group-mapping.html.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from sqlglot import exp

from lakefront.errors import BadInputError
from lakefront.semantic.expression import DIALECT
from lakefront.semantic.policy.load import Loaded
from lakefront.semantic.policy.mask import KEY_TABLE, HashKey
from lakefront.semantic.policy.model import Mask, Role
from lakefront.semantic.policy.resolve import Access, Members, Standing, access, everybody
from lakefront.semantic.policy.rows import known_of_her
from lakefront.semantic.policy.tables import Table, Tables
from lakefront.semantic.tables import catalog_of

RULES_FILE: Final = "rules.json"
GROUPS_FILE: Final = "groups.txt"
Rule = dict[str, Any]
#: Columns that each table of the lake really has, by the table's name in the models.
Physical = Mapping[str, Iterable[str]]
_EVERYTHING: Final = ("SELECT", "INSERT", "DELETE", "UPDATE", "OWNERSHIP", "GRANT_SELECT")
#: Trino has no rule for ALTER TABLE … EXECUTE (optimize, expire_snapshots), which whoever may read a table may run;
#: but it refuses it on a table with a row filter, even one that every row passes.
_ALL_ROWS: Final = "TRUE"
#: When a table was changed, and nothing of its rows: what a dashboard offers days from.
_OF_TIMES: Final = r"\$history"
#: Tables about a table that tell of its rows by number only, and those that hold values of its columns.
_OF_ROWS: Final = r"\$(snapshots|history|refs|metadata_log_entries)"
_OF_VALUES: Final = r"\$(snapshots|history|refs|metadata_log_entries|files|partitions|manifests|entries|all_\w+)"
#: For who runs the platform: files of every table by number and size. What tells of values is left out of them.
_OF_FILES: Final = r"\$files"
_VALUES_OF_FILES: Final = ("file_path", "partition", "lower_bounds", "upper_bounds", "readable_metrics", "key_metadata")
#: Columns that Iceberg has in every table without listing them; they tell of the values that a row is filed by.
_HIDDEN: Final = ("$partition", "$path")
_KEY_NAME: Final = KEY_TABLE.split(".")[1]


@dataclass(frozen=True)
class AccessFiles:
    """The texts of `rules.json` and `groups.txt`.

    `version` is the name of a user who may ask what needs no table, once Trino has read both of these files.
    `people` is the number of groups of people.
    """

    rules: str
    groups: str
    version: str
    people: int


def access_files(
    loaded: Loaded, *, catalog: str, physical: Physical | None = None, members: Members | None = None
) -> AccessFiles:
    """Return Trino's files for all people of the policies.

    `catalog` is the lake's. `physical`: what tables really have; a column that no dataset describes is then NULL, and
    tables about a table's values are open to who sees all of it. `members`: groups of people, where claims say them.
    Raises BadInputError (`policy-no-key-reader`) where a mask needs a key that no service may read.
    """
    return _Writer(loaded, catalog, physical or {}, members).files()


def write_access(files: AccessFiles, folder: Path) -> None:
    """Write both files; Trino, which may be reading them, meets the old or the new ones, never half of one."""
    folder.mkdir(parents=True, exist_ok=True)
    # Groups first: a group that no rule knows yet opens nothing.
    for name, text in ((GROUPS_FILE, files.groups), (RULES_FILE, files.rules)):
        fresh = folder / f".{name}.new"
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(folder / name)


@dataclass(frozen=True)
class _Kind:
    """Groups of people whose roles show the same of every table. `one`: the standing of the first of them."""

    ways: tuple[int, ...]
    one: Standing
    names: list[str]


class _Writer:
    def __init__(self, loaded: Loaded, catalog: str, physical: Physical, members: Members | None) -> None:
        self.loaded = loaded
        self.policies = loaded.policies
        self.catalog = catalog
        self.physical = physical
        self.tables = Tables(loaded.layer, loaded.policies.roles)
        self.people = everybody(loaded.policies, members)
        self.standings = {group_name(item): item for item in self.people.values()}
        self.key = HashKey(catalog, loaded.layer.schemas.table(KEY_TABLE))
        #: The SQL of masks, by column, type, and how it is shown in which rows.
        self._masks: dict[tuple[object, ...], str | None] = {}

    def files(self) -> AccessFiles:
        groups = [
            f"{name}:{','.join(user for user, item in self.people.items() if item == standing)}\n"
            for name, standing in sorted(self.standings.items())
        ]
        tables, catalogs = self._tables()
        admins = self._groups(lambda role: role.admin)
        maintain = self._services("maintain")
        whole = [{"user": maintain}] if maintain else []
        whole += [{"group": _either(admins)}] if admins else []
        anything = {"privileges": ["EXECUTE", "GRANT_EXECUTE"]}
        rules: dict[str, list[Rule]] = {
            "catalogs": [{**who, "catalog": ".*", "allow": "all"} for who in whole] + catalogs,
            "schemas": [{**who, "catalog": ".*", "schema": ".*", "owner": True} for who in whole],
            "tables": tables,
            "functions": [{**who, "catalog": ".*", "schema": ".*", "function": ".*", **anything} for who in whole],
            "procedures": [{**who, "catalog": ".*", "schema": ".*", "procedure": ".*", **anything} for who in whole],
            "queries": self._queries(whole),
            "impersonation": self._impersonation(),
            "system_information": self._system_information(maintain),
        }
        version = f"rules-{hashlib.sha256(''.join((_in_lines(rules), *groups)).encode()).hexdigest()[:12]}"
        # In both files, which Trino reads at different moments.
        rules["queries"].append({"group": version, "allow": ["execute"]})
        groups.append(f"{version}:{version}\n")
        return AccessFiles(_in_lines(rules), "".join(groups), version, len(self.standings))

    def _groups(self, wanted: Callable[[Role], bool]) -> list[str]:
        roles = self.policies.roles
        return sorted(name for name, item in self.standings.items() if any(wanted(roles[role]) for role in item.roles))

    def _services(self, does: str) -> str | None:
        names = sorted(item.name for item in self.policies.services.values() if item.does == does)
        return _either(names) if names else None

    def _queries(self, whole: list[Rule]) -> list[Rule]:
        operators = self._groups(lambda role: role.operate)
        rules = [{**who, "allow": ["execute", "kill", "view"]} for who in whole]
        rules += [{"group": _either(operators), "allow": ["execute", "kill", "view"]}] if operators else []
        rules += [{"group": _either(self.standings), "allow": ["execute"]}] if self.standings else []
        services = self._services("measure")
        return rules + ([{"user": services, "allow": ["execute"]}] if services else [])

    def _impersonation(self) -> list[Rule]:
        # Who maintains sees everything anyway: `lakefront semantic query --user` answers as somebody who sees less.
        services = [name for name in (self._services("impersonate"), self._services("maintain")) if name]
        if not services or not self.people:
            return []
        return [{"original_user": "|".join(services), "new_user": _either(self.people), "allow": True}]

    def _system_information(self, maintain: str | None) -> list[Rule]:
        measure = self._services("measure")
        rules: list[Rule] = [{"user": maintain, "allow": ["read", "write"]}] if maintain else []
        return rules + ([{"user": measure, "allow": ["read"]}] if measure else [])

    def _tables(self) -> tuple[list[Rule], list[Rule]]:
        maintain, measure = self._services("maintain"), self._services("measure")
        admins = self._groups(lambda role: role.admin)
        rules: list[Rule] = [{"user": maintain, "privileges": list(_EVERYTHING)}] if maintain else []
        rules += [{"group": _either(admins), "privileges": list(_EVERYTHING)}] if admins else []
        key_schema, key_table = self.key.table.split(".")
        rules.append({
            "catalog": self.catalog, "schema": key_schema, "table": rf"{key_table}(\$.*)?", "privileges": [],
        })  # fmt: skip
        opened: dict[str, set[str]] = {}
        others = {name: item for name, item in self.standings.items() if name not in admins}
        rules += self._as_they_are(others, opened)
        kinds = self._kinds(others)
        for _, table in sorted(self.tables.tables.items()):
            rules += self._table(table, kinds, opened)
        operators = self._groups(lambda role: role.operate)
        if operators:
            rules += self._sizes_of_tables(operators)
            opened.setdefault(self.catalog, set()).update(name for name in operators if name not in admins)
        figures = [{"group": _either(operators)}] if operators else []
        figures += [{"user": measure}] if measure else []
        rules += [{**who, "catalog": "system|jmx", "privileges": ["SELECT"]} for who in figures]
        if others:
            known = {"catalog": "system", "schema": "jdbc|metadata", "table": ".*", "privileges": ["SELECT"]}
            rules.append({"group": _either(others), **known})
        catalogs: list[Rule] = [{**who, "catalog": "jmx", "allow": "read-only"} for who in figures]
        catalogs += [
            {"group": _either(names), "catalog": _quoted(catalog), "allow": "read-only"}
            for catalog, names in sorted(opened.items())
        ]
        return rules, catalogs

    def _sizes_of_tables(self, operators: list[str]) -> Iterator[Rule]:
        """Open what tells how large every table is and when it was written, and nothing of its rows."""
        every = {"group": _either(operators), "catalog": self.catalog, "schema": ".*", "privileges": ["SELECT"]}
        yield {**every, "table": r"[^$]+" + _OF_ROWS}
        hidden = [{"name": name, "mask": "NULL"} for name in _VALUES_OF_FILES]
        yield {**every, "table": r"[^$]+" + _OF_FILES, "columns": hidden}

    def _as_they_are(self, standings: dict[str, Standing], opened: dict[str, set[str]]) -> list[Rule]:
        by_pattern: dict[str, list[str]] = {}
        for name, item in standings.items():
            for pattern in sorted({text for role in item.roles for text in self.policies.roles[role].tables}):
                by_pattern.setdefault(pattern, []).append(name)
        rules: list[Rule] = []
        for pattern, names in sorted(by_pattern.items()):
            where = self._where(pattern)
            last = pattern.split(".")[-1]
            where["table"] = ".*" if last == "*" else rf"{_quoted(last)}(\$.*)?"
            opened.setdefault(self._catalog(pattern), set()).update(names)
            rules.append({"group": _either(names), **where, "privileges": ["SELECT"], "filter": _ALL_ROWS})
        return rules

    def _kinds(self, standings: dict[str, Standing]) -> list[_Kind]:
        """Put together the groups whose roles, beside their names, are the same."""
        kinds: dict[tuple[object, ...], _Kind] = {}
        for name, item in standings.items():
            ways = tuple([self.tables.way_of(role) for role in item.roles])
            kinds.setdefault((ways, item.attributes), _Kind(ways, item, [])).names.append(name)
        return list(kinds.values())

    def _table(self, table: Table, kinds: list[_Kind], opened: dict[str, set[str]]) -> list[Rule]:
        bodies: dict[str, tuple[Rule, list[str]]] = {}
        about: dict[str, list[str]] = {}
        for found, names in self._alike(table, kinds):
            body = self._body(table, found)
            bodies.setdefault(json.dumps(body, ensure_ascii=False), (body, []))[1].extend(names)
            metadata = self._about(table, found)
            if metadata:
                about.setdefault(metadata, []).extend(names)
            opened.setdefault(self._catalog(table.name), set()).update(names)
        where = self._where(table.name)
        name = _quoted(table.name.split(".")[-1])
        rules = [{"group": _either(names), **where, "table": name, **body} for body, names in bodies.values()]
        return rules + [
            {"group": _either(names), **where, "table": name + suffix, "privileges": ["SELECT"]}
            for suffix, names in about.items()
        ]

    def _alike(self, table: Table, kinds: list[_Kind]) -> Iterator[tuple[Access, list[str]]]:
        """Yield what is seen of a table, and the groups that see the same; what they see is worked out once."""
        keys = self.tables.alike(table)
        by_key: dict[tuple[Any, ...], tuple[Standing, list[str]]] = {}
        for kind in kinds:
            parts = tuple([keys[way] for way in kind.ways if way in keys])
            if parts:
                known = self._known(kind.one, parts) if kind.one.attributes else ()
                by_key.setdefault((parts, known), (kind.one, []))[1].extend(kind.names)
        for one, names in by_key.values():
            found = access(self.tables, table, one)
            if found is not None:
                yield found, names

    @staticmethod
    def _known(who: Standing, parts: tuple[tuple[int, tuple[str, ...]], ...]) -> tuple[Any, ...]:
        """Return what the conditions on a table want to know of people of a standing."""
        wanted = {name for _, texts in parts for text in texts for name in known_of_her(text)}
        return tuple([item for item in who.attributes if item[0] in wanted]) if wanted else ()

    def _body(self, table: Table, found: Access) -> Rule:
        # Most people have one role for a table: its condition is shared, and need not be put together.
        condition = found.glimpses[0].condition if len(found.glimpses) == 1 else found.condition()
        rows = _filter(self._text(condition)) if condition is not None else _ALL_ROWS
        body: Rule = {"privileges": ["SELECT"], "filter": rows}
        columns: list[Rule] = []
        for name, type_ in table.types.items():
            mask = self._mask(found, name, type_)
            if mask is None:
                continue
            column: Rule = {"name": name, "mask": mask}
            if _KEY_NAME in mask:
                column["mask_environment"] = {"user": self._key_reader()}
            columns.append(column)
        columns += [{"name": name, "mask": "NULL"} for name in self._undescribed(table)]
        if columns and self._catalog(table.name) == self.catalog:
            columns += [{"name": name, "mask": "NULL"} for name in _HIDDEN]
        if columns:
            body["columns"] = columns
        return body

    def _mask(self, found: Access, name: str, type_: str) -> str | None:
        """Return the SQL of a column's mask; None where it is shown as it is. Made once for equal ones."""
        key: tuple[object, ...]
        if len(found.glimpses) == 1:
            key = (name, type_, found.glimpses[0].masks.get(name, Mask.NULL))
        else:
            cases = [(self._text(item) if item is not None else None, mask) for item, mask in found.mask(name)]
            key = (name, type_, *cases)
        if key not in self._masks:
            made = found.mask_sql(name, type_, self.key)
            self._masks[key] = made.sql(DIALECT, identify=True) if made is not None else None
        return self._masks[key]

    def _text(self, condition: exp.Expr) -> str:
        return condition.sql(DIALECT, identify=True)

    def _undescribed(self, table: Table) -> list[str]:
        return [name for name in self.physical.get(table.name, ()) if name not in table.types]

    def _about(self, table: Table, found: Access) -> str | None:
        """Return which tables about a table are open, as the end of a pattern."""
        if self._catalog(table.name) != self.catalog:
            return None
        if not found.all_rows:
            return _OF_TIMES if table.as_of else None
        # Files tell the least and the greatest value of every column: also of those that nobody has described.
        whole = table.name in self.physical and not self._undescribed(table) and found.shows_all(table.types)
        return _OF_VALUES if whole else _OF_ROWS

    def _key_reader(self) -> str:
        names = sorted(item.name for item in self.policies.services.values() if item.does == "maintain")
        if not names:
            raise BadInputError(
                "policy-no-key-reader", "columns are hashed, and there is no service that may read the key",
                fix="list a service that does `maintain`, or mask by another way than hash",
            )  # fmt: skip
        return names[0]

    def _catalog(self, name: str) -> str:
        return catalog_of(name, self.catalog)

    def _where(self, name: str) -> Rule:
        return {"catalog": _quoted(self._catalog(name)), "schema": _quoted(name.split(".")[-2])}


def _filter(text: str) -> str:
    """Return a condition as a filter that is false where it is unknown, and by which files can still be left out.

    Trino puts a query's own condition after the filter under one AND, and looks at it unless the filter is false: an
    error in it would tell of rows for which the filter is NULL.
    """
    return f"({text}) AND coalesce({text}, FALSE)"


def group_name(who: Standing) -> str:
    """Return the group of all people of a standing."""
    name = "-".join(who.roles).lower()
    if not who.attributes:
        return name
    return f"{name}-{hashlib.sha256(repr(who.attributes).encode()).hexdigest()[:10]}"


def _in_lines(rules: dict[str, list[Rule]]) -> str:
    """Return rules as JSON with one rule a line. (`json.dumps` is several times slower when it indents.)"""
    sections = [
        f'  "{section}": [\n' + ",\n".join([f"    {json.dumps(rule, ensure_ascii=False)}" for rule in items]) + "\n  ]"
        for section, items in rules.items()
    ]
    return "{\n" + ",\n".join(sections) + "\n}\n"


@lru_cache(maxsize=10_000)
def _quoted(name: str) -> str:
    """Return a name as a pattern that fits only it. A dash outside of brackets means nothing else."""
    return re.escape(name).replace("\\-", "-")


def _either(names: Iterable[str]) -> str:
    return "|".join(_quoted(name) for name in sorted(names))
