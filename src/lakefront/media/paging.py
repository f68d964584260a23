"""Pages by keyset: a page never reads more than the days it needs, and a walk sees one state of the table.

By time, per-day counts bound the days first, then the rows inside are sorted; days that come out short are doubled. By
size or name there is nothing to bound by, so the days have to be few or chosen. There is no OFFSET, and no top-N over
the whole table.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from lakefront.errors import BadInputError
from lakefront.media.assets import Asset
from lakefront.media.counting import day_counts
from lakefront.media.filters import AssetFilter, midnight, where_of
from lakefront.media.orders import ORDERS, Order, Sort, Value
from lakefront.media.rows import NO_STATE, SELECT, ask, asset_of, of_snapshot, table_as_of
from lakefront.media.tokens import Place, read_token, write_token
from lakefront.semantic.query import AsOf
from lakefront.trino import Trino

#: Per-day counts of a state.
Counts = Callable[[AsOf | None], Mapping[dt.date, int]]

#: The most assets of a page.
LARGEST_PAGE: Final = 200
#: As many rows are sorted by size or name without days being chosen.
MOST_SORTED: Final = 50_000
#: A day of so many pages is counted on to hold the next one, too.
_MANY: Final = 50
_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True)
class Page:
    """Assets in order, and the token of the page after them: None on the last page.

    `snapshot` is what was read, None for the newest state or that of `as_of`. `fell_back`: the state that the walk was
    pinned to is gone, and this page shows the newest from the same place on. `partial`: the time was up before the page
    was full; `next` goes on from there.
    """

    assets: tuple[Asset, ...]
    next: str | None
    snapshot: int | None = None
    fell_back: bool = False
    partial: bool = False

    @property
    def has_more(self) -> bool:
        """Whether there may be more behind this page."""
        return self.next is not None


def page(
    trino: Trino,
    wanted: AssetFilter,
    *,
    signing_key: str,
    sort: Sort = "newest",
    size: int = 20,
    after: str | None = None,
    pin: int | None = None,
    as_of: AsOf | None = None,
    counts: Counts | None = None,
    budget: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Page:
    """Return a page of `size` assets: the first one, or the one after the page that gave the token `after`.

    `pin` is the current snapshot, which a first page reads and those after it, too. `as_of` is a state to read instead.
    `counts` gives those of `day_counts` for the same filter or a wider one, when the caller has them; of what came in
    since, days before and behind those that they know may be missed. `budget`: seconds after which no more days are
    opened, though one window always is. Raises BadInputError: `page-size`, `page-sort`, `page-token`, `page-days` (too
    many assets to sort), `media-filter`, `media-as-of`.
    """
    if not 1 <= size <= LARGEST_PAGE:
        raise BadInputError("page-size", f"a page of {size} assets cannot be shown", fix=f"ask for 1 to {LARGEST_PAGE}")
    if sort not in ORDERS:
        raise BadInputError("page-sort", f"nothing is sorted by '{sort}'", fix=f"choose one of {', '.join(ORDERS)}")
    end = None if budget is None else clock() + budget
    place = read_token(signing_key, after, sort, wanted, as_of) if after else None
    asked = _Asked(trino, wanted, sort, size, place, counts, lambda: end is not None and clock() >= end)

    def made(found: _Found, snapshot: int | None, *, fell_back: bool = False) -> Page:
        following = found.following and replace(found.following, snapshot=snapshot)
        token = write_token(signing_key, following, wanted, as_of) if following else None
        return Page(found.assets, token, snapshot, fell_back, found.partial)

    if as_of is not None:
        return made(asked.read(as_of), None)
    first = place.snapshot if place else pin
    pinned = [] if first is None else [number for number in dict.fromkeys((first, pin)) if number is not None]
    for snapshot in pinned:
        try:
            return made(asked.read(of_snapshot(snapshot)), snapshot, fell_back=snapshot != first)
        except BadInputError as error:
            if not _is_gone(error):
                raise
    return made(asked.read(None), None, fell_back=bool(pinned))


def _is_gone(error: BadInputError) -> bool:
    # A state is read with the columns that it had: one from before a new column is no better than none.
    return error.code == NO_STATE or error.what.startswith("COLUMN_NOT_FOUND")


@dataclass(frozen=True)
class _Found:
    """Assets of a page and the place behind them."""

    assets: tuple[Asset, ...]
    following: Place | None = None
    partial: bool = False


@dataclass(frozen=True)
class _Asked:
    """What a page was asked for. `late` tells that the time is up."""

    trino: Trino
    wanted: AssetFilter
    sort: Sort
    size: int
    place: Place | None
    counts: Counts | None
    late: Callable[[], bool]

    @property
    def order(self) -> Order:
        return ORDERS[self.sort]

    def read(self, state: AsOf | None) -> _Found:
        """Return the page in one state of the table."""
        return self._by_time(state) if self.order.by_time else self._by_value(state)

    def _by_time(self, state: AsOf | None) -> _Found:
        # Only the days: counting under the whole filter may read every title.
        bounds = AssetFilter(since=self.wanted.since, until=self.wanted.until)
        known = self._counted(state, bounds)
        days = self._days(known)
        found: list[tuple[Any, ...]] = []
        at, reach, edge = 0, 0, None
        while at < len(days) and len(found) <= self.size:
            if edge is not None and self.late():
                return self._page(found, Place(self.sort, self._behind(edge), ""))
            taken = self._enough(days[at:], known, self.size + 1 - len(found))
            taken = max(taken, reach)  # days that came out short are doubled, not crept along
            far = days[min(at + taken, len(days)) - 1]
            within = self._between(edge, far)
            found += self._rows(within, state, self.size + 1 - len(found), self.place if edge is None else None)
            at, reach, edge = at + taken, taken * 2, far
        return self._page(found)

    def _by_value(self, state: AsOf | None) -> _Found:
        within = self.wanted
        if within.since is None or within.until is None:
            known = self._counted(state, within)
            if self.counts and sum(known.values()) > MOST_SORTED:  # theirs may be those of a wider filter
                known = day_counts(self.trino, within, as_of=state)
            if sum(known.values()) > MOST_SORTED:
                raise _too_many(self.sort, sum(known.values()))
            if not known:
                return _Found(())
            within = _narrowed(within, min(known), max(known))
        return self._page(self._rows(within, state, self.size + 1, self.place))

    def _counted(self, state: AsOf | None, wanted: AssetFilter) -> dict[dt.date, int]:
        """Return how many assets there may be on each day of the filter that may have any."""
        known = self.counts(state) if self.counts else day_counts(self.trino, wanted, as_of=state)
        since, until = wanted.since or dt.date.min, wanted.until or dt.date.max
        return {day: number for day, number in known.items() if number and since <= day <= until}

    def _days(self, known: Mapping[dt.date, int]) -> list[dt.date]:
        """Return the days from the place on, the first to be read first."""
        start, falling = self._start(), self.order.falling
        return sorted(
            (day for day in known if start is None or day == start or (day < start) == falling), reverse=falling
        )

    def _start(self) -> dt.date | None:
        return cast("dt.datetime", self.place.value).date() if self.place else None

    def _enough(self, days: list[dt.date], known: Mapping[dt.date, int], rows: int) -> int:
        """Return how many of the days hold enough rows.

        The place's own day may be used up already: one of few rows is not counted on. In one of many, most pages end
        within it, and the few that do not ask once more.
        """
        start, held = self._start(), 0
        for number, day in enumerate(days, start=1):
            held += 0 if day == start and known[day] < rows * _MANY else known[day]
            if held >= rows:
                return number
        return len(days)

    def _between(self, edge: dt.date | None, far: dt.date) -> AssetFilter:
        """Return the filter for the days from those that were read up to `far`.

        The first ones are open at their near end, and none between two windows is left out: something may have come in
        since the days were counted.
        """
        if self.order.falling:
            return _narrowed(self.wanted, far, None if edge is None else edge - _DAY)
        return _narrowed(self.wanted, None if edge is None else edge + _DAY, far)

    def _behind(self, edge: dt.date) -> dt.datetime:
        return midnight(edge if self.order.falling else edge + _DAY)

    def _rows(self, within: AssetFilter, state: AsOf | None, limit: int, place: Place | None) -> list[tuple[Any, ...]]:
        key = self.order.key
        way, beyond = ("DESC", "<") if self.order.falling else ("ASC", ">")
        where = where_of(within)
        if place is not None:
            where.add(f"{key} {beyond}= ?", place.value)  # said apart from the next line, so that it prunes
            where.add(f"({key} {beyond} ? OR asset_id {beyond} ?)", place.value, place.asset_id)
        sql = f"SELECT {SELECT}, {key} AS place FROM {table_as_of(self.trino, state)}{where.sql}"  # noqa: S608 - names of our own; values are parameters
        sql += f" ORDER BY place {way}, asset_id {way} LIMIT {limit:d}"
        return ask(self.trino, sql, where.values, state)

    def _page(self, rows: list[tuple[Any, ...]], edge: Place | None = None) -> _Found:
        """Return a page of rows, of which one more than fit were asked for. `edge`: where to go on, if time was up."""
        assets = tuple(asset_of(row[:-1]) for row in rows[: self.size])
        if len(rows) <= self.size:
            return _Found(assets, edge, partial=edge is not None and len(rows) < self.size)
        *_, value = rows[self.size - 1]
        return _Found(assets, Place(self.sort, cast("Value", value), assets[-1].asset_id))


def _narrowed(wanted: AssetFilter, since: dt.date | None, until: dt.date | None) -> AssetFilter:
    return replace(
        wanted,
        since=max((day for day in (wanted.since, since) if day is not None), default=None),
        until=min((day for day in (wanted.until, until) if day is not None), default=None),
    )


def _too_many(sort: Sort, number: int) -> BadInputError:
    return BadInputError(
        "page-days",
        f"{number:,} assets are too many to be sorted by {'name' if sort == 'name' else 'size'}",
        fix=f"choose days, by since and until, or filters that leave {MOST_SORTED:,} at most",
    )
