"""Which days each state of the media table wrote to, as the lists of its manifests tell, and who made it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import ManifestFile
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.types import IntegerType

from lakefront.media.manifests import day_place

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Written:
    """A state whose snapshot wrote to some day: its columns, and who made it where the snapshot says so."""

    snapshot: int
    since: dt.datetime
    columns: frozenset[str]
    by: str | None


@dataclass(frozen=True)
class WrittenStates:
    """States that wrote to a day, the newest first. `whole`: whether those of the table's beginning are among them."""

    states: tuple[Written, ...]
    whole: bool


class NotByDayError(Exception):
    """A table whose files are not each of one day."""


def days_written(table: Table, snapshot: Snapshot) -> list[tuple[dt.date, dt.date]]:
    """Return the first and the last day of each manifest that a snapshot added: files, and rows taken out of files.

    Raises OSError, NotByDayError.
    """
    return [
        _days_of(table, manifest)
        for manifest in snapshot.manifests(table.io)
        if manifest.added_snapshot_id == snapshot.snapshot_id
    ]


def maker(snapshot: Snapshot) -> str | None:
    """Return who made a snapshot, as Trino writes it there."""
    return snapshot.summary.additional_properties.get("trino_user") if snapshot.summary else None


def _days_of(table: Table, manifest: ManifestFile) -> tuple[dt.date, dt.date]:
    """Return the first and the last day that a manifest tells of; every day where it does not say."""
    place = day_place(table, manifest)
    if place is None:
        raise NotByDayError
    bounds = manifest.partitions[place] if manifest.partitions else None
    if bounds is None or bounds.lower_bound is None or bounds.upper_bound is None:
        return dt.date.min, dt.date.max
    first, last = (
        (_EPOCH + dt.timedelta(days=int(from_bytes(IntegerType(), end)))).date()
        for end in (bounds.lower_bound, bounds.upper_bound)
    )
    return first, last
