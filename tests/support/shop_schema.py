"""The oracle's small, awkward tables as real Iceberg tables, in a schema of their own."""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from collections.abc import Iterator

from lakefront.trino import Trino
from tests.support.oracle import make_tables

#: Every day that a table of the oracle has, and some more: MetricFlow's calendar.
FIRST_DAY, DAYS = dt.date(2024, 12, 1), 760


@contextlib.contextmanager
def shop_schema(trino: Trino) -> Iterator[str]:
    """Make the tables and the calendar `days`; yield the schema's name; drop all."""
    schema = f"compare_{uuid.uuid4().hex[:8]}"
    trino.query(f"CREATE SCHEMA {schema}")
    try:
        for name, (columns, types, rows) in make_tables().items():
            declared = ", ".join(f"{column} {kind}" for column, kind in zip(columns, types, strict=True))
            trino.query(f"CREATE TABLE {schema}.{name} ({declared})")
            values = ", ".join(["(" + ", ".join("?" * len(columns)) + ")"] * len(rows))
            trino.query(f"INSERT INTO {schema}.{name} VALUES {values}", [value for row in rows for value in row])
        trino.query(
            f"CREATE TABLE {schema}.days AS SELECT date_add('day', n, DATE '{FIRST_DAY}') AS day "
            f"FROM UNNEST(sequence(0, {DAYS - 1})) AS t(n)"
        )
        yield schema
    finally:
        trino.query(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
