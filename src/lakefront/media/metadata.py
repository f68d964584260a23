"""What the table's own metadata tell: the snapshot that is current, and when how many rows of it came in.

The service reads them from the catalog and S3, without any data. Trino's `"t$snapshots"` and `"t$partitions"` are not
for people who see some rows only; what is read here bounds what is asked in their name, and is shown to nobody.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, cast

from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import DataFile, ManifestContent, ManifestFile
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.transforms import DayTransform
from pyiceberg.types import IntegerType, TimestamptzType

from lakefront.config import Settings
from lakefront.errors import LakefrontError
from lakefront.iceberg.catalog import connect
from lakefront.media.catalog import MediaCatalog
from lakefront.media.filters import midnight
from lakefront.media.spans import FileRange, Span, spans_of, whole_days
from lakefront.semantic.query import AsOf

#: A page is not held up for longer by a catalog or a store that does not answer.
_PATIENCE: Final = 3.0
_MOST_MANIFESTS: Final = 2_000
_MOST_SNAPSHOTS: Final = 20
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class State:
    """A state that the table has been in: a snapshot, and from when on it was the current one."""

    snapshot: int
    since: dt.datetime


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


class TableMetadata:
    """The media table's metadata. Safe to share between threads; what a snapshot is never changes, so it is read once.

    Where the catalog or the store cannot be asked, None is the answer: Trino may reach them all the same.
    """

    def __init__(self, settings: Settings, *, patience: float = _PATIENCE) -> None:
        self._settings, self._patience = settings, patience
        self._of_snapshots: _Kept[int, list[Span]] = _Kept(_MOST_SNAPSHOTS)
        self._of_writes: _Kept[int, list[tuple[dt.date, dt.date]]] = _Kept(_MOST_MANIFESTS)
        self._of_manifests: _Kept[str, list[FileRange]] = _Kept(_MOST_MANIFESTS)

    def current(self) -> int | None:
        """Return the number of the current snapshot; None while nothing is in the table."""
        table = self._table()
        found = table.current_snapshot() if table else None
        return found.snapshot_id if found else None

    def history(self, most: int) -> list[State]:
        """Return the states that can still be read, the newest first, so many at most."""
        table = self._table()
        return self._states(table)[:most] if table else []

    def written(self, day: dt.date, most: int) -> WrittenStates | None:
        """Return which of the newest states have written to a day; None where it cannot be told.

        Of each state the list of its manifests is read, once, and no data.
        """
        table = self._table()
        if table is None:
            return None
        states = self._states(table)
        known = {snapshot.snapshot_id: snapshot for snapshot in table.metadata.snapshots}
        found: list[Written] = []
        try:
            for state in states[:most]:
                snapshot = known[state.snapshot]
                days = self._of_writes.get(state.snapshot)
                if days is None:
                    days = _days_written(table, snapshot)
                    self._of_writes.keep(state.snapshot, days)
                if any(first <= day <= last for first, last in days):
                    found.append(Written(state.snapshot, state.since, _columns(table, snapshot), _maker(snapshot)))
        except (OSError, _NotByDayError):
            return None
        # The first snapshot of all has no parent; where it is gone, so is what came before the oldest one.
        first = known[states[-1].snapshot].parent_snapshot_id is None if states else True
        return WrittenStates(tuple(found), first and len(states) <= most)

    def spans(self, snapshot: int) -> Sequence[Span] | None:
        """Return when how many rows of a snapshot came in, at most, oldest first; None where that is not told.

        Rows that were deleted one by one are counted still, and so are those that a policy keeps from a person.
        """
        kept = self._of_snapshots.get(snapshot)
        if kept is None:
            table = self._table()
            kept = self._read(table, snapshot) if table else None
            if kept is not None:
                self._of_snapshots.keep(snapshot, kept)
        return kept

    def bounds(
        self, otherwise: Callable[[AsOf | None], Mapping[dt.date, int]]
    ) -> Callable[[AsOf | None], Sequence[Span]]:
        """Return `counts` for a page: of a snapshot what is told here, `otherwise` of any other state."""

        def counts(state: AsOf | None) -> Sequence[Span]:
            told = self.spans(state.snapshot) if state is not None and state.kind == "snapshot" else None
            return whole_days(otherwise(state)) if told is None else told

        return counts

    def _states(self, table: Table) -> list[State]:
        kept = {snapshot.snapshot_id for snapshot in table.metadata.snapshots}
        return [
            State(entry.snapshot_id, _EPOCH + dt.timedelta(milliseconds=entry.timestamp_ms))
            for entry in reversed(table.metadata.snapshot_log)
            if entry.snapshot_id in kept
        ]

    def _table(self) -> Table | None:
        settings = self._settings
        try:
            catalog = connect(settings, patience=self._patience)
            return MediaCatalog(catalog, settings.service("catalog").url, settings.schemas).table()
        except LakefrontError:
            return None

    def _read(self, table: Table, snapshot: int) -> list[Span] | None:
        found = table.snapshot_by_id(snapshot)
        if found is None:
            return None
        files: list[FileRange] = []
        try:
            for manifest in found.manifests(table.io):
                if manifest.content is ManifestContent.DATA:
                    listed = self._of_manifests.get(manifest.manifest_path)
                    if listed is None:
                        listed = _files(table, manifest)
                        self._of_manifests.keep(manifest.manifest_path, listed)
                    files += listed
        except (OSError, _NotByDayError):
            return None
        return spans_of(files)


Key = TypeVar("Key", int, str)
Value = TypeVar("Value")


class _Kept(Generic[Key, Value]):
    """What was read last, so many of them."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._values: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def keep(self, key: Key, value: Value) -> None:
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)


class _NotByDayError(Exception):
    """A table whose files are not each of one day."""


def _days_written(table: Table, snapshot: Snapshot) -> list[tuple[dt.date, dt.date]]:
    """Return the first and the last day of each manifest that a snapshot added: files, and rows taken out of files."""
    return [
        _days_of(table, manifest)
        for manifest in snapshot.manifests(table.io)
        if manifest.added_snapshot_id == snapshot.snapshot_id
    ]


def _days_of(table: Table, manifest: ManifestFile) -> tuple[dt.date, dt.date]:
    """Return the first and the last day that a manifest tells of; every day where it does not say."""
    place = _day_place(table, manifest)
    bounds = manifest.partitions[place] if manifest.partitions else None
    if bounds is None or bounds.lower_bound is None or bounds.upper_bound is None:
        return dt.date.min, dt.date.max
    first, last = (
        (_EPOCH + dt.timedelta(days=int(from_bytes(IntegerType(), end)))).date()
        for end in (bounds.lower_bound, bounds.upper_bound)
    )
    return first, last


def _columns(table: Table, snapshot: Snapshot) -> frozenset[str]:
    """Return the columns of the table in a state."""
    schema = next((each for each in table.metadata.schemas if each.schema_id == snapshot.schema_id), table.schema())
    return frozenset(schema.column_names)


def _maker(snapshot: Snapshot) -> str | None:
    """Return who made a snapshot, as Trino writes it there."""
    return snapshot.summary.additional_properties.get("trino_user") if snapshot.summary else None


def _day_place(table: Table, manifest: ManifestFile) -> int:
    """Return which field of a manifest's partitions is the day."""
    spec = table.specs()[manifest.partition_spec_id]
    time = table.schema().find_field("upload_time").field_id
    for place, field in enumerate(spec.fields):
        if field.source_id == time and isinstance(field.transform, DayTransform):
            return place
    raise _NotByDayError


def _files(table: Table, manifest: ManifestFile) -> list[FileRange]:
    """Return when the rows of the files that a manifest lists came in."""
    place, time = _day_place(table, manifest), table.schema().find_field("upload_time").field_id
    listed = manifest.fetch_manifest_entry(table.io, discard_deleted=True)
    return [found for entry in listed if (found := _range(entry.data_file, place, time)) is not None]


def _range(file: DataFile, place: int, column: int) -> FileRange | None:
    """Return a file's range: its day where the manifest tells no bounds; None for a file of no day."""
    day = cast("Any", file.partition)[place]
    if day is None:
        return None
    start = midnight(day) if isinstance(day, dt.date) else _EPOCH + dt.timedelta(days=day)
    end = start + dt.timedelta(days=1, microseconds=-1)
    first, last = (_moment(bounds, column) for bounds in (file.lower_bounds, file.upper_bounds))
    return FileRange(max(first or start, start), min(last or end, end), file.record_count)


def _moment(bounds: Mapping[int, bytes] | None, column: int) -> dt.datetime | None:
    told = (bounds or {}).get(column)
    return None if told is None else _EPOCH + dt.timedelta(microseconds=int(from_bytes(TimestamptzType(), told)))
