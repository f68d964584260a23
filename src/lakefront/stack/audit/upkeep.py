"""Keep `governance.query_audit` small: days that are too old go, small files are put together, old snapshots go.

A day's files under a megabyte become one when there are many of them, and once more when the day is over, so that no
row is rewritten often and no day has many files.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io import FileIO
from pyiceberg.io import pyarrow as arrow_io
from pyiceberg.manifest import DataFile, ManifestFile
from pyiceberg.table import FileScanTask, Table
from pyiceberg.table.snapshots import Snapshot

from lakefront.stack.audit.lake import MANY_FILES

_SMALL_BYTES: Final = 1_000_000
#: A query that began before has ended: nobody reads the table as it was then.
_KEEP_SNAPSHOTS: Final = dt.timedelta(hours=1)
_EPOCH: Final = dt.date(1970, 1, 1)
# PyIceberg has no public way to replace files by name. By condition, it would take files that others add meanwhile.
_ARROW_IO: Final[Any] = arrow_io


@dataclass(frozen=True)
class Done:
    """What an upkeep did: data files that were put together or went with their day, snapshots and files removed."""

    merged: int = 0
    outdated: int = 0
    snapshots: int = 0
    removed: int = 0

    def __str__(self) -> str:
        return (
            f"{self.merged} small files put together, {self.outdated} files of old days dropped, "
            f"{self.snapshots} snapshots and {self.removed} files removed"
        )


def keep_up(table: Table, now: dt.datetime, *, keep_days: int) -> Done:
    """Do what is due. Raises what PyIceberg and the libraries under it raise; each step is whole or not done at all."""
    today = now.astimezone(dt.UTC).date()
    tasks = list(table.scan().plan_files())
    old = [task.file for task in tasks if is_old(day_of(task.file), today, keep_days)]
    if old:
        with table.transaction() as change, change.update_snapshot().overwrite() as gone:
            for file in old:
                gone.delete_data_file(file)
    merged = 0
    for group in to_merge([task for task in tasks if task.file not in old], today):
        _merge(table, group)
        merged += len(group)
    snapshots, removed = _expire(table, now - _KEEP_SNAPSHOTS)
    return Done(merged, len(old), snapshots, removed)


def day_of(file: DataFile) -> dt.date:
    """Return the day that a file's rows were created on."""
    return _EPOCH + dt.timedelta(days=int(file.partition[0]))


def is_old(day: dt.date, today: dt.date, keep_days: int) -> bool:
    """Whether a day is not one of the last `keep_days` full days, or today."""
    return day < today - dt.timedelta(days=keep_days)


def to_merge(tasks: Iterable[FileScanTask], today: dt.date) -> list[list[FileScanTask]]:
    """Return which files should become one: many small ones of today, or two of a day that is over."""
    by_day: dict[dt.date, list[FileScanTask]] = defaultdict(list)
    for task in tasks:
        if task.file.file_size_in_bytes < _SMALL_BYTES:
            by_day[day_of(task.file)].append(task)
    return [group for day, group in sorted(by_day.items()) if len(group) >= (MANY_FILES if day >= today else 2)]


def _merge(table: Table, group: Sequence[FileScanTask]) -> None:
    rows = _ARROW_IO.ArrowScan(table.metadata, table.io, table.schema(), AlwaysTrue()).to_table(group)
    with table.transaction() as change, change.update_snapshot().overwrite() as replaced:
        for task in group:
            replaced.delete_data_file(task.file)
        for file in _ARROW_IO._dataframe_to_data_files(
            table_metadata=table.metadata, df=rows.sort_by("created_at"), io=table.io
        ):
            replaced.append_data_file(file)


def _expire(table: Table, before: dt.datetime) -> tuple[int, int]:
    """Remove snapshots from before, and the files that only they had. PyIceberg removes the former only."""
    current = table.metadata.current_snapshot_id
    expired = [
        item
        for item in table.snapshots()
        if item.timestamp_ms < before.timestamp() * 1000 and item.snapshot_id != current
    ]
    if not expired:
        return 0, 0
    gone = {item.snapshot_id for item in expired}
    kept = _manifests([item for item in table.snapshots() if item.snapshot_id not in gone], table.io)
    lost = {path: item for path, item in _manifests(expired, table.io).items() if path not in kept}
    table.maintenance.expire_snapshots().by_ids(sorted(gone)).commit()
    data = _data_files(lost.values(), table.io, deleted_too=True)
    if data:
        data -= _data_files(kept.values(), table.io, deleted_too=False)
    paths = [*data, *lost, *(item.manifest_list for item in expired)]
    for path in paths:
        table.io.delete(path)
    return len(expired), len(paths)


def _manifests(snapshots: Iterable[Snapshot], io: FileIO) -> dict[str, ManifestFile]:
    return {manifest.manifest_path: manifest for item in snapshots for manifest in item.manifests(io)}


def _data_files(manifests: Iterable[ManifestFile], io: FileIO, *, deleted_too: bool) -> set[str]:
    return {
        entry.data_file.file_path
        for manifest in manifests
        for entry in manifest.fetch_manifest_entry(io, discard_deleted=not deleted_too)
    }
