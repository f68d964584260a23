"""What the table's own metadata tell: the snapshot that is current, and when how many rows of it came in.

The service reads them from the catalog and S3, without any data. Trino's `"t$snapshots"` and `"t$partitions"` are not
for people who see some rows only; what is read here bounds what is asked in their name, and is shown to nobody.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, Generic, TypeVar

from pyiceberg.manifest import ManifestContent, ManifestFile
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot

from lakefront.config import Settings
from lakefront.errors import LakefrontError, UnreachableError
from lakefront.gate import Gate
from lakefront.iceberg.catalog import connect
from lakefront.media.catalog import MediaCatalog
from lakefront.media.difference import Difference, Pair, difference
from lakefront.media.gone import Gone, Snapshots, former_files, gone, snapshots_in
from lakefront.media.manifests import Listed, listed
from lakefront.media.rows import no_state, of_snapshot
from lakefront.media.spans import Span, spans_of, whole_days
from lakefront.media.states import State, Step, logged, state_of, steps
from lakefront.media.writes import NotByDayError, Written, WrittenStates, days_written, maker
from lakefront.semantic.query import AsOf

#: A page is not held up for longer by a catalog or a store that does not answer.
_PATIENCE: Final = 3.0
#: Seconds for which nothing is asked after the catalog or the store did not answer.
_SHUT_FOR: Final = 5.0
_UNREAD: Final = UnreachableError(
    "catalog-unreachable", "the table's metadata cannot be read", fix="look at `lakefront status`"
)
_MOST_MANIFESTS: Final = 2_000
_MOST_SNAPSHOTS: Final = 20
_MOST_PAIRS: Final = 200
#: Former metadata that are looked through; a table names a hundred by default.
_MOST_FORMER: Final = 100


class TableMetadata:
    """The media table's metadata. Safe to share between threads; what a snapshot is never changes, so it is read once.

    Where the catalog or the store cannot be asked, None is the answer: Trino may reach them all the same. `catalog`:
    where the table is; None for the environment's, connected to anew each time, since it may come and go.
    """

    def __init__(self, settings: Settings, *, patience: float = _PATIENCE, catalog: MediaCatalog | None = None) -> None:
        self._settings, self._patience, self._catalog = settings, patience, catalog
        # Which states there are is told by the catalog alone.
        self._to_catalog, self._to_files = Gate(_SHUT_FOR), Gate(_SHUT_FOR)
        self._of_snapshots: _Kept[int, list[Span]] = _Kept(_MOST_SNAPSHOTS)
        self._of_writes: _Kept[int, list[tuple[dt.date, dt.date]]] = _Kept(_MOST_MANIFESTS)
        self._of_pairs: _Kept[tuple[int, int], Difference] = _Kept(_MOST_PAIRS)
        self._of_manifests: _Kept[str, list[Listed]] = _Kept(_MOST_MANIFESTS)
        self._of_former: _Kept[str, Snapshots] = _Kept(_MOST_FORMER)

    def current(self) -> int | None:
        """Return the number of the current snapshot; None while nothing is in the table."""
        table = self._table()
        found = table.current_snapshot() if table else None
        return found.snapshot_id if found else None

    def history(self, most: int) -> list[State]:
        """Return the states that can still be read, the newest first, so many at most."""
        table = self._table()
        return list(islice(logged(table), most)) if table else []

    def steps(self, most: int) -> list[Step]:
        """Return the states that can still be read with what made each of them, the newest first, so many at most."""
        table = self._table()
        return steps(table, most) if table else []

    def pair(self, before: AsOf | None, after: AsOf | None) -> Pair:
        """Return two states with what is known of where they may differ; None is the newest.

        Raises BadInputError (`media-as-of`) for a state that is not there, or not any more.
        """
        table = self._table()
        if table is None or table.current_snapshot() is None:
            return Pair(before, after)
        states = (_state(table, before), _state(table, after))
        snapshots = [table.snapshot_by_id(state.snapshot) for state in states]
        first, second = (snapshot for snapshot in snapshots if snapshot is not None)  # each is kept: it was looked up
        try:
            times = self._difference(table, first, second)
        except OSError:
            times = Difference()
        return Pair(
            of_snapshot(first.snapshot_id),
            of_snapshot(second.snapshot_id),
            times,
            (_columns(table, first), _columns(table, second)),
            states,
        )

    def gone(self, as_of: AsOf) -> Gone | None:
        """Return what is known of a state that is not there; None for one that is, or where it cannot be told."""
        table = self._table()
        return gone(table, as_of, self._former(table)) if table else None

    def written(self, day: dt.date, most: int) -> WrittenStates | None:
        """Return which of the newest states have written to a day; None where it cannot be told.

        Of each state the list of its manifests is read, once, and no data.
        """
        table = self._table()
        if table is None:
            return None
        states = list(logged(table))
        known = {snapshot.snapshot_id: snapshot for snapshot in table.metadata.snapshots}
        found: list[Written] = []
        try:
            for state in states[:most]:
                snapshot = known[state.snapshot]
                days = self._of_writes.get(state.snapshot)
                if days is None:
                    with self._files():
                        days = days_written(table, snapshot)
                    self._of_writes.keep(state.snapshot, days)
                if any(first <= day <= last for first, last in days):
                    found.append(Written(state.snapshot, state.since, _columns(table, snapshot), maker(snapshot)))
        except (OSError, NotByDayError):
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

    def _table(self) -> Table | None:
        settings, catalog = self._settings, self._catalog
        try:
            self._to_catalog.enter()
        except UnreachableError:
            return None
        try:
            if catalog is None:
                here = connect(settings, patience=self._patience)
                catalog = MediaCatalog(here, settings.service("catalog").url, settings.schemas)
            return catalog.table()
        except LakefrontError:
            self._to_catalog.shut(_UNREAD)
            return None

    @contextlib.contextmanager
    def _files(self) -> Generator[None]:
        """Read files of the metadata. After an OSError, others raise one at once for a moment: each would wait, too."""
        try:
            self._to_files.enter()
        except UnreachableError as error:
            raise OSError(error.what) from error
        try:
            yield
        except OSError:
            self._to_files.shut(_UNREAD)
            raise

    def _read(self, table: Table, snapshot: int) -> list[Span] | None:
        found = table.snapshot_by_id(snapshot)
        if found is None:
            return None
        try:
            with self._files():
                files = [
                    entry
                    for manifest in found.manifests(table.io)
                    if manifest.content is ManifestContent.DATA
                    for entry in self._listed(table, manifest)
                    if entry.live
                ]
        except OSError:
            return None
        if not all(entry.by_day for entry in files):
            return None
        return spans_of(entry.range for entry in files if entry.range is not None)

    def _difference(self, table: Table, before: Snapshot, after: Snapshot) -> Difference:
        key = (before.snapshot_id, after.snapshot_id)
        kept = self._of_pairs.get(key)
        if kept is None:
            with self._files():
                kept = difference(table, before, after, lambda manifest: self._listed(table, manifest))
            self._of_pairs.keep(key, kept)
        return kept

    def _former(self, table: Table) -> Iterator[Snapshots]:
        """Yield the snapshots that the table had before, the latest first, as far as its former metadata are there."""
        for file in former_files(table)[:_MOST_FORMER]:
            known = self._of_former.get(file)
            if known is None:
                try:
                    with self._files():
                        known = snapshots_in(table, file)
                except OSError:
                    return
                self._of_former.keep(file, known)
            yield known

    def _listed(self, table: Table, manifest: ManifestFile) -> list[Listed]:
        kept = self._of_manifests.get(manifest.manifest_path)
        if kept is None:
            kept = listed(table, manifest)
            self._of_manifests.keep(manifest.manifest_path, kept)
        return kept


def _state(table: Table, as_of: AsOf | None) -> State:
    found = state_of(table, as_of)
    if found is not None:
        return found
    *_, earliest = logged(table)
    said = f"{earliest.since:%Y-%m-%dT%H:%M:%SZ}"
    raise no_state(as_of or AsOf("moment", moment=earliest.since), said)


def _columns(table: Table, snapshot: Snapshot) -> frozenset[str]:
    shape = table.schema() if snapshot.schema_id is None else table.schemas()[snapshot.schema_id]
    return frozenset(shape.column_names)


Key = TypeVar("Key", bound=Hashable)
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
