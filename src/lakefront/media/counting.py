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
_DAY: Final = "CAST(upload_time AT TIME ZONE 'UTC' AS date)"


def day_counts(trino: Trino, wanted: AssetFilter, *, as_of: AsOf | None = None) -> dict[dt.date, int]:
    """Return how many assets came in on each day (UTC) that has any, oldest day first."""
    where = where_of(wanted, trino.schemas)
    sql = f"SELECT {_DAY}, count(*) FROM {table_as_of(trino, as_of)}{where.sql} GROUP BY 1 ORDER BY 1"  # noqa: S608 - names of our own; values are parameters
    return {cast("dt.date", row[0]): int(row[1]) for row in ask(trino, sql, where.values, as_of)}


@dataclass(frozen=True)
class Totals:
    """How many assets, and the bytes of their originals; bytes are 0 where a policy keeps sizes."""

    assets: int = 0
    bytes: int = 0

    def __add__(self, other: Totals) -> Totals:
        return Totals(self.assets + other.assets, self.bytes + other.bytes)


#: The values of `FACETS`, and the day (UTC) where days were counted; None where a policy keeps it.
Cell = tuple[tuple[str | None, ...], dt.date | None]


@dataclass(frozen=True)
class Cube:
    """What there is of each combination of the values of `FACETS` and, `by_day`, of days.

    One statement counts it, and every filter on those columns, and on days, is answered from it.
    """

    cells: Mapping[Cell, Totals]
    by_day: bool = False

    def of_days(self, wanted: AssetFilter) -> Cube:
        """Return what there is within the days of a filter, as a cube without days; one without is returned as it is.

        Questions about a cube without days look through far fewer cells.
        """
        if not self.by_day:
            return self
        cells: dict[Cell, Totals] = {}
        for (values, _), held in self._within(wanted, values=False):
            cells[values, None] = cells.get((values, None), Totals()) + held
        return Cube(cells)

    def facets(self, wanted: AssetFilter) -> dict[str, dict[str, int]]:
        """Return, for each of `FACETS`, how many assets each value has under the other filters, most first."""
        found: dict[str, dict[str, int]] = {}
        for place, column in enumerate(FACETS):
            counts: Counter[str] = Counter()
            for (values, _), held in self._within(replace(wanted, **{FACET_FIELDS[column]: ()})):
                value = values[place]
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
        return len({values[place] for (values, _), _ in self._within(wanted)} - {None})

    def day_counts(self, wanted: AssetFilter) -> dict[dt.date, int]:
        """Return how many assets a filter leaves of each day that has any, oldest day first; of a cube by days."""
        counts: Counter[dt.date] = Counter()
        for (_, day), held in self._within(wanted):
            if day is not None:
                counts[day] += held.assets
        return dict(sorted(counts.items()))

    def _within(self, wanted: AssetFilter, *, values: bool = True) -> Iterator[tuple[Cell, Totals]]:
        """Yield what a filter leaves, whatever it wants of `FACETS` where `values` is not set."""
        asked = [cast("tuple[str, ...]", getattr(wanted, name)) if values else () for name in FACET_FIELDS.values()]
        narrowed = self.by_day and (wanted.since, wanted.until) != (None, None)
        first, last = wanted.since or dt.date.min, wanted.until or dt.date.max
        for cell, held in self.cells.items():
            kept, day = cell
            if narrowed and (day is None or not first <= day <= last):
                continue
            if all(not some or value in some for value, some in zip(kept, asked, strict=True)):
                yield cell, held


def counted_under(wanted: AssetFilter, *, by_day: bool = False) -> AssetFilter:
    """Return the part of a filter that a cube is counted under: all but what is wanted of `FACETS` and of days."""
    rest = replace(wanted, **dict.fromkeys(FACET_FIELDS.values(), ()))
    return replace(rest, since=None, until=None) if by_day else rest


def cube(trino: Trino, wanted: AssetFilter, *, by_day: bool = False, as_of: AsOf | None = None) -> Cube:
    """Count the cube of a filter, whatever it wants of `FACETS` and, `by_day`, of days.

    By days there may be as many cells as assets: ask for that where these are few.
    """
    where, columns = where_of(counted_under(wanted, by_day=by_day), trino.schemas), ", ".join(FACETS)
    day = _DAY if by_day else "CAST(NULL AS date)"
    keys = ", ".join(map(str, range(1, len(FACETS) + 2)))
    what = "count(*), coalesce(sum(file_size), 0)"
    sql = f"SELECT {columns}, {day}, {what} FROM {table_as_of(trino, as_of)}{where.sql} GROUP BY {keys}"  # noqa: S608 - names of our own; values are parameters
    rows = ask(trino, sql, where.values, as_of)
    return Cube({(tuple(row[:-3]), row[-3]): Totals(int(row[-2]), int(row[-1])) for row in rows}, by_day)


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
