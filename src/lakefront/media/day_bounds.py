"""How many assets there may be on each day, told by the table's own metadata: what pages are bounded by.

Each file of the table holds one day, and Iceberg keeps how many rows it has, in the very commit that adds it: no data
are read, however many rows there are. Rows that were deleted since are still counted, and so are those that a policy
keeps from a person: these numbers are never shown.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, OrderedDict
from collections.abc import Mapping
from typing import Any, Final, cast

from pyiceberg.manifest import ManifestContent
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.transforms import DayTransform

_EPOCH: Final = dt.date(1970, 1, 1)
_MOST_KEPT: Final = 64


class DayBounds:
    """Knows the days of the table's snapshots; what a snapshot holds never changes, so each is read once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int], Mapping[dt.date, int]] = OrderedDict()

    def of(self, table: Table, snapshot: Snapshot) -> Mapping[dt.date, int] | None:
        """Return the rows of each day in a snapshot; None where the table is not partitioned by day throughout."""
        key = (str(table.metadata.table_uuid), snapshot.snapshot_id)
        if key not in self._kept:
            found = _count(table, snapshot)
            if found is None:
                return None
            self._kept[key] = found
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]


def _count(table: Table, snapshot: Snapshot) -> Mapping[dt.date, int] | None:
    daily = {
        number
        for number, spec in table.specs().items()
        if len(spec.fields) == 1 and isinstance(spec.fields[0].transform, DayTransform)
    }
    counts: Counter[dt.date] = Counter()
    for manifest in snapshot.manifests(table.io):
        if manifest.content is not ManifestContent.DATA:
            continue
        if manifest.partition_spec_id not in daily:
            return None
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True):
            day = cast("Any", entry.data_file.partition)[0]
            if day is None:
                return None
            counts[day if isinstance(day, dt.date) else _EPOCH + dt.timedelta(days=day)] += entry.data_file.record_count
    return dict(sorted(counts.items()))
