"""What the table's own metadata tell: the snapshot that is current, and how many rows each day may have.

The service reads them from the catalog and S3, without any data. Trino's `"t$snapshots"` and `"t$partitions"` are not
for people who see some rows only; what is read here bounds what is asked in their name, and is shown to nobody.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVar, cast

from pyiceberg.manifest import ManifestContent, ManifestFile
from pyiceberg.table import Table
from pyiceberg.transforms import DayTransform

from lakefront.config import Settings
from lakefront.errors import LakefrontError
from lakefront.iceberg.catalog import connect
from lakefront.media.catalog import MediaCatalog
from lakefront.semantic.query import AsOf

#: A page is not held up for longer by a catalog or a store that does not answer.
_PATIENCE: Final = 3.0
_MOST_MANIFESTS: Final = 2_000
_MOST_SNAPSHOTS: Final = 100
_EPOCH: Final = dt.date(1970, 1, 1)

Days = Mapping[dt.date, int]


class TableMetadata:
    """The media table's metadata. Safe to share between threads; what a snapshot is never changes, so it is read once.

    Where the catalog or the store cannot be asked, None is the answer: Trino may reach them all the same.
    """

    def __init__(self, settings: Settings, *, patience: float = _PATIENCE) -> None:
        self._settings, self._patience = settings, patience
        self._of_snapshots: _Kept[int] = _Kept(_MOST_SNAPSHOTS)
        self._of_manifests: _Kept[str] = _Kept(_MOST_MANIFESTS)

    def current(self) -> int | None:
        """Return the number of the current snapshot; None while nothing is in the table."""
        table = self._table()
        found = table.current_snapshot() if table else None
        return found.snapshot_id if found else None

    def days(self, snapshot: int) -> Days | None:
        """Return how many rows a snapshot has on each day (UTC) at most; None where that is not told.

        Rows that were deleted one by one are counted still, and so are those that a policy keeps from a person.
        """
        kept = self._of_snapshots.get(snapshot)
        if kept is None:
            table = self._table()
            kept = self._added_up(table, snapshot) if table else None
            if kept is not None:
                self._of_snapshots.keep(snapshot, kept)
        return kept

    def bounds(self, otherwise: Callable[[AsOf | None], Days]) -> Callable[[AsOf | None], Days]:
        """Return `counts` for a page: of a snapshot what is told here, `otherwise` of any other state."""

        def counts(state: AsOf | None) -> Days:
            told = self.days(state.snapshot) if state is not None and state.kind == "snapshot" else None
            return otherwise(state) if told is None else told

        return counts

    def _table(self) -> Table | None:
        settings = self._settings
        try:
            catalog = connect(settings, patience=self._patience)
            return MediaCatalog(catalog, settings.service("catalog").url, settings.schemas).table()
        except LakefrontError:
            return None

    def _added_up(self, table: Table, snapshot: int) -> Days | None:
        found = table.snapshot_by_id(snapshot)
        if found is None:
            return None
        counts: Counter[dt.date] = Counter()
        try:
            for manifest in found.manifests(table.io):
                if manifest.content is ManifestContent.DATA:
                    days = self._of_manifests.get(manifest.manifest_path)
                    if days is None:
                        days = _of_files(table, manifest)
                        self._of_manifests.keep(manifest.manifest_path, days)
                    counts.update(days)
        except (OSError, _NotByDayError):
            return None
        return counts


Key = TypeVar("Key", int, str)


class _Kept(Generic[Key]):
    """What was read last, so many of them."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._days: OrderedDict[Key, Days] = OrderedDict()

    def get(self, key: Key) -> Days | None:
        with self._lock:
            if key in self._days:
                self._days.move_to_end(key)
            return self._days.get(key)

    def keep(self, key: Key, days: Days) -> None:
        with self._lock:
            self._days[key] = days
            while len(self._days) > self._most:
                self._days.popitem(last=False)


class _NotByDayError(Exception):
    """A table whose files are not each of one day."""


def _of_files(table: Table, manifest: ManifestFile) -> Days:
    """Return the rows of each day in the files that a manifest lists."""
    spec = table.specs()[manifest.partition_spec_id]
    time = table.schema().find_field("upload_time").field_id
    places = [
        place
        for place, field in enumerate(spec.fields)
        if field.source_id == time and isinstance(field.transform, DayTransform)
    ]
    if not places:
        raise _NotByDayError
    counts: Counter[dt.date] = Counter()
    for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True):
        day = cast("Any", entry.data_file.partition)[places[0]]
        if day is not None:
            counts[day if isinstance(day, dt.date) else _EPOCH + dt.timedelta(days=day)] += entry.data_file.record_count
    return counts
