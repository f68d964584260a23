"""How many assets there are: of a filter, of each day, of each value of a column."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, cast

from lakefront.media.filters import FACET_FIELDS, AssetFilter, where_of
from lakefront.media.rows import ask, table_as_of
from lakefront.semantic.query import AsOf
from lakefront.trino import Trino

#: Columns that counts may be asked by.
FACETS: Final = tuple(FACET_FIELDS)


def day_counts(trino: Trino, wanted: AssetFilter, *, as_of: AsOf | None = None) -> dict[dt.date, int]:
    """Return how many assets came in on each day (UTC) that has any, oldest day first."""
    where = where_of(wanted, trino.schemas)
    day = "CAST(upload_time AT TIME ZONE 'UTC' AS date)"
    sql = f"SELECT {day}, count(*) FROM {table_as_of(trino, as_of)}{where.sql} GROUP BY 1 ORDER BY 1"  # noqa: S608 - names of our own; values are parameters
    return {cast("dt.date", row[0]): int(row[1]) for row in ask(trino, sql, where.values, as_of)}


@dataclass(frozen=True)
class Totals:
    """How many assets, and the bytes of their originals; bytes are 0 where a policy keeps sizes."""

    assets: int = 0
    bytes: int = 0

    def __add__(self, other: Totals) -> Totals:
        return Totals(self.assets + other.assets, self.bytes + other.bytes)


@dataclass(frozen=True)
class Cube:
    """What there is of each combination of the values of `FACETS`; a value is None where a policy keeps it.

    One statement counts it, and every filter on those columns is answered from it.
    """

    cells: Mapping[tuple[str | None, ...], Totals]

    def facets(self, wanted: AssetFilter) -> dict[str, dict[str, int]]:
        """Return, for each of `FACETS`, how many assets each value has under the other filters, most first."""
        found: dict[str, dict[str, int]] = {}
        for place, column in enumerate(FACETS):
            counts: Counter[str] = Counter()
            for cell, held in self._within(replace(wanted, **{FACET_FIELDS[column]: ()})):
                value = cell[place]
                if value is not None:
                    counts[value] += held.assets
            found[column] = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
        return found

    def totals(self, wanted: AssetFilter) -> Totals:
        """Return what a filter leaves."""
        return sum((held for _, held in self._within(wanted)), Totals())

    def different(self, column: str, wanted: AssetFilter) -> int:
        """Return how many values of one of `FACETS` there are among what a filter leaves."""
        place = FACETS.index(column)
        return len({cell[place] for cell, _ in self._within(wanted)} - {None})

    def _within(self, wanted: AssetFilter) -> Iterator[tuple[tuple[str | None, ...], Totals]]:
        asked = [cast("tuple[str, ...]", getattr(wanted, name)) for name in FACET_FIELDS.values()]
        for cell, held in self.cells.items():
            if all(not values or value in values for value, values in zip(cell, asked, strict=True)):
                yield cell, held


def without_facets(wanted: AssetFilter) -> AssetFilter:
    """Return the part of a filter that a cube is counted under: all but what is wanted of `FACETS`."""
    return replace(wanted, **dict.fromkeys(FACET_FIELDS.values(), ()))


def cube(trino: Trino, wanted: AssetFilter, *, as_of: AsOf | None = None) -> Cube:
    """Count the cube of a filter, whatever it wants of `FACETS`."""
    where, columns = where_of(without_facets(wanted), trino.schemas), ", ".join(FACETS)
    what = "count(*), coalesce(sum(file_size), 0)"
    sql = f"SELECT {columns}, {what} FROM {table_as_of(trino, as_of)}{where.sql} GROUP BY {columns}"  # noqa: S608 - names of our own; values are parameters
    return Cube({tuple(row[:-2]): Totals(int(row[-2]), int(row[-1])) for row in ask(trino, sql, where.values, as_of)})


def facets(trino: Trino, wanted: AssetFilter, *, as_of: AsOf | None = None) -> dict[str, dict[str, int]]:
    """Return, for each of `FACETS`, how many assets each value has under the other filters, most first."""
    return cube(trino, wanted, as_of=as_of).facets(wanted)


def totals(trino: Trino, wanted: AssetFilter, *, as_of: AsOf | None = None) -> Totals:
    """Return how many assets a filter leaves, and their bytes, in one statement of its own."""
    where = where_of(wanted, trino.schemas)
    what = "count(*), coalesce(sum(file_size), 0)"
    sql = f"SELECT {what} FROM {table_as_of(trino, as_of)}{where.sql}"  # noqa: S608 - names of our own; values are parameters
    assets, held = ask(trino, sql, where.values, as_of)[0]
    return Totals(int(assets), int(held))


def count(trino: Trino, wanted: AssetFilter, *, as_of: AsOf | None = None) -> int:
    """Return how many assets a filter leaves. A page does not need it."""
    where = where_of(wanted, trino.schemas)
    sql = f"SELECT count(*) FROM {table_as_of(trino, as_of)}{where.sql}"  # noqa: S608 - names of our own; values are parameters
    return int(ask(trino, sql, where.values, as_of)[0][0])
