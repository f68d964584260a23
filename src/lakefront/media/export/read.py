"""What is exported, read in order as one person sees one state, in bounded memory."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lakefront.errors import BadInputError
from lakefront.media.assets import Asset
from lakefront.media.by_id import of_ids
from lakefront.media.counting import Totals, day_counts, totals
from lakefront.media.export.wanted import Wanted
from lakefront.media.filters import AssetFilter
from lakefront.media.metadata import TableMetadata
from lakefront.media.paging import Counts, walk
from lakefront.media.rows import of_snapshot
from lakefront.semantic.query import AsOf, parse_as_of
from lakefront.trino import Trino

#: States that are looked through for the one of a moment.
_MOST_STATES: Final = 10_000


@dataclass(frozen=True)
class Limits:
    """The most rows of an export, and the most files and bytes of a zip of originals."""

    rows: int = 100_000
    files: int = 10_000
    bytes: int = 10_000_000_000


LIMITS: Final = Limits()


@dataclass(frozen=True)
class About:
    """What an export says of itself: whose rows these are, of which question, which state, and when."""

    made_at: dt.datetime
    viewer: str
    query: Mapping[str, Any]
    as_of: str | None
    snapshot: int | None

    def plain(self) -> dict[str, Any]:
        """Return it as data that JSON holds."""
        return dataclasses.asdict(self) | {"made_at": self.made_at.isoformat(timespec="seconds")}


@dataclass(frozen=True)
class Export:
    """One export. Make it by `begin`, which sees that it is not too much."""

    trino: Trino
    wanted: Wanted
    about: About
    held: Totals
    limits: Limits
    _state: AsOf | None
    _counts: Counts

    def assets(self) -> Iterator[Sequence[Asset]]:
        """Yield the assets in order, some at a time. Raises as `walk`, and BadInputError (`export-rows`)."""
        asked = self.wanted
        if asked.ids is not None:
            yield from of_ids(self.trino, asked.ids, as_of=self._state)
            return
        seen = 0
        for part in walk(self.trino, asked.filter, sort=asked.sort, as_of=self._state, counts=self._counts):
            seen += len(part)
            if seen > self.limits.rows:  # where no state could be named, more may have come in
                raise too_many(seen, self.limits)
            yield part


def begin(
    trino: Trino,
    wanted: Wanted,
    metadata: TableMetadata,
    *,
    limits: Limits = LIMITS,
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
) -> Export:
    """Return an export, pinned to the state that is current unless another one is wanted.

    Raises BadInputError: `export-rows` for too many rows, `media-as-of` and `query-as-of` for a state that is not
    there; NotAllowedError and UnreachableError as `Trino.query`.
    """
    as_of = parse_as_of(wanted.as_of) if wanted.as_of else None
    snapshot = metadata.current() if as_of is None else _snapshot_of(as_of, metadata)
    state = of_snapshot(snapshot) if as_of is None else as_of
    held = Totals(len(wanted.ids)) if wanted.ids is not None else totals(trino, wanted.filter, as_of=state)
    if held.assets > limits.rows:
        raise too_many(held.assets, limits)
    about = About(now(), trino.user, wanted.query(), wanted.as_of, snapshot)
    return Export(trino, wanted, about, held, limits, state, _bounds(trino, wanted.filter, metadata))


def too_many(number: int, limits: Limits) -> BadInputError:
    """Return the error for more rows than an export holds."""
    what = f"{number:,} items are too many for one export"
    return BadInputError("export-rows", what, fix=f"choose days, or filters that leave {limits.rows:,} at most")


def _snapshot_of(as_of: AsOf, metadata: TableMetadata) -> int | None:
    """Return the snapshot that a state is, where the table's metadata tell."""
    if as_of.kind == "snapshot":
        return as_of.snapshot
    moment = as_of.moment
    known = metadata.history(_MOST_STATES) if moment else []
    return next((state.snapshot for state in known if moment and state.since <= moment), None)


def _bounds(trino: Trino, wanted: AssetFilter, metadata: TableMetadata) -> Counts:
    """Return when rows came in, for the walk: counted once where the metadata do not tell."""
    days = AssetFilter(since=wanted.since, until=wanted.until)
    kept: dict[str, Mapping[dt.date, int]] = {}

    def counted(state: AsOf | None) -> Mapping[dt.date, int]:
        name = str(state)
        if name not in kept:
            kept[name] = day_counts(trino, days, as_of=state)
        return kept[name]

    return metadata.bounds(counted)
