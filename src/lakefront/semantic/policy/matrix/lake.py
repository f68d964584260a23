"""The tables of a scratch lake with canaries in them: made by a service that maintains tables, dropped after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from lakefront.errors import LakefrontError
from lakefront.semantic.policy.tables import Table
from lakefront.trino import Trino

Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Canaried:
    """A table of the lake with its rows. `model` is None where no dataset and no rollup is over it.

    `undescribed` are columns that the table has and no dataset describes.
    """

    name: str
    catalog: str
    types: Mapping[str, str]
    rows: tuple[Mapping[str, Any], ...]
    literals: tuple[Mapping[str, str], ...] = field(repr=False)
    model: Table | None = None
    undescribed: tuple[str, ...] = ()
    partition: str | None = None
    in_lake: bool = True

    @property
    def path(self) -> tuple[str, str, str]:
        """Catalog, schema and name."""
        *_, schema, table = self.name.split(".")
        return self.catalog, schema, table

    def sql(self, suffix: str = "") -> str:
        """Return its name as SQL; `suffix` makes it that of a table about the table."""
        catalog, schema, table = self.path
        return ".".join(quoted(part) for part in (catalog, schema, table + suffix))


@dataclass(frozen=True)
class View:
    """A view that runs as whoever asks it: its columns are columns of a table."""

    name: str
    table: str
    columns: tuple[tuple[str, str], ...]

    def sql(self, catalog: str) -> str:
        """Return its name as SQL."""
        return ".".join(quoted(part) for part in (catalog, *self.name.split(".")))


def quoted(name: str) -> str:
    """Return a name as SQL."""
    return exp.to_identifier(name, quoted=True).sql("trino")


def make_tables(trino: Trino, tables: Iterable[Canaried], report: Report) -> dict[str, str]:
    """Make the tables and fill them. Return why those that could not be made could not."""
    failed: dict[str, str] = {}
    wanted = list(tables)
    for schema in sorted({table.path[:2] for table in wanted}):
        try:
            trino.query(f"CREATE SCHEMA IF NOT EXISTS {'.'.join(map(quoted, schema))}")
        except LakefrontError as error:
            failed |= {table.name: error.what for table in wanted if table.path[:2] == schema}
    for number, table in enumerate(wanted):
        report(f"making {table.name}", number, len(wanted))
        try:
            if table.name not in failed:
                trino.query(_create(table))
        except LakefrontError as error:
            failed[table.name] = error.what
    return failed


def make_views(trino: Trino, views: Iterable[View], tables: Mapping[str, Canaried], catalog: str) -> None:
    """Make views that run as who asks. Raises as `Trino.query`."""
    wanted = list(views)
    for schema in sorted({view.name.split(".")[0] for view in wanted}):
        trino.query(f"CREATE SCHEMA IF NOT EXISTS {quoted(catalog)}.{quoted(schema)}")
    for view in wanted:
        columns = ", ".join(f"{quoted(column)} AS {quoted(name)}" for name, column in view.columns)
        made = f"SELECT {columns} FROM {tables[view.table].sql()}"  # noqa: S608 - names are quoted
        trino.query(f"CREATE VIEW {view.sql(catalog)} SECURITY INVOKER AS {made}")


def drop(trino: Trino, tables: Iterable[Canaried], views: Iterable[View], catalog: str) -> None:
    """Drop what was made. Raises as `Trino.query`."""
    for view in views:
        trino.query(f"DROP VIEW IF EXISTS {view.sql(catalog)}")
    for table in tables:
        trino.query(f"DROP TABLE IF EXISTS {table.sql()}")


def _create(table: Canaried) -> str:
    names = list(table.types)
    layout = f" WITH (partitioning = ARRAY['{quoted(table.partition)}'])" if table.partition else ""
    columns = ", ".join(map(quoted, names))
    rows = ", ".join(f"({', '.join(row[name] for name in names)})" for row in table.literals)
    return f"CREATE TABLE {table.sql()}{layout} AS SELECT * FROM (VALUES {rows}) AS made ({columns})"  # noqa: S608 - names are quoted, values are literals of sqlglot
