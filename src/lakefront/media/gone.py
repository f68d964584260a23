"""States of the media table that cannot be read: whether they were expired, and since when states are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pyiceberg.serializers import FromInputFile
from pyiceberg.table import Table

from lakefront.media.states import State, logged, state_of
from lakefront.semantic.query import AsOf

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

#: Snapshots by their numbers, with when each was made.
Snapshots = Mapping[int, dt.datetime]


@dataclass(frozen=True)
class Gone:
    """A state that is not there. `since`: when it began, where it is known to have been there; it has been expired.

    `earliest`: the first one that is still kept.
    """

    since: dt.datetime | None
    earliest: State | None


def gone(table: Table, as_of: AsOf, former: Iterator[Snapshots]) -> Gone | None:
    """Return what is known of a state that is not there; None for one that is.

    `former`: snapshots that the table had before, the latest first; read as far as needed.
    """
    if state_of(table, as_of) is not None:
        return None
    *_, earliest = [None, *logged(table)]
    if as_of.kind == "snapshot":
        since = next((known[as_of.snapshot] for known in former if as_of.snapshot in known), None)
    elif as_of.moment is not None:
        since = _current_at(as_of.moment, former)
    else:
        since = None  # tags and branches leave no trace
    return Gone(since, earliest)


def _current_at(moment: dt.datetime, former: Iterator[Snapshots]) -> dt.datetime | None:
    """Return when the state of a moment began; None where there was none yet, or it cannot be told."""
    return max((made for known in former for made in known.values() if made <= moment), default=None)


def former_files(table: Table) -> list[str]:
    """Return where the table's former metadata are, the latest first."""
    return [entry.metadata_file for entry in reversed(table.metadata.metadata_log)]


def snapshots_in(table: Table, file: str) -> Snapshots:
    """Return the snapshots that the table had by former metadata. Raises OSError: they may have been removed."""
    found = FromInputFile.table_metadata(table.io.new_input(file)).snapshots
    return {each.snapshot_id: _EPOCH + dt.timedelta(milliseconds=each.timestamp_ms) for each in found}
