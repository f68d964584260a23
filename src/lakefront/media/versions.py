"""The versions of one asset's row: what changed it when and who did, as far as the table's states reach back.

Only states that wrote to the day of the asset are read, of each of them that one row, in the name of whoever asks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from lakefront.errors import BadInputError, UnreachableError
from lakefront.media.assets import COLUMNS, Asset
from lakefront.media.ids import time_of
from lakefront.media.metadata import TableMetadata
from lakefront.media.query import get
from lakefront.media.rows import ask, asset_of, of_snapshot, table_as_of
from lakefront.media.sources import shown
from lakefront.media.writes import Written
from lakefront.trino import Trino

#: `added`: it came in; `visible`: whoever asks sees it from then on, though it was there before; `changed`; `removed`;
#: `oldest`: it was so already in the oldest state that was looked at.
What = Literal["added", "visible", "changed", "removed", "oldest"]
#: States that are looked at, and of how many one statement asks.
MOST_STATES: Final = 200
MOST_READ: Final = 60
_AT_ONCE: Final = 10
_MILLISECOND: Final = dt.timedelta(milliseconds=1)
#: Columns that say who changed a row and when, not what.
_STAMPS: Final = {"updated_at", "updated_by"}
_NAMES: Final = tuple(column.name for column in COLUMNS)


@dataclass(frozen=True)
class Change:
    """A column's value before and after."""

    column: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Version:
    """From when on the row was so, in which snapshot, by whom, and what had changed."""

    what: What
    snapshot: int
    since: dt.datetime
    by: str | None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Versions:
    """Versions of a row, the newest first. `complete`: whether the first of them is among them."""

    versions: tuple[Version, ...]
    complete: bool


def versions(trino: Trino, metadata: TableMetadata, asset_id: str) -> Versions:
    """Return the versions of an asset that one person may see; none where there never was any.

    Raises UnreachableError (`media-states`) where the table's states cannot be told, BadInputError (`media-not-there`)
    for an id that does not say its day and is of no asset that is there; else as `Trino.query`.
    """
    first, last = _span(trino, asset_id)
    written = metadata.written(first.date(), MOST_STATES)
    if written is None:
        raise UnreachableError(
            "media-states",
            "the catalog does not tell which states the table has been in",
            fix="try again in a few seconds, or see `lakefront logs catalog`",
        )
    states, whole = written.states[:MOST_READ], written.whole and len(written.states) <= MOST_READ
    rows = _rows(trino, states, asset_id, (first, last))
    # A snapshot that was expired meanwhile has no row to tell; those before it are gone as well.
    read = [state for state in states if state.snapshot in rows]
    whole = whole and len(read) == len(states)
    told = [(state, rows[state.snapshot]) for state in read]
    return Versions(tuple(_between(told, whole=whole)), whole)


def _span(trino: Trino, asset_id: str) -> tuple[dt.datetime, dt.datetime]:
    """Return between which moments an asset came in: its id says it, or else its row."""
    moment = time_of(asset_id)
    if moment is None:
        asset = get(trino, asset_id)
        if asset is None:
            raise BadInputError(
                "media-not-there",
                f"there is no asset '{shown(asset_id)}', or it is not {trino.user}'s to see",
                fix="see what there is by `lakefront media find`",
            )
        moment = asset.upload_time
    return moment, moment + _MILLISECOND


def _rows(
    trino: Trino, states: Sequence[Written], asset_id: str, span: tuple[dt.datetime, dt.datetime]
) -> dict[int, Asset | None]:
    """Return snapshot -> the row in it, None where it is not; a snapshot that is gone is left out."""
    found: dict[int, Asset | None] = {}
    for start in range(0, len(states), _AT_ONCE):
        chunk = states[start : start + _AT_ONCE]
        try:
            found |= _read(trino, chunk, asset_id, span)
        except BadInputError as error:
            if error.code != "media-as-of":
                raise
            for state in chunk:
                try:
                    found |= _read(trino, [state], asset_id, span)
                except BadInputError as gone:
                    if gone.code != "media-as-of":
                        raise
    return found


def _read(
    trino: Trino, states: Sequence[Written], asset_id: str, span: tuple[dt.datetime, dt.datetime]
) -> dict[int, Asset | None]:
    parts = [
        f"SELECT {place:d} AS place, {_columns(state)} FROM {table_as_of(trino, of_snapshot(state.snapshot))}"  # noqa: S608 - names of our own; values are parameters
        " WHERE upload_time >= ? AND upload_time < ? AND asset_id = ?"
        for place, state in enumerate(states)
    ]
    rows = ask(trino, " UNION ALL ".join(parts), [*span, asset_id] * len(states), of_snapshot(states[0].snapshot))
    there = {int(row[0]): asset_of(row[1:]) for row in rows}
    return {state.snapshot: there.get(place) for place, state in enumerate(states)}


def _columns(state: Written) -> str:
    """Return the columns of an asset; those that the table did not have yet are empty."""
    return ", ".join(
        column.name if column.name in state.columns else f"CAST(NULL AS {_TYPES[column.type]}) AS {column.name}"
        for column in COLUMNS
    )


_TYPES: Final = {
    "string": "varchar",
    "long": "bigint",
    "int": "integer",
    "double": "double",
    "boolean": "boolean",
    "timestamptz": "timestamp(6) with time zone",
    "list<string>": "array(varchar)",
    "map<string,string>": "map(varchar, varchar)",
}


def _between(told: Sequence[tuple[Written, Asset | None]], *, whole: bool) -> Iterator[Version]:
    """Yield what changed from each state to the next one, the newest first. `told`: the newest state first."""
    befores = [row for _, row in told[1:]] + ([None] if whole else [])
    for (state, after), before in zip(told, befores, strict=False):
        version = _version(state, before, after)
        if version:
            yield version
    if told and not whole and told[-1][1] is not None:
        state, row = told[-1]
        yield Version("oldest", state.snapshot, state.since, row.updated_by if row else None)


def _version(state: Written, before: Asset | None, after: Asset | None) -> Version | None:
    if after is None:
        # Whoever takes an asset out has left her name in the row just before.
        by = (before.updated_by or state.by) if before else None
        return Version("removed", state.snapshot, state.since, by) if before else None
    if before is None:
        new = after.updated_at == after.created_at
        by = after.created_by if new else after.updated_by
        return Version("added" if new else "visible", state.snapshot, state.since, by or state.by)
    changes = tuple(
        Change(name, getattr(before, name), getattr(after, name))
        for name in _NAMES
        if name not in _STAMPS and getattr(before, name) != getattr(after, name)
    )
    stamped = after.updated_at != before.updated_at
    if not changes and not stamped:
        return None
    return Version("changed", state.snapshot, state.since, (after.updated_by if stamped else None) or state.by, changes)
