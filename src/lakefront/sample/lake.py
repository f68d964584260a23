"""The structured half of the sample lakehouse: tables that Trino makes by itself, from hashes of row numbers.

The same `until` and `scale` give the same rows on every machine. A table is filled under a working name and renamed
when it is complete, so a reader never sees half of one, and a run that was interrupted is simply run again.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from string import Template
from typing import Final

from sqlglot import exp

from lakefront.config import BUNDLE_NAMES, Schemas
from lakefront.errors import BadInputError, CheckFailedError
from lakefront.trino import Trino

#: Raised when the SQL changes what it makes: an older sample is then refused instead of being mixed with a newer one.
SAMPLE_VERSION: Final = 1
SCHEMAS: Final = ("sales", "marketing", "analytics", "markets", "governance")
CRM_TABLE: Final = "main.accounts"

#: Tables of the lake in the order in which they are made, and what each costs to make, in rows, for the progress bar.
_WORK: Final = {
    "sales.products": 20_000,
    "sales.customers": 60_000,
    "sales.orders": 500_000,
    "sales.order_items": 500_000,
    "marketing.campaigns": 20_000,
    "marketing.events": 400_000,
    "analytics.reports": 20_000,
    "markets.option_ticks": 1_050_000,
}
_CRM_WORK: Final = 80_000
_ORDERS: Final = 200_000
_CUSTOMERS: Final = 20_000
_VISITORS: Final = 139_000
#: The shoe of the story about returns in README.md.
_FAULTY_PRODUCT: Final = 106
_YEARS: Final = 3
_SCALES: Final = (0.02, 50.0)
#: A table under this ending is not complete.
_WORKING: Final = "__seeding"
#: For one statement on a slow machine; the client's own default is meant for dashboards.
_STATEMENT_SECONDS: Final = 900.0


@dataclass(frozen=True)
class SeededTable:
    """What became of one table: `created` is False if it was there already. `seconds` covers this run only."""

    name: str
    rows: int
    seconds: float
    created: bool


def expected_tables() -> tuple[str, ...]:
    """Return the names (`schema.table`) of the sample's tables in the lake, in the order in which they are made."""
    return tuple(_WORK)


def seed_lake(
    trino: Trino,
    *,
    catalog: str,
    crm_catalog: str | None,
    warehouse: str | None,
    until: dt.date,
    report: Callable[[str, int, int], None],
    scale: float = 1.0,
) -> list[SeededTable]:
    """Make what is missing of the sample's tables; what is there is left as it is.

    `warehouse` is the bucket that the tables are put in (None: where the catalog likes); without `crm_catalog` there
    is no external database. `report(table, done, total)` is called before and after each table; `done` and `total`
    are in units of work, about a row each. Raises CheckFailedError (`sample-table-exists`), before any table is
    made, if a table in the sample's place is not this sample's, and BadInputError (`sample-scale`).
    """
    if not _SCALES[0] <= scale <= _SCALES[1]:
        raise BadInputError(
            "sample-scale",
            f"a sample at scale {scale:g} cannot be made",
            fix=f"choose a scale from {_SCALES[0]:g} to {_SCALES[1]:g}; 1 makes 200,000 orders",
        )
    lake = _Lake(
        dataclasses.replace(trino, timeout=max(trino.timeout, _STATEMENT_SECONDS)),
        catalog=catalog,
        warehouse=warehouse,
        mark=sample_mark(until, scale),
        values=template_values(catalog, until, scale, trino.schemas),
    )
    crm = _Crm(lake.trino, catalog=crm_catalog, mark=lake.mark, values=lake.values) if crm_catalog else None
    total = sum(_WORK.values()) + (_CRM_WORK if crm else 0)
    lake.make_schemas()
    there = lake.complete_tables() | ({crm.name} if crm and crm.is_complete() else set[str]())
    lake.tidy()
    done = 0
    seeded: list[SeededTable] = []
    steps: list[tuple[str, int, _Lake | _Crm]] = [(name, work, lake) for name, work in _WORK.items()]
    for name, work, place in [*steps, *([(crm.name, _CRM_WORK, crm)] if crm else [])]:
        report(name, done, total)
        started = time.monotonic()
        rows = place.count(name) if name in there else place.make(name)
        seeded.append(SeededTable(name, rows, time.monotonic() - started, created=name not in there))
        done += work
        report(name, done, total)
    return seeded


def sample_mark(until: dt.date, scale: float = 1.0) -> str:
    """Return what the comment of each table of this very sample ends with, in brackets."""
    return f"lakefront sample {SAMPLE_VERSION}, until {until.isoformat()}" + (
        f", scale {scale:g}" if scale != 1 else ""
    )


def template_values(
    catalog: str, until: dt.date, scale: float = 1.0, schemas: Schemas = BUNDLE_NAMES
) -> dict[str, str]:
    """Return what the placeholders of the SQL files stand for, but for those of a single table.

    `schemas`: what the lake's are called. Dates are typed literals; the sample covers three years and ends on `until`,
    which is included.
    """
    values = {
        "catalog": _identifier(catalog),
        "sales": _identifier(schemas.here(None, "sales")[1]),
        "mark": sample_mark(until, scale),
        "first_day": f"DATE '{_first_day(until).isoformat()}'",
        "last_day": f"DATE '{until.isoformat()}'",
        "orders": str(round(_ORDERS * scale)),
        "customers": str(round(_CUSTOMERS * scale)),
        "visitors": str(round(_VISITORS * scale)),
        "tick_share": f"{scale:.6f}e0",
        "faulty_product": str(_FAULTY_PRODUCT),
    }
    return values | {"order_lines": Template(_sql("order_lines.fragment")).substitute(values)}


def table_statements(name: str, values: dict[str, str], *, table: str, location: str | None = None) -> list[str]:
    """Return the statements that make one table.

    `table` is its name in SQL, quoted; `location` the folder of an Iceberg table.
    """
    text = Template(_sql(name)).substitute(
        values, table=table, location=f"location = {_literal(location)}, " if location else ""
    )
    return [statement.strip() for statement in re.split(r";\s*$", text, flags=re.MULTILINE) if statement.strip()]


@dataclass(frozen=True)
class _Lake:
    """The Iceberg tables. A table's comment tells whether it is ours."""

    trino: Trino
    catalog: str
    warehouse: str | None
    mark: str
    values: dict[str, str]

    def make_schemas(self) -> None:
        """Make the schemas that are missing."""
        for schema in self._schemas():
            location = f" WITH (location = {_literal(self._folder(schema))})" if self.warehouse else ""
            self.trino.query(f"CREATE SCHEMA IF NOT EXISTS {_identifier(self.catalog)}.{_identifier(schema)}{location}")

    def complete_tables(self) -> set[str]:
        """Return the tables of this sample that are there. Raises CheckFailedError for a table that isn't its own."""
        comments = self._comments()
        foreign = [name for name in _WORK if name in comments and not comments[name].endswith(f"({self.mark})")]
        # A working table of an older sample is waste as well; without our mark it is somebody's data.
        foreign += [name for name in self._working(comments) if "(lakefront sample " not in comments[name]]
        if foreign:
            raise _taken([f"{self.catalog}.{self.trino.schemas.table(name)}" for name in foreign], self.mark)
        return {name for name in _WORK if name in comments}

    def tidy(self) -> None:
        """Drop what an interrupted run left behind."""
        for name in self._working(self._comments()):
            self.trino.query(f"DROP TABLE IF EXISTS {self._table(name)}")

    def count(self, name: str) -> int:
        """Return the number of rows of a table."""
        return _count(self.trino, f"{self.catalog}.{self.trino.schemas.table(name)}")

    def make(self, name: str) -> int:
        """Make a table; return its rows."""
        schema, table = self.trino.schemas.table(name).split(".")
        working = self._table(name + _WORKING)
        location = f"{self._folder(schema)}/{table}-{uuid.uuid4().hex}" if self.warehouse else None
        create, insert = table_statements(name, self.values, table=working, location=location)
        self.trino.query(create)
        rows = int(self.trino.query(insert).scalar())
        self.trino.query(f"ALTER TABLE {working} RENAME TO {self._table(name)}")
        return rows

    def _comments(self) -> dict[str, str]:
        """Return the comments of the tables in the sample's places, complete or not."""
        names = {self.trino.schemas.table(name + ending): name + ending for name in _WORK for ending in ("", _WORKING)}
        query = (
            exp.select("schema_name", "table_name", "comment")
            .from_("system.metadata.table_comments")
            .where(
                exp.column("catalog_name").eq(self.catalog),
                exp.column("schema_name").isin(*self._schemas()),
                exp.column("table_name").isin(*sorted(name.split(".")[1] for name in names)),
            )
        )
        rows = self.trino.query(query.sql("trino")).rows
        found = {f"{schema}.{table}": str(comment or "") for schema, table, comment in rows}
        return {names[name]: comment for name, comment in found.items() if name in names}

    def _working(self, comments: dict[str, str]) -> list[str]:
        return [name for name in comments if name.endswith(_WORKING)]

    def _folder(self, schema: str) -> str:
        return f"s3://{self.warehouse}/{schema}"

    def _schemas(self) -> list[str]:
        """Return what the sample's schemas are called here."""
        return [self.trino.schemas.here(None, schema)[1] for schema in SCHEMAS]

    def _table(self, name: str) -> str:
        """Return a table of the sample as SQL, by the name that it has here."""
        return _table(f"{self.catalog}.{self.trino.schemas.table(name)}")


@dataclass(frozen=True)
class _Crm:
    """The external database. It has no comments: a column of `accounts` tells who made its rows."""

    trino: Trino
    catalog: str
    mark: str
    values: dict[str, str]

    @property
    def name(self) -> str:
        """The table with its catalog and schema."""
        return self.trino.schemas.table(f"{self.catalog}.{CRM_TABLE}")

    def is_complete(self) -> bool:
        """Return whether the table is there. Raises CheckFailedError if it isn't this sample's."""
        catalog, schema, table = self.name.split(".")
        columns = (
            exp.select("column_name")
            .from_(_table(f"{catalog}.information_schema.columns"))
            .where(exp.column("table_schema").eq(schema), exp.column("table_name").eq(table))
        )
        names = {str(row[0]) for row in self.trino.query(columns.sql("trino")).rows}
        if names and ("loaded_from" not in names or self._marks() != [self.mark]):
            raise _taken([self.name], self.mark)
        return bool(names)

    def count(self, name: str) -> int:
        """Return the number of rows of a table."""
        return _count(self.trino, name)

    def make(self, name: str) -> int:
        """Make a table in one statement, which the connector finishes by a rename; return its rows."""
        schema = ".".join(map(_identifier, name.split(".")[:2]))
        self.trino.query(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        (statement,) = table_statements("crm.accounts", self.values, table=_table(name))
        return int(self.trino.query(statement).scalar())

    def _marks(self) -> list[str]:
        query = exp.select("loaded_from").distinct().from_(_table(self.name))
        return [str(row[0]) for row in self.trino.query(query.sql("trino")).rows]


def _count(trino: Trino, name: str) -> int:
    return int(trino.query(exp.select("count(*)").from_(_table(name)).sql("trino")).scalar())


def _taken(names: list[str], mark: str) -> CheckFailedError:
    one = len(names) == 1
    return CheckFailedError(
        "sample-table-exists",
        f"{', '.join(names)} {'is' if one else 'are'} there already, and not from '{mark}'",
        fix=f"drop or rename {'it' if one else 'them'} and run `lakefront seed` again; or, if the comment names another"
        " day of the sample, set [sample] until in lakefront.toml back to that day",
    )


def _first_day(until: dt.date) -> dt.date:
    day_after = until + dt.timedelta(days=1)
    try:
        return day_after.replace(year=day_after.year - _YEARS)
    except ValueError:  # 29 February
        return day_after.replace(year=day_after.year - _YEARS, day=28)


def _sql(name: str) -> str:
    return resources.files("lakefront.sample").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def _identifier(name: str) -> str:
    return exp.to_identifier(name, quoted=True).sql("trino")


def _table(name: str) -> str:
    """Return `catalog.schema.table`, quoted."""
    catalog, schema, table = name.rsplit(".", 2)
    return exp.table_(table, schema, catalog, quoted=True).sql("trino")


def _literal(text: str) -> str:
    return exp.Literal.string(text).sql("trino")
