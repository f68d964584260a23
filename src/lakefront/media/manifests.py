"""Files of the media table as Iceberg's manifests list them: from when to when the rows of each came in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import DataFile, DataFileContent, ManifestEntryStatus, ManifestFile
from pyiceberg.table import Table
from pyiceberg.transforms import DayTransform
from pyiceberg.types import TimestamptzType

from lakefront.media.filters import midnight
from lakefront.media.spans import FileRange

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
#: Of the column of a file of deletes that names the data file (reserved field ids of the Iceberg format).
_FILE_PATH: Final = 2147483546


@dataclass(frozen=True)
class Listed:
    """An entry of a manifest: a data file, or one of deletes (`deletes`), which `snapshot` added or removed.

    `range`: when its rows came in, None where nothing tells; of a file of deletes the day of the rows. `of`: the one
    data file whose rows it deletes, where it is said. `by_day`: whether the table was partitioned by day when it was
    written. `live`: whether it is part of the table; `kept`: whether it was so before the manifest was written.
    """

    path: str
    range: FileRange | None
    snapshot: int | None
    deletes: bool = False
    of: str | None = None
    by_day: bool = True
    live: bool = True
    kept: bool = False


def listed(table: Table, manifest: ManifestFile) -> list[Listed]:
    """Return all entries of a manifest. Raises OSError."""
    time = table.schema().find_field("upload_time").field_id
    place = day_place(table, manifest)
    found: list[Listed] = []
    for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=False):
        file = entry.data_file
        deletes = file.content is not DataFileContent.DATA
        found.append(
            Listed(
                path=file.file_path,
                range=_range(file, place, None if deletes else time),
                snapshot=entry.snapshot_id,
                deletes=deletes,
                of=_data_file(file) if file.content is DataFileContent.POSITION_DELETES else None,
                by_day=place is not None,
                live=entry.status is not ManifestEntryStatus.DELETED,
                kept=entry.status is ManifestEntryStatus.EXISTING,
            )
        )
    return found


def day_place(table: Table, manifest: ManifestFile) -> int | None:
    """Return which field of a manifest's partitions is the day; None where the table was not cut by day."""
    time = table.schema().find_field("upload_time").field_id
    fields = enumerate(table.specs()[manifest.partition_spec_id].fields)
    by_day = (at for at, field in fields if field.source_id == time and isinstance(field.transform, DayTransform))
    return next(by_day, None)


def _range(file: DataFile, place: int | None, column: int | None) -> FileRange | None:
    """Return a file's range: its day where the manifest tells no bounds, None where it tells neither."""
    first, last = (_moment(bounds, column) for bounds in (file.lower_bounds, file.upper_bounds))
    day = None if place is None else cast("Any", file.partition)[place]
    if day is None:
        return FileRange(first, last, file.record_count) if place is None and first and last else None
    start = midnight(day) if isinstance(day, dt.date) else _EPOCH + dt.timedelta(days=day)
    end = start + dt.timedelta(days=1, microseconds=-1)
    return FileRange(max(first or start, start), min(last or end, end), file.record_count)


def _moment(bounds: Mapping[int, bytes] | None, column: int | None) -> dt.datetime | None:
    told = (bounds or {}).get(column) if column is not None else None
    return None if told is None else _EPOCH + dt.timedelta(microseconds=int(from_bytes(TimestamptzType(), told)))


def _data_file(file: DataFile) -> str | None:
    first, last = ((bounds or {}).get(_FILE_PATH) for bounds in (file.lower_bounds, file.upper_bounds))
    return first.decode(errors="replace") if first is not None and first == last else None
