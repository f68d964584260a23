"""What the gallery asks, through Trino: pages by keyset, counts by day, facets, one asset.

Everything may be asked of an earlier state, too (`as_of`). Values are always parameters.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from lakefront.media.assets import Asset
from lakefront.media.counting import FACETS, Cube, Totals, count, counted_under, cube, day_counts, facets
from lakefront.media.filters import AssetFilter
from lakefront.media.ids import time_of
from lakefront.media.orders import ORDERS, Sort
from lakefront.media.paging import Page, page
from lakefront.media.rows import NO_STATE, SELECT, ask, asset_of, of_snapshot, table_as_of
from lakefront.media.tokens import BAD_TOKEN
from lakefront.semantic.query import AsOf, parse_as_of
from lakefront.trino import Trino

__all__ = [
    "BAD_TOKEN",
    "FACETS",
    "NO_STATE",
    "ORDERS",
    "AsOf",
    "Asset",
    "AssetFilter",
    "Cube",
    "Page",
    "Sort",
    "Totals",
    "count",
    "counted_under",
    "cube",
    "day_counts",
    "facets",
    "get",
    "of_contents",
    "of_snapshot",
    "page",
    "parse_as_of",
]

#: Contents that one statement asks for.
_AT_ONCE: Final = 200


def of_contents(trino: Trino, contents: Sequence[str]) -> dict[str, Asset]:
    """Return SHA-256 -> the oldest asset of that content, of those that this person sees. Every hash is read."""
    found: dict[str, Asset] = {}
    wanted = sorted(set(contents))
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        marks = ", ".join("?" * len(part))
        sql = f"SELECT {SELECT} FROM {table_as_of(trino, None)} WHERE sha256 IN ({marks}) ORDER BY upload_time DESC"  # noqa: S608 - names of our own; values are parameters
        found |= {row.sha256: row for row in map(asset_of, ask(trino, sql, part, None))}
    return found


def get(trino: Trino, asset_id: str, *, as_of: AsOf | None = None) -> Asset | None:
    """Return one asset, or None when there is none that this person may see.

    The id holds the upload time, so one day is read; only for ids made elsewhere are all days looked through.
    """
    table, moment = table_as_of(trino, as_of), time_of(asset_id)
    if moment is not None:
        span = (moment, moment + dt.timedelta(milliseconds=1))
        sql = f"SELECT {SELECT} FROM {table} WHERE upload_time >= ? AND upload_time < ? AND asset_id = ?"  # noqa: S608 - names of our own; values are parameters
        rows = ask(trino, sql, [*span, asset_id], as_of)
        if rows:
            return asset_of(rows[0])
    rows = ask(trino, f"SELECT {SELECT} FROM {table} WHERE asset_id = ?", [asset_id], as_of)  # noqa: S608 - names of our own; values are parameters
    return asset_of(rows[0]) if rows else None
