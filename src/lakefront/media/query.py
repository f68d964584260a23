"""What the gallery asks, through Trino: pages by keyset, counts by day, facets, one asset.

A page never reads more than the days it needs: per-day counts bound the time first, then the rows inside are sorted.
There is no OFFSET and no top-N over the whole table. Values are always parameters.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from lakefront.errors import BadInputError
from lakefront.media.assets import COLUMNS, TABLE, Asset
from lakefront.media.ids import time_of
from lakefront.trino import Trino

__all__ = ["FACETS", "Asset", "AssetFilter", "Cursor", "Page", "count", "day_counts", "facets", "get", "page"]

#: Columns that counts may be asked by.
FACETS: Final = ("tag", "kind", "source_system")
_SELECT: Final = ", ".join(column.name for column in COLUMNS)
_FIELDS: Final[Mapping[str, str]] = {"tag": "tags", "kind": "kinds", "source_system": "source_systems"}
_MOST: Final = 200


@dataclass(frozen=True)
class AssetFilter:
    """What to show; an empty tuple or None does not narrow. `since` and `until` are days in UTC, both included."""

    tags: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    source_systems: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None


@dataclass(frozen=True)
class Cursor:
    """The place after one asset, in the order newest first."""

    upload_time: dt.datetime
    asset_id: str


@dataclass(frozen=True)
class Page:
    """Assets, newest first, and where the next page starts; `next` is None on the last page."""

    assets: tuple[Asset, ...]
    next: Cursor | None
    has_more: bool


def _table(trino: Trino) -> str:
    return trino.schemas.table(TABLE)


@dataclass
class _Where:
    """Conditions joined by AND, with their values in order."""

    terms: list[str]
    values: list[Any]

    def add(self, term: str, *values: Any) -> None:
        self.terms.append(term)
        self.values.extend(values)

    @property
    def sql(self) -> str:
        return f" WHERE {' AND '.join(self.terms)}" if self.terms else ""


def _where(wanted: AssetFilter) -> _Where:
    where = _Where([], [])
    for column, field in _FIELDS.items():
        values = cast("tuple[str, ...]", getattr(wanted, field))
        if values:
            where.add(f"{column} IN ({', '.join('?' * len(values))})", *values)
    # Bounds on the raw column with typed values: Iceberg prunes whole days by them.
    if wanted.since is not None:
        where.add("upload_time >= ?", _midnight(wanted.since))
    if wanted.until is not None and wanted.until < dt.date.max:
        where.add("upload_time < ?", _midnight(wanted.until + dt.timedelta(days=1)))
    return where


def page(
    trino: Trino,
    wanted: AssetFilter,
    *,
    size: int = 20,
    after: Cursor | None = None,
    counts: Mapping[dt.date, int] | None = None,
) -> Page:
    """Return the next `size` assets after a cursor, newest first, ties by id.

    `counts` are those of `day_counts` for the same filter, when the caller has them; they may be out of date: a page
    that comes out short is completed from older days. Raises BadInputError (`page-size`) outside of 1 to 200.
    """
    if not 1 <= size <= _MOST:
        raise BadInputError("page-size", f"a page of {size} assets cannot be shown", fix=f"ask for 1 to {_MOST}")
    known = day_counts(trino, wanted) if counts is None else counts
    start = None if after is None else after.upload_time.astimezone(dt.UTC).date()
    days = sorted((day for day, count in known.items() if count and (start is None or day <= start)), reverse=True)
    found: list[Asset] = []
    at, reach, short = 0, 0, after
    while at < len(days) and len(found) <= size:
        taken = _days_for(days[at:], known, size + 1 - len(found), partial=start)
        taken = max(taken, reach)  # a window that came out short is doubled, not crept along
        window = days[at : at + taken]
        # The first window is open towards now, so that what came in since the days were counted is seen.
        newest = window[0] if at else None
        found += _window(trino, wanted, newest=newest, oldest=window[-1], after=short, limit=size + 1 - len(found))
        at, reach, short = at + taken, taken * 2, None
    more = len(found) > size
    assets = tuple(found[:size])
    last = assets[-1] if assets else None
    return Page(assets, Cursor(last.upload_time, last.asset_id) if more and last else None, more)


def _days_for(days: list[dt.date], counts: Mapping[dt.date, int], rows: int, *, partial: dt.date | None) -> int:
    """Return how many of the days, newest first, hold enough rows; the cursor's own day may be used up already."""
    held = 0
    for number, day in enumerate(days, start=1):
        held += 0 if day == partial else counts[day]
        if held >= rows:
            return number
    return len(days)


def _window(
    trino: Trino, wanted: AssetFilter, *, newest: dt.date | None, oldest: dt.date, after: Cursor | None, limit: int
) -> list[Asset]:
    until = min((day for day in (newest, wanted.until) if day is not None), default=None)
    where = _where(replace(wanted, since=max(oldest, wanted.since or oldest), until=until))
    if after is not None:
        moment = after.upload_time.astimezone(dt.UTC)
        where.add("upload_time <= ?", moment)  # said apart from the next line, so that it prunes
        where.add("(upload_time < ? OR asset_id < ?)", moment, after.asset_id)
    sql = f"SELECT {_SELECT} FROM {_table(trino)}{where.sql} ORDER BY upload_time DESC, asset_id DESC LIMIT {limit:d}"  # noqa: S608 - names of our own and a number; values are parameters
    return [_asset(row) for row in trino.query(sql, where.values).rows]


def day_counts(trino: Trino, wanted: AssetFilter) -> dict[dt.date, int]:
    """Return how many assets came in on each day (UTC) that has any, oldest day first."""
    where = _where(wanted)
    day = "CAST(upload_time AT TIME ZONE 'UTC' AS date)"
    sql = f"SELECT {day}, count(*) FROM {_table(trino)}{where.sql} GROUP BY 1 ORDER BY 1"  # noqa: S608 - names of our own; values are parameters
    return {cast("dt.date", row[0]): int(row[1]) for row in trino.query(sql, where.values).rows}


def facets(trino: Trino, wanted: AssetFilter) -> dict[str, dict[str, int]]:
    """Return, for each of `FACETS`, how many assets each value has under the other filters, most first."""
    parts: list[str] = []
    values: list[Any] = []
    for column in FACETS:
        where = _where(replace(wanted, **{_FIELDS[column]: ()}))
        parts.append(f"SELECT '{column}', {column}, count(*) FROM {_table(trino)}{where.sql} GROUP BY {column}")  # noqa: S608 - names of our own; values are parameters
        values += where.values
    found: dict[str, dict[str, int]] = {column: {} for column in FACETS}
    rows = trino.query(" UNION ALL ".join(parts), values).rows
    for column, value, number in sorted(rows, key=lambda row: (-int(row[2]), str(row[1]))):
        found[str(column)][str(value)] = int(number)
    return found


def count(trino: Trino, wanted: AssetFilter) -> int:
    """Return how many assets a filter leaves."""
    where = _where(wanted)
    return int(trino.query(f"SELECT count(*) FROM {_table(trino)}{where.sql}", where.values).scalar())  # noqa: S608 - names of our own; values are parameters


def get(trino: Trino, asset_id: str) -> Asset | None:
    """Return one asset, or None when there is none that this person may see.

    The id holds the upload time, so one day is read; only for ids made elsewhere are all days looked through.
    """
    moment = time_of(asset_id)
    if moment is not None:
        span = (moment, moment + dt.timedelta(milliseconds=1))
        sql = f"SELECT {_SELECT} FROM {_table(trino)} WHERE upload_time >= ? AND upload_time < ? AND asset_id = ?"  # noqa: S608 - names of our own; values are parameters
        rows = trino.query(sql, [*span, asset_id]).rows
        if rows:
            return _asset(rows[0])
    rows = trino.query(f"SELECT {_SELECT} FROM {_table(trino)} WHERE asset_id = ?", [asset_id]).rows  # noqa: S608 - names of our own; values are parameters
    return _asset(rows[0]) if rows else None


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


_TIMES: Final = {column.name for column in COLUMNS if column.type == "timestamptz"}


def _asset(row: tuple[Any, ...]) -> Asset:
    values: dict[str, Any] = dict(zip((column.name for column in COLUMNS), row, strict=True))
    for name in _TIMES:
        values[name] = cast("dt.datetime", values[name]).astimezone(dt.UTC)
    values["labels"] = tuple(cast("list[str]", values["labels"] or ()))
    values["exif"] = dict(cast("dict[str, str]", values["exif"] or {}))
    return Asset(**values)
