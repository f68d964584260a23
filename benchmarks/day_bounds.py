"""How many assets there may be on each day, told by the table's own metadata: what pages could be bounded by.

The explorer counts the days by Trino and keeps them for a while; this is what that costs against. Each file of the
table holds one day, and Iceberg keeps how many rows it has, in the very commit that adds it: no data are read, however
many rows there are. Rows that were deleted since are still counted, and so are those that a policy keeps from a person:
these numbers could never be shown.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from pyiceberg.manifest import ManifestContent
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot


def days_of(table: Table, snapshot: Snapshot) -> Mapping[dt.date, int]:
    """Return the rows of each day in a snapshot of a table that is partitioned by day."""
    counts: Counter[dt.date] = Counter()
    for manifest in snapshot.manifests(table.io):
        if manifest.content is ManifestContent.DATA:
            for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True):
                days = int(cast("Any", entry.data_file.partition)[0])
                counts[dt.date(1970, 1, 1) + dt.timedelta(days=days)] += entry.data_file.record_count
    return counts
