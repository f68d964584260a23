"""Assets by their ids, which hold the time that they came in: few days are opened to find them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, Final

from lakefront.media.assets import Asset
from lakefront.media.ids import time_of
from lakefront.media.rows import SELECT, ask, asset_of, table_as_of
from lakefront.semantic.query import AsOf
from lakefront.trino import Trino

#: Ids that one statement asks for.
_AT_ONCE: Final = 200
_MILLISECOND: Final = dt.timedelta(milliseconds=1)


def marks(items: Sequence[Any] | set[str]) -> str:
    """Return a `?` for each of the items."""
    return ", ".join("?" * len(items))


def dated(wanted: Sequence[str]) -> list[tuple[str, dt.datetime]]:
    """Return the ids that hold a time, each with it."""
    return [(asset_id, moment) for asset_id in wanted if (moment := time_of(asset_id)) is not None]


def timed(wanted: Sequence[tuple[str, dt.datetime]]) -> tuple[str, list[Any]]:
    """Return the condition that ids of known times are, which opens the days of those times only."""
    days: dict[dt.date, list[tuple[str, dt.datetime]]] = {}
    for asset_id, moment in wanted:
        days.setdefault(moment.date(), []).append((asset_id, moment))
    terms: list[str] = []
    values: list[Any] = []
    for items in days.values():
        terms.append(f"(upload_time >= ? AND upload_time < ? AND asset_id IN ({marks(items)}))")
        moments = [moment for _, moment in items]
        values += [min(moments), max(moments) + _MILLISECOND, *(asset_id for asset_id, _ in items)]
    return f"({' OR '.join(terms)})", values


def of_ids(trino: Trino, wanted: Sequence[str], *, as_of: AsOf | None = None) -> Iterator[list[Asset]]:
    """Yield the assets of ids, in their order, some at a time; what this person does not see is left out."""
    wanted = list(dict.fromkeys(wanted))
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        known = dated(part)
        found = _read(trino, *timed(known), as_of) if known else {}
        # Ids that were made elsewhere hold no time, or another one: for those, all days are looked through.
        missing = [asset_id for asset_id in part if asset_id not in found]
        if missing:
            found |= _read(trino, f"asset_id IN ({marks(missing)})", missing, as_of)
        yield [found[asset_id] for asset_id in part if asset_id in found]


def _read(trino: Trino, where: str, values: Sequence[Any], as_of: AsOf | None) -> dict[str, Asset]:
    sql = f"SELECT {SELECT} FROM {table_as_of(trino, as_of)} WHERE {where}"  # noqa: S608 - names of our own; values are parameters
    return {asset.asset_id: asset for asset in map(asset_of, ask(trino, sql, values, as_of))}
