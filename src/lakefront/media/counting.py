"""How many assets there are: of a filter, of each day, of each value of a column."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any, Final, cast

from lakefront.media.filters import FACET_FIELDS, AssetFilter, where_of
from lakefront.media.rows import ask, table_as_of
from lakefront.semantic.query import AsOf
from lakefront.trino import Trino

#: Columns that counts may be asked by.
FACETS: Final = tuple(FACET_FIELDS)


def day_counts(trino: Trino, wanted: AssetFilter, *, as_of: AsOf | None = None) -> dict[dt.date, int]:
    """Return how many assets came in on each day (UTC) that has any, oldest day first."""
    where = where_of(wanted)
    day = "CAST(upload_time AT TIME ZONE 'UTC' AS date)"
    sql = f"SELECT {day}, count(*) FROM {table_as_of(trino, as_of)}{where.sql} GROUP BY 1 ORDER BY 1"  # noqa: S608 - names of our own; values are parameters
    return {cast("dt.date", row[0]): int(row[1]) for row in ask(trino, sql, where.values, as_of)}


def facets(trino: Trino, wanted: AssetFilter, *, as_of: AsOf | None = None) -> dict[str, dict[str, int]]:
    """Return, for each of `FACETS`, how many assets each value has under the other filters, most first."""
    table = table_as_of(trino, as_of)
    parts: list[str] = []
    values: list[Any] = []
    for column, name in FACET_FIELDS.items():
        where = where_of(replace(wanted, **{name: ()}))
        parts.append(f"SELECT '{column}', {column}, count(*) FROM {table}{where.sql} GROUP BY {column}")  # noqa: S608 - names of our own; values are parameters
        values += where.values
    found: dict[str, dict[str, int]] = {column: {} for column in FACETS}
    rows = ask(trino, " UNION ALL ".join(parts), values, as_of)
    for column, value, number in sorted(rows, key=lambda row: (-int(row[2]), str(row[1]))):
        if value is not None:  # a policy may keep a column from this person
            found[str(column)][str(value)] = int(number)
    return found


def count(trino: Trino, wanted: AssetFilter, *, as_of: AsOf | None = None) -> int:
    """Return how many assets a filter leaves. A page does not need it."""
    where = where_of(wanted)
    sql = f"SELECT count(*) FROM {table_as_of(trino, as_of)}{where.sql}"  # noqa: S608 - names of our own; values are parameters
    return int(ask(trino, sql, where.values, as_of)[0][0])
