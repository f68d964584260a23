"""Policies -> views with filters and masks inside, for engines that have no rules of their own.

People of one standing get one schema, with a view for each table that they may read. A view runs with the rights of
who made it, so people are given the views and never the tables. Trino says so (SECURITY DEFINER); PostgreSQL does it by
default. In DuckDB and Spark, whoever can open the files or the catalog can read past a view.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from sqlglot import exp
from sqlglot.errors import ErrorLevel, UnsupportedError

from lakefront.errors import BadInputError
from lakefront.semantic.emit.trino_access import group_name
from lakefront.semantic.policy.load import Loaded
from lakefront.semantic.policy.mask import KEY_TABLE, HashKey
from lakefront.semantic.policy.model import Mask
from lakefront.semantic.policy.resolve import Access, Members, Standing, access, everybody
from lakefront.semantic.policy.tables import Table, Tables

Dialect = Literal["trino", "spark", "duckdb", "postgres"]
DIALECTS: Final[tuple[Dialect, ...]] = ("trino", "spark", "duckdb", "postgres")
#: Only here is the key of hashes in a table that views may read. Elsewhere a hash is NULL: without a key, whoever can
#: guess an e-mail address could look it up.
_KEYED: Final = frozenset({"trino"})
#: PostgreSQL would run functions of the asker's condition on rows that the view leaves out, if they are cheap.
_OPTIONS: Final[dict[Dialect, str]] = {"trino": " SECURITY DEFINER", "postgres": " WITH (security_barrier)"}
_GRANTS: Final = frozenset({"postgres"})
_NO_SCHEMA_OF_OTHERS: Final = frozenset({"postgres"})


@dataclass(frozen=True)
class Script:
    """The views of one standing. `notes`: what they do not show and the rules do."""

    group: str
    people: tuple[str, ...]
    sql: str
    notes: tuple[str, ...]


def masked_views(
    loaded: Loaded, *, catalog: str, dialect: Dialect = "trino", members: Members | None = None
) -> list[Script]:
    """Return a script for each standing but those of admins, who read the tables themselves.

    `catalog`: the lake's, which Trino's names start with. `members`: groups of people, where claims say them.
    Raises BadInputError (`views-no-counterpart`, `views-other-catalog`, `views-same-name`).
    """
    by_group: dict[str, tuple[Standing, list[str]]] = {}
    for person, who in everybody(loaded.policies, members).items():
        by_group.setdefault(group_name(who), (who, []))[1].append(person)
    writer = _Writer(loaded, catalog, dialect)
    return [
        writer.script(group, who, people)
        for group, (who, people) in sorted(by_group.items())
        if not any(loaded.policies.roles[name].admin for name in who.roles)
    ]


def write_views(scripts: list[Script], folder: Path) -> None:
    """Write a file a standing, and remove those of standings that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {f"{script.group}.sql" for script in scripts}
    for file in folder.glob("*.sql"):
        if file.name not in names and file.read_text(encoding="utf-8").startswith(_HEADER):
            file.unlink()
    for script in scripts:
        (folder / f"{script.group}.sql").write_text(script.sql, encoding="utf-8")


_HEADER: Final = "-- Written by `lakefront policy views`"


class _Writer:
    def __init__(self, loaded: Loaded, catalog: str, dialect: Dialect) -> None:
        self.loaded = loaded
        self.catalog = catalog
        self.dialect: Dialect = dialect
        self.tables = Tables(loaded.layer, loaded.policies.roles)
        self.key = HashKey(catalog, loaded.layer.schemas.table(KEY_TABLE))

    def script(self, group: str, who: Standing, people: list[str]) -> Script:
        _, schema = self.loaded.layer.schemas.here(None, f"masked_{group.replace('-', '__')}")
        notes: list[str] = []
        lines = [
            f"{_HEADER}; do not edit.",
            f"-- Dialect: {self.dialect}. For {', '.join(people)}.",
            *self._advice(schema),
            f"{self._sql(exp.Create(kind='SCHEMA', exists=True, this=self._schema(schema)))};",
        ]
        names: dict[str, str] = {}
        patterns = {text for role in who.roles for text in self.loaded.policies.roles[role].tables}
        for table in (item for _, item in sorted(self.tables.tables.items())):
            whole = any(text in patterns for text in (table.name, f"{table.name.rpartition('.')[0]}.*"))
            seen = None if whole else access(self.tables, table, who)
            if not whole and seen is None:
                continue
            view = "__".join(table.name.split(".")[-2:])
            if names.setdefault(view, table.name) != table.name:
                raise BadInputError(
                    "views-same-name", f"the views of {names[view]} and {table.name} would both be called {view}",
                    fix="rename one of the tables, or leave one out of the roles",
                )  # fmt: skip
            lines.append(self._view(schema, view, table, seen, notes))
        lines += self._grants(schema, list(names))
        known = set(self.tables.tables)
        unknown = sorted(text for text in patterns if text not in known)
        notes += [f"{text} is open by the rules, and no dataset says what is in it: no view" for text in unknown]
        lines += [f"-- {note}" for note in notes]
        return Script(group, tuple(people), "\n".join([*lines, ""]), tuple(notes))

    def _advice(self, schema: str) -> list[str]:
        if self.dialect == "trino":
            return [
                "-- Run it as a service that does `maintain`: the views then read tables and the key of hashes with",
                "-- its rights (SECURITY DEFINER), and their readers need no right to either.",
            ]
        if self.dialect == "postgres":
            return [
                "-- Run it as the owner of the tables: views read them with the rights of their owner.",
                f'-- Make the role before, and put people in it: CREATE ROLE "{schema}";',
            ]
        return ["-- This engine has no rights of its own: keep people from the tables behind the views by other means."]

    def _schema(self, name: str) -> exp.Table:
        catalog = exp.to_identifier(self.catalog, quoted=True) if self.dialect == "trino" else None
        return exp.Table(db=exp.to_identifier(name, quoted=True), catalog=catalog)

    def _named(self, schema: str, name: str, catalog: str | None) -> exp.Table:
        return exp.table_(name, db=schema, catalog=catalog, quoted=True)

    def _view(self, schema: str, view: str, table: Table, seen: Access | None, notes: list[str]) -> str:
        *_, table_schema, name = table.name.split(".")
        other = table.name.split(".")[0] if table.name.count(".") == 2 else None
        if other and self.dialect in _NO_SCHEMA_OF_OTHERS:
            raise BadInputError(
                "views-other-catalog", f"{table.name} is in another catalog, which {self.dialect} cannot read",
                fix="use --dialect trino, or leave the dataset out of the roles of these people",
            )  # fmt: skip
        ours = self.catalog if self.dialect == "trino" else None
        select = exp.select(*self._columns(table, seen, notes)).from_(
            self._named(table_schema, name, other or ours), copy=False
        )
        condition = seen.condition() if seen else None
        if condition is not None:
            # False where it is unknown, as in the rules: an error in the asker's own condition would tell of them.
            known = exp.Coalesce(this=exp.paren(condition.copy()), expressions=[exp.false()])
            select = select.where(condition, known)
        name = self._sql(self._named(schema, view, ours))
        return f"CREATE OR REPLACE VIEW {name}{_OPTIONS.get(self.dialect, '')} AS\n{self._sql(select, table.name)};"

    def _columns(self, table: Table, seen: Access | None, notes: list[str]) -> list[exp.Expr]:
        if seen is None:
            return [exp.Star()]
        made: list[exp.Expr] = []
        for name, type_ in table.types.items():
            value = self._value(seen, name, type_)
            hashed = any(mask is Mask.HASH for _, mask in seen.mask(name))
            if hashed and self.dialect not in _KEYED:
                notes.append(
                    f"{table.name}.{name}: NULL in place of a hash, which needs a key that only Trino looks up"
                )
            made.append(exp.alias_(value, name, quoted=True))
        return made

    def _value(self, seen: Access, name: str, type_: str) -> exp.Expr:
        if self.dialect not in _KEYED:
            masks = [{**g.masks, name: Mask.NULL} if g.masks.get(name) is Mask.HASH else g.masks for g in seen.glimpses]
            glimpses = (type(g)(g.role, g.dataset, g.condition, m) for g, m in zip(seen.glimpses, masks, strict=True))
            seen = Access(seen.table, tuple(glimpses))
        value = seen.mask_sql(name, type_, self.key)
        if isinstance(value, exp.Null):
            # A bare NULL has no type, and a view needs one: that of the column, whose value is never read.
            return exp.Case().when(exp.false(), exp.column(name))
        return value if value is not None else exp.column(name)

    def _grants(self, schema: str, views: list[str]) -> list[str]:
        if self.dialect not in _GRANTS:
            return []
        return [
            f'GRANT USAGE ON SCHEMA "{schema}" TO "{schema}";',
            *(f'GRANT SELECT ON "{schema}"."{view}" TO "{schema}";' for view in views),
        ]

    def _sql(self, tree: exp.Expr, table: str = "") -> str:
        unknown = sorted({node.name.lower() for node in tree.find_all(exp.Anonymous)})
        if unknown and self.dialect != "trino":
            raise self._no_counterpart(table, ", ".join(unknown))
        try:
            return tree.sql(
                self.dialect, identify=True, pretty=True, unsupported_level=ErrorLevel.RAISE, comments=False
            )
        except UnsupportedError as error:
            raise self._no_counterpart(table, str(error)) from None

    def _no_counterpart(self, table: str, what: str) -> BadInputError:
        return BadInputError(
            "views-no-counterpart", f"a condition or mask of {table} has no counterpart in {self.dialect}: {what}",
            fix="write the condition with functions that both engines have, or use --dialect trino",
        )  # fmt: skip
