"""Adding rows so that each content has one, whoever writes at the same time.

Appends to an Iceberg table never stand in each other's way, so two writers that both found a content missing would both
add it. Here a commit holds only upon the very state of the table that was looked at; when another was faster, what that
one added is looked at, and only what is still missing is tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final

import pyarrow.parquet
from pyiceberg.manifest import ManifestContent, ManifestEntryStatus
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation, Snapshot

from lakefront.media.assets import Asset
from lakefront.media.catalog import MediaCatalog, to_arrow
from lakefront.media.commits import BATCH_ID, upon_this_state

#: Which of these contents a table holds, as of one of its snapshots.
Contents = Callable[[Collection[str], int], set[str]]

_ATTEMPTS: Final = 100
# Arrow has no types.
_PARQUET: Final[Any] = pyarrow.parquet


def append_missing(
    catalog: MediaCatalog, assets: Sequence[Asset], *, looked_at: int | None, contents: Contents
) -> tuple[Asset, ...]:
    """Add, in one commit, the assets whose content the table does not hold; return those.

    `looked_at` is the snapshot in which none of them was found; `contents` is asked where what came since cannot be
    told by the files that were added. Raises as `MediaCatalog.append`.
    """
    missing = {asset.sha256: asset for asset in assets}

    def write(table: Table, batch: str) -> None:
        nonlocal looked_at
        for sha256 in _arrived(table, looked_at, missing, contents):
            del missing[sha256]
        head = table.current_snapshot()
        looked_at = head.snapshot_id if head else None
        if missing:
            upon_this_state(table)
            table.append(to_arrow(list(missing.values()), table.schema()), snapshot_properties={BATCH_ID: batch})

    catalog.commit(write, rows=len(assets), attempts=_ATTEMPTS)
    return tuple(missing.values())


def _arrived(table: Table, since: int | None, wanted: Collection[str], contents: Contents) -> set[str]:
    """Return which contents have come in after a snapshot."""
    head = table.current_snapshot()
    if head is None or head.snapshot_id == since:
        return set()
    found: set[str] = set()
    for snapshot in _back_to(table, head, since):
        if snapshot is None:  # the history does not reach as far
            return contents(wanted, head.snapshot_id)
        if snapshot.summary is None or snapshot.summary.operation in {Operation.APPEND, Operation.OVERWRITE}:
            found.update(_added(table, snapshot))
    return found & set(wanted)


def _back_to(table: Table, head: Snapshot, since: int | None) -> Iterator[Snapshot | None]:
    """Yield the snapshots after one, newest first, and None at the end when that one is not among their ancestors."""
    at: Snapshot | None = head
    while at is not None and at.snapshot_id != since:
        yield at
        parent = at.parent_snapshot_id
        at = None if parent is None else table.snapshot_by_id(parent)
        if at is None and (parent is not None or since is not None):
            yield None


def _added(table: Table, snapshot: Snapshot) -> Iterator[str]:
    for manifest in snapshot.manifests(table.io):
        if manifest.added_snapshot_id != snapshot.snapshot_id or manifest.content is not ManifestContent.DATA:
            continue
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True):
            if entry.status is ManifestEntryStatus.ADDED:
                with table.io.new_input(entry.data_file.file_path).open() as file:
                    yield from _PARQUET.read_table(file, columns=["sha256"])["sha256"].to_pylist()
