"""What was added, changed and removed between two states of the media table, asked through Trino as one person.

Her row filters and masks hold in both states: what an edit brought into her sight has been added for her. Rows are
compared, not files; where the two states may differ at all is known from the table's metadata (see `difference`), and
no other time is read.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast, get_args

from lakefront.errors import BadInputError
from lakefront.media.assets import COLUMNS, Asset
from lakefront.media.counting import Totals
from lakefront.media.difference import Pair
from lakefront.media.filters import Where
from lakefront.media.regions import Region
from lakefront.media.rows import SELECT, ask, asset_of, table_as_of
from lakefront.media.signing import opened, sealed
from lakefront.media.tokens import BAD_TOKEN
from lakefront.semantic.query import AsOf
from lakefront.trino import Trino

Change = Literal["added", "changed", "removed"]
CHANGES: Final = cast("tuple[Change, ...]", get_args(Change))
#: The most items of a page.
LARGEST_PAGE: Final = 200
#: Columns that every edit sets: who made it and when.
STAMPS: Final = ("updated_at", "updated_by")
_PURPOSE: Final = b"lakefront changes v1"
_TYPES: Final = {
    "string": "varchar",
    "long": "bigint",
    "int": "integer",
    "timestamptz": "timestamp(6) with time zone",
    "list<string>": "array(varchar)",
    "map<string,string>": "map(varchar, varchar)",
}
_NAMES: Final = tuple(column.name for column in COLUMNS)


@dataclass(frozen=True)
class Cell:
    """Items that one thing happened to, of one kind and tag: those of the later state, unless they were removed.

    `columns`: which ones changed. `before` and `after`: bytes of their originals in the two states.
    """

    change: Change
    columns: tuple[str, ...]
    kind: str | None
    tag: str | None
    items: int
    before: int
    after: int


@dataclass(frozen=True)
class Comparison:
    """How two states differ for one person."""

    cells: tuple[Cell, ...]

    def totals(self, change: Change) -> Totals:
        """Return how many items that happened to, and their bytes: those that were removed as they had been."""
        cells = [cell for cell in self.cells if cell.change == change]
        return Totals(
            sum(cell.items for cell in cells),
            sum(cell.before if change == "removed" else cell.after for cell in cells),
        )

    @property
    def bytes(self) -> int:
        """By how many bytes the originals have grown."""
        return sum(cell.after - cell.before for cell in self.cells)

    def by(self, value: Callable[[Cell], str | None]) -> dict[str, Counter[Change]]:
        """Return how many items each thing happened to, by a value of theirs; most first."""
        found: defaultdict[str, Counter[Change]] = defaultdict(Counter)
        for cell in self.cells:
            found[value(cell) or ""][cell.change] += cell.items
        return dict(sorted(found.items(), key=lambda item: (-item[1].total(), item[0])))

    def columns(self) -> dict[str, int]:
        """Return of how many items each column changed, most first, of columns in the table's order."""
        found: Counter[str] = Counter()
        for cell in self.cells:
            for name in cell.columns:
                found[name] += cell.items
        return dict(sorted(found.items(), key=lambda item: (-item[1], _NAMES.index(item[0]))))


@dataclass(frozen=True)
class Item:
    """An item that something happened to, as it was and as it is; None where it was not there.

    `columns`: which ones changed, in the table's order; of what was there twice only.
    """

    before: Asset | None
    after: Asset | None
    columns: tuple[str, ...] = ()

    @property
    def asset(self) -> Asset:
        """The item as it is in the later state, or as it was last."""
        return cast("Asset", self.after or self.before)


@dataclass(frozen=True)
class Items:
    """A page of items, those that came in last first; `next` is the token of the page after it, or None."""

    items: tuple[Item, ...]
    next: str | None


def compare(trino: Trino, pair: Pair) -> Comparison:
    """Count what was added, changed and removed between two states.

    Raises BadInputError (`media-as-of`) for a state that is not there; else as `Trino.query`.
    """
    asked = _Asked(trino, pair)
    parts = [part for change in CHANGES if (part := asked.counted(change))]
    if not parts:
        asked.nothing()
        return Comparison(())
    values = [value for part in parts for value in part[1]]
    rows = asked.ask(" UNION ALL ".join(part[0] for part in parts), values)
    return Comparison(
        tuple(
            Cell(change, tuple(columns.split()), kind, tag, int(number), int(before), int(after))
            for change, columns, kind, tag, number, before, after in rows
        )
    )


def items(
    trino: Trino, pair: Pair, change: Change, *, signing_key: str, size: int = 20, after: str | None = None
) -> Items:
    """Return a page of the items that one thing happened to: the first one, or that behind the token `after`.

    Raises BadInputError: `page-size`, `page-token`, `media-as-of`.
    """
    if not 1 <= size <= LARGEST_PAGE:
        raise BadInputError("page-size", f"a page of {size} items cannot be shown", fix=f"ask for 1 to {LARGEST_PAGE}")
    place = _read_token(signing_key, after, pair, change) if after else None
    asked = _Asked(trino, pair)
    if not asked.possible(change):
        asked.nothing()
        return Items((), None)
    found = asked.changed(size + 1, place) if change == "changed" else asked.one_sided(change, size + 1, place)
    shown = tuple(found[:size])
    token = _token(signing_key, shown[-1].asset, pair, change) if len(found) > size else None
    return Items(shown, token)


_Place = tuple[dt.datetime, str]
_Part = tuple[str, list[Any]]


@dataclass(frozen=True)
class _Asked:
    """Two states of the table, `a` the earlier and `b` the later in every statement."""

    trino: Trino
    pair: Pair

    def ask(self, sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        # Which of the two is gone is not told by Trino; the pair has been looked up before, so it is a rare case.
        return ask(self.trino, sql, values, self.pair.before or self.pair.after)

    def nothing(self) -> None:
        """Ask for no row, so that whoever may not see the table is told so, even where no two rows differ."""
        self.ask(f"SELECT asset_id FROM {table_as_of(self.trino, self.pair.after)} WHERE false", [])  # noqa: S608 - a name of our own

    def possible(self, change: Change) -> bool:
        """Tell whether there may be any item that this happened to."""
        times = self.pair.times
        return bool(times.come if change == "added" else times.gone) and (change != "changed" or bool(times.come))

    @property
    def compared(self) -> list[str]:
        """The columns that both states have, but for the key."""
        return [name for name in _NAMES[1:] if all(name in known for known in self.pair.columns)]

    def counted(self, change: Change) -> _Part | None:
        """Return the statement that counts what this happened to; None where it cannot have happened."""
        if not self.possible(change):
            return None
        narrow = ("asset_id", "kind", "tag", "file_size")
        bytes_of = "coalesce(sum({}.file_size), 0)".format
        if change == "changed":
            marks = ", ".join(f"IF(a.{name} IS DISTINCT FROM b.{name}, '{name}')" for name in self.compared)
            text, values = self._both()
            what = f"array_join(ARRAY[{marks}], ' '), b.kind, b.tag, count(*), {bytes_of('a')}, {bytes_of('b')}"
            return f"SELECT 'changed', {what}{text} GROUP BY 2, 3, 4", values
        of = "b" if change == "added" else "a"
        text, values = self._only(change, narrow)
        sums = f"0, {bytes_of('b')}" if change == "added" else f"{bytes_of('a')}, 0"
        return f"SELECT '{change}', '', {of}.kind, {of}.tag, count(*), {sums}{text} GROUP BY 3, 4", values

    def one_sided(self, change: Change, limit: int, place: _Place | None) -> list[Item]:
        """Return items that only one of the states has. Their keys are sorted first: the rest is read of these only."""
        of = "b" if change == "added" else "a"
        text, values = self._only(change, ("asset_id", "upload_time"), place)
        order = f"ORDER BY {of}.upload_time DESC, {of}.asset_id DESC LIMIT {limit:d}"
        keys = self.ask(f"SELECT {of}.asset_id, {of}.upload_time{text} {order}", values)
        if not keys:
            return []
        where = Where()
        where.add("upload_time BETWEEN ? AND ?", keys[-1][1], keys[0][1])
        where.add(f"asset_id IN ({', '.join('?' * len(keys))})", *(key[0] for key in keys))
        side = self._side("a" if change == "removed" else "b", _NAMES, where)
        rows = self.ask(f"SELECT {SELECT} FROM {side[0]} ORDER BY upload_time DESC, asset_id DESC", side[1])  # noqa: S608 - names of our own; values are parameters
        assets = [asset_of(row) for row in rows]
        return [Item(asset, None) if change == "removed" else Item(None, asset) for asset in assets]

    def changed(self, limit: int, place: _Place | None) -> list[Item]:
        """Return items that both states have, with other values."""
        text, values = self._both(place)
        columns = ", ".join(f"{side}.{name}" for side in "ab" for name in _NAMES)
        order = f"ORDER BY b.upload_time DESC, b.asset_id DESC LIMIT {limit:d}"
        rows = self.ask(f"SELECT {columns}{text} {order}", values)
        pairs = ((asset_of(row[: len(_NAMES)]), asset_of(row[len(_NAMES) :])) for row in rows)
        return [
            Item(one, two, tuple(name for name in self.compared if getattr(one, name) != getattr(two, name)))
            for one, two in pairs
        ]

    def _both(self, place: _Place | None = None) -> _Part:
        """Return the rows of both states that differ."""
        times = self.pair.times
        before = self._side("a", _NAMES, _within(times.gone))
        later = self._side("b", _NAMES, _within(times.come, place))
        differ = " OR ".join(f"a.{name} IS DISTINCT FROM b.{name}" for name in self.compared)
        return f" FROM {before[0]} JOIN {later[0]} ON a.asset_id = b.asset_id WHERE ({differ})", before[1] + later[1]

    def _only(self, change: Change, columns: Sequence[str], place: _Place | None = None) -> _Part:
        """Return the rows that only the later state has (`added`), or only the earlier (`removed`)."""
        times, here, there = self.pair.times, *(("b", "a") if change == "added" else ("a", "b"))
        own = self._side(here, columns, _within(times.come if change == "added" else times.gone, place))
        other = self._side(there, ("asset_id",), _within(times.either))
        text = f" FROM {own[0]} LEFT JOIN {other[0]} ON a.asset_id = b.asset_id WHERE {there}.asset_id IS NULL"
        return text, own[1] + other[1]

    def _side(self, name: Literal["a", "b"] | str, columns: Iterable[str], where: Where) -> _Part:
        """Return one of the states as a table. Columns that it did not have yet hold nothing."""
        state, known = (
            (self.pair.before, self.pair.columns[0]) if name == "a" else (self.pair.after, self.pair.columns[1])
        )
        types = {column.name: column.type for column in COLUMNS}
        listed = ", ".join(
            column if column in known else f"CAST(NULL AS {_TYPES.get(types[column], types[column])}) AS {column}"
            for column in columns
        )
        return f"(SELECT {listed} FROM {table_as_of(self.trino, state)}{where.sql}) AS {name}", [*where.values]  # noqa: S608 - names of our own; values are parameters


def _within(region: Region, place: _Place | None = None) -> Where:
    """Return the condition that a row lies in a region, and behind a place."""
    where = Where()
    region.add_to(where)
    if place is not None:
        where.add("upload_time <= ?", place[0])  # said apart from the next line, so that it prunes
        where.add("(upload_time < ? OR asset_id < ?)", *place)
    return where


def _names(pair: Pair) -> list[str]:
    return [_name(pair.before), _name(pair.after)]


def _name(state: AsOf | None) -> str:
    return "" if state is None else str(state)


def _token(signing_key: str, last: Asset, pair: Pair, change: Change) -> str:
    said = [change, *_names(pair), last.upload_time.isoformat(), last.asset_id]
    return sealed(signing_key, _PURPOSE, json.dumps(said, separators=(",", ":")).encode())


def _read_token(signing_key: str, token: str, pair: Pair, change: Change) -> _Place:
    payload = opened(signing_key, _PURPOSE, token)
    said = cast("list[str]", json.loads(payload)) if payload else []
    if said[:3] != [change, *_names(pair)]:
        what = "this page token is not one of ours, or of another list"
        raise BadInputError(BAD_TOKEN, what, fix="start at page one")
    return dt.datetime.fromisoformat(said[3]), said[4]
