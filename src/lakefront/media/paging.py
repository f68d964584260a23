"""Pages by keyset: a page never reads more of the time than it needs, and a walk sees one state of the table.

By time, spans with what they may hold bound a window first, then the rows inside are sorted; windows that come out
short are doubled. By size or name there is nothing to bound by, so the days have to be few or chosen. There is no
OFFSET, and no top-N over the whole table.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from lakefront.errors import BadInputError
from lakefront.media.assets import Asset
from lakefront.media.counting import day_counts
from lakefront.media.filters import AssetFilter, Where, where_of
from lakefront.media.orders import ORDERS, Order, Sort, Value
from lakefront.media.rows import NO_STATE, SELECT, ask, asset_of, of_snapshot, table_as_of
from lakefront.media.spans import Span, whole_days
from lakefront.media.tokens import Place, read_token, write_token
from lakefront.semantic.query import AsOf
from lakefront.trino import Trino

#: When how many assets of a state came in: spans, oldest first, none over another.
Counts = Callable[[AsOf | None], Sequence[Span]]

#: The most assets of a page.
LARGEST_PAGE: Final = 200
#: Assets that a walk through all of them reads at once.
STEP: Final = 1_000
#: As many rows are sorted by size or name without days being chosen.
MOST_SORTED: Final = 50_000
#: Where so many pages seem to be left of the span in which the last one ended, the next one is counted on to be, too.
_MANY: Final = 10
#: Where filters narrow, a window is looked through that may hold so many times what is wanted.
NARROWED: Final = 500
_INSTANT: Final = dt.timedelta(microseconds=1)


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
    `counts` gives what spans of the time hold of the same filter or a wider one, when the caller has it; of what came
    in since, what lies before and behind those that it knows may be missed. `budget`: seconds after which no more
    windows are opened, though one always is. Raises BadInputError: `page-size`, `page-sort`, `page-token`, `page-days`
    (too many assets to sort), `media-filter`, `media-as-of`.
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


def walk(
    trino: Trino,
    wanted: AssetFilter,
    *,
    sort: Sort = "newest",
    as_of: AsOf | None = None,
    counts: Counts | None = None,
    step: int = STEP,
) -> Iterator[tuple[Asset, ...]]:
    """Yield all assets that a filter leaves of one state, in order, `step` at a time.

    Raises BadInputError: `page-days`, `media-filter`; `media-as-of` also when the state is expired meanwhile.
    """
    place: Place | None = None
    while True:
        found = _Asked(trino, wanted, sort, step, place, counts, lambda: False).read(as_of)
        if found.assets:
            yield found.assets
        place = found.following
        if place is None:
            return


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
        spans = self._ahead(self._counted(state, bounds))
        need = 1 if self.wanted == bounds else NARROWED
        found: list[tuple[Any, ...]] = []
        at, reach, edge = 0, 0, None
        while at < len(spans) and len(found) <= self.size:
            if edge is not None and self.late():
                return self._page(found, Place(self.sort, edge, ""))
            lacking = self.size + 1 - len(found)
            # Spans that came out short are doubled, not crept along.
            taken = max(self._enough(spans[at:], lacking * need), reach)
            far = spans[min(at + taken, len(spans)) - 1]
            found += self._rows(self._window(edge, far), state, lacking, self.place if edge is None else None)
            at, reach, edge = at + taken, taken * 2, far.start if self.order.falling else far.end
        return self._page(found)

    def _by_value(self, state: AsOf | None) -> _Found:
        within = self.wanted
        if within.since is None or within.until is None:
            known = self._counted(state, within)
            if self.counts and _held(known) > MOST_SORTED:  # theirs may be those of a wider filter
                known = whole_days(day_counts(self.trino, within, as_of=state))
            if _held(known) > MOST_SORTED:
                raise _too_many(self.sort, _held(known))
            if not known:
                return _Found(())
            within = _narrowed(within, known[0].start.date(), (known[-1].end - _INSTANT).date())
        return self._page(self._rows(where_of(within, self.trino.schemas), state, self.size + 1, self.place))

    def _counted(self, state: AsOf | None, wanted: AssetFilter) -> list[Span]:
        """Return what the spans within the days of the filter may hold, of those that may hold any."""
        known = self.counts(state) if self.counts else whole_days(day_counts(self.trino, wanted, as_of=state))
        since, until = wanted.since or dt.date.min, wanted.until or dt.date.max
        return [span for span in known if span.rows and since <= span.start.date() <= until]

    def _ahead(self, known: Sequence[Span]) -> list[Span]:
        """Return the spans from the place on, the first to be read first."""
        start = self._start()
        if self.order.falling:
            return [span for span in reversed(known) if start is None or span.start <= start]
        return [span for span in known if start is None or span.end > start]

    def _start(self) -> dt.datetime | None:
        return cast("dt.datetime", self.place.value) if self.place else None

    def _enough(self, spans: Sequence[Span], rows: int) -> int:
        """Return how many of the spans hold enough rows.

        What is left of the span that the place lies in is an estimate: little is not counted on.
        """
        held = 0
        for number, span in enumerate(spans, start=1):
            left = self._left(span)
            held += left if left == span.rows or left >= rows * _MANY else 0
            if held >= rows:
                return number
        return len(spans)

    def _left(self, span: Span) -> int:
        """Return how many rows of a span are still to come, as if they lay evenly in it."""
        start = self._start()
        if start is None or not span.start <= start < span.end:
            return span.rows
        behind = start - span.start if self.order.falling else span.end - start
        return int(span.rows * (behind / (span.end - span.start)))

    def _window(self, edge: dt.datetime | None, far: Span) -> Where:
        """Return the condition for the time from what was read up to `far`, within the filter.

        The first window is open at its near end, and nothing between two windows is left out: something may have come
        in since the spans were counted.
        """
        where = where_of(self.wanted, self.trino.schemas)
        if self.order.falling:
            where.add("upload_time >= ?", far.start)
            if edge is not None:
                where.add("upload_time < ?", edge)
        else:
            if edge is not None:
                where.add("upload_time >= ?", edge)
            where.add("upload_time < ?", far.end)
        return where

    def _rows(self, where: Where, state: AsOf | None, limit: int, place: Place | None) -> list[tuple[Any, ...]]:
        key = self.order.key
        way, beyond = ("DESC", "<") if self.order.falling else ("ASC", ">")
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


def _held(spans: Sequence[Span]) -> int:
    return sum(span.rows for span in spans)


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
