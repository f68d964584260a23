"""Where two snapshots of the media table may differ: the times of the rows in files that only one of them has.

A row that was added, changed or removed lies in a data file that the other snapshot does not have, or in one of which
it has other deletes. All that lies outside of the times of such files is the same in both. The manifests of the two say
which those are, and nothing between the two is needed for it. A compaction writes files anew that hold the same rows:
where one lies between the two, what each snapshot on the way did is looked at as well, as long as all of them are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyiceberg.manifest import ManifestFile
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation, Snapshot

from lakefront.media.assets import COLUMNS
from lakefront.media.manifests import Listed
from lakefront.media.regions import EVERYTHING, Region
from lakefront.media.states import State
from lakefront.semantic.query import AsOf

#: A way of more snapshots is not walked: each costs some reads of the store.
MOST_STEPS: Final = 200

ALL_COLUMNS: Final = frozenset(column.name for column in COLUMNS)

Read = Callable[[ManifestFile], list[Listed]]


@dataclass(frozen=True)
class Difference:
    """The times of rows that only the earlier state may have (`gone`), and of those that only the later may (`come`).

    What was changed is in both. Where nothing is known, all is.
    """

    gone: Region = EVERYTHING
    come: Region = EVERYTHING

    @property
    def either(self) -> Region:
        """Times of rows that the two may differ in."""
        return self.gone | self.come


@dataclass(frozen=True)
class Pair:
    """Two states, as Trino is asked for them, and where they may differ. None is the newest.

    `columns`: those that each of them has. `states`: what is known of them, where the catalog has told it.
    """

    before: AsOf | None
    after: AsOf | None
    times: Difference = Difference()
    columns: tuple[frozenset[str], frozenset[str]] = (ALL_COLUMNS, ALL_COLUMNS)
    states: tuple[State, State] | None = None


def difference(table: Table, before: Snapshot, after: Snapshot, read: Read) -> Difference:
    """Return where two snapshots may differ. `read` returns the entries of a manifest. Raises OSError."""
    if before.snapshot_id == after.snapshot_id:
        return Difference(Region(), Region())
    found = _by_files(table, before, after, read)
    way = _way(table, before, after)
    if way is None or not any(_is_rewrite(snapshot) for snapshot in way):
        return found
    walked = _by_steps(table, way, read)
    if way[0] is not after:  # the way leads back
        walked = Difference(walked.come, walked.gone)
    return Difference(found.gone & walked.gone, found.come & walked.come)


def _by_files(table: Table, before: Snapshot, after: Snapshot, read: Read) -> Difference:
    manifests = [{item.manifest_path: item for item in state.manifests(table.io)} for state in (before, after)]
    shared = manifests[0].keys() & manifests[1].keys()
    files = [
        {
            entry.path: entry
            for path, manifest in each.items()
            if path not in shared
            for entry in read(manifest)
            if entry.live
        }
        for each in manifests
    ]
    lost = [entry for path, entry in files[0].items() if path not in files[1]]
    gained = [entry for path, entry in files[1].items() if path not in files[0]]
    ranges = _Ranges(lambda: (entry for each in manifests for item in each.values() for entry in read(item)))
    # A delete that the later state has took rows away; one that only the earlier has hid rows that are there now.
    return Difference(
        gone=ranges.region([entry for entry in lost if not entry.deletes] + [e for e in gained if e.deletes]),
        come=ranges.region([entry for entry in gained if not entry.deletes] + [e for e in lost if e.deletes]),
    )


def _by_steps(table: Table, way: Iterable[Snapshot], read: Read) -> Difference:
    gone, come = Region(), Region()
    for snapshot in way:
        if _is_rewrite(snapshot):
            continue
        manifests = snapshot.manifests(table.io)
        own = [
            entry
            for manifest in manifests
            if manifest.added_snapshot_id == snapshot.snapshot_id
            for entry in read(manifest)
            if entry.snapshot == snapshot.snapshot_id and not entry.kept
        ]
        ranges = _Ranges(lambda manifests=manifests: (entry for item in manifests for entry in read(item)))
        gone |= ranges.region(entry for entry in own if entry.deletes == entry.live)
        come |= ranges.region(entry for entry in own if entry.deletes != entry.live)
    return Difference(gone, come)


class _Ranges:
    """The times of files' rows. `everything`: the entries in which data files are looked for."""

    def __init__(self, everything: Callable[[], Iterator[Listed]]) -> None:
        self._everything = everything
        self._known: dict[str, Listed] | None = None

    def region(self, entries: Iterable[Listed]) -> Region:
        """Return the region of files: of deletes that of their data file, or its day. All where one is not told."""
        found: list[Listed] = [self._data_file(entry) for entry in entries]
        ranges = [entry.range for entry in found]
        if any(told is None for told in ranges):
            return EVERYTHING
        return Region.of((told.first, told.last) for told in ranges if told is not None)

    def _data_file(self, entry: Listed) -> Listed:
        if entry.of is None:
            return entry
        if self._known is None:
            self._known = {known.path: known for known in self._everything() if not known.deletes}
        return self._known.get(entry.of, entry)


def _is_rewrite(snapshot: Snapshot) -> bool:
    return snapshot.summary is not None and snapshot.summary.operation is Operation.REPLACE


def _way(table: Table, before: Snapshot, after: Snapshot) -> list[Snapshot] | None:
    """Return the snapshots that made one state of the other, newest first; None where they are not all kept."""
    return _back(table, after, before) or _back(table, before, after)


def _back(table: Table, start: Snapshot, end: Snapshot) -> list[Snapshot] | None:
    found: list[Snapshot] = []
    at: Snapshot | None = start
    while at is not None and len(found) < MOST_STEPS:
        found.append(at)
        if at.parent_snapshot_id == end.snapshot_id:
            return found
        at = None if at.parent_snapshot_id is None else table.snapshot_by_id(at.parent_snapshot_id)
    return None
