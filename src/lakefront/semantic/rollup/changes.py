"""Which periods of a dataset have changed between two snapshots, found without reading what has not."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any, cast

from sqlglot import exp

from lakefront.semantic.expression import DIALECT
from lakefront.semantic.model import Grain
from lakefront.semantic.rollup.build import Touched, joined_ranges, periods_sql
from lakefront.semantic.rollup.layout import Layout
from lakefront.semantic.time import local_time, shift, truncate
from lakefront.trino import Trino

#: Field ids that the Iceberg specification reserves in files of position deletes: the path of the data file.
_DELETED_FILE = 2147483546
_REWRITTEN = "replace"


@dataclass(frozen=True)
class Unknown:
    """It cannot be told which periods have changed; all of them must be looked at."""

    reason: str


def touched_periods(trino: Trino, layout: Layout, catalog: str, first: int, last: int) -> Touched | Unknown:
    """Return the periods whose rows may differ between two snapshots of a rollup's dataset."""
    if layout.time is None:
        return Unknown("it has no time")
    lineage = _lineage(trino, layout, catalog, first, last)
    if lineage is None:
        return Unknown("the snapshot that it was built from is gone")
    changing = {snapshot: operation for snapshot, operation in lineage.items() if operation != _REWRITTEN}
    if not changing:
        return Touched(())
    if set(lineage.values()) == {"append"}:
        return _of_rows(trino, layout, catalog, first, last)
    return _of_files(trino, layout, catalog, changing)


def _lineage(trino: Trino, layout: Layout, catalog: str, first: int, last: int) -> dict[int, str] | None:
    """Return the snapshots after one up to another with what each did; None when one is no ancestor of the other."""
    query = exp.select("snapshot_id", "parent_id", "operation").from_(_metadata(layout, catalog, "snapshots"))
    known = {int(row[0]): row for row in trino.query(query.sql(DIALECT, identify=True)).rows}
    result: dict[int, str] = {}
    snapshot: int | None = last
    while snapshot is not None and snapshot != first:
        if snapshot not in known:
            return None
        _, parent, operation = known[snapshot]
        result[snapshot] = str(operation)
        snapshot = int(parent) if parent is not None else None
    return result if snapshot == first else None


def _of_rows(trino: Trino, layout: Layout, catalog: str, first: int, last: int) -> Touched:
    """Return the periods of appended rows: only the new files are read."""
    rows = trino.query(periods_sql(layout, catalog=catalog, first=first, last=last)).rows
    starts = [_as_time(row[0]) for row in rows if row[0] is not None]
    return Touched(joined_ranges(starts, _grain(layout)), without_time=any(row[0] is None for row in rows))


def _of_files(trino: Trino, layout: Layout, catalog: str, changing: dict[int, str]) -> Touched | Unknown:
    """Return the periods between the bounds of every file that was added, taken away, or has rows deleted from it."""
    time = layout.time
    if time is None or time.column.expression:
        return Unknown("its time is computed, so files have no bounds for it")
    query = exp.select("status", "snapshot_id", "data_file", "readable_metrics").from_(
        _metadata(layout, catalog, "all_entries")
    )
    entries = trino.query(query.sql(DIALECT, identify=True)).rows
    files = {str(_field(data, 1)): metrics for _, _, data, metrics in entries if _field(data, 0) == 0}
    touched: list[Any] = []
    for status, snapshot, data, metrics in entries:
        if status == 0 or snapshot not in changing:
            continue
        found = metrics if _field(data, 0) == 0 else files.get(_file_of_deletes(data))
        if found is None:
            return Unknown("rows were deleted by files that do not say where")
        touched.append(json.loads(found).get(time.column.name) or {})
    starts: set[dt.datetime] = set()
    for bounds in touched:
        if bounds.get("lower_bound") is None and not bounds.get("null_value_count"):
            return Unknown("files have no bounds for its time")
        starts |= _periods_between(bounds, layout)
    ranges = joined_ranges(sorted(starts), _grain(layout))
    return Touched(ranges, without_time=any(bounds.get("null_value_count") for bounds in touched))


def _file_of_deletes(data: Any) -> str:
    """Return the one data file that a file of deletes is about; empty when there are several."""
    lower, upper = (cast("dict[Any, Any]", _field(data, place) or {}) for place in (10, 11))
    first = {str(key): value for key, value in lower.items()}.get(str(_DELETED_FILE))
    last = {str(key): value for key, value in upper.items()}.get(str(_DELETED_FILE))
    return str(first) if first is not None and first == last else ""


def _field(data: Any, place: int) -> Any:
    """Return a field of the row that describes a file, in the order of Iceberg's `data_file`: content, path, …"""
    return tuple(data)[place]


def _periods_between(bounds: dict[str, Any], layout: Layout) -> set[dt.datetime]:
    if bounds.get("lower_bound") is None:
        return set()
    grain, zone = _grain(layout), layout.time.zone if layout.time else "UTC"
    start, end = (truncate(local_time(_as_time(bounds[key]), zone), grain) for key in ("lower_bound", "upper_bound"))
    result: set[dt.datetime] = set()
    while start <= end:
        result.add(start)
        start = shift(start, grain, 1)
    return result


def _as_time(value: Any) -> dt.datetime:
    if isinstance(value, str):
        value = dt.date.fromisoformat(value) if len(value) == len("2026-01-31") else dt.datetime.fromisoformat(value)
    return value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())


def _grain(layout: Layout) -> Grain:
    return layout.time.grain if layout.time and layout.time.grain else Grain.DAY


def _metadata(layout: Layout, catalog: str, what: str) -> exp.Table:
    schema, table = (layout.fact.dataset.source or "").split(".")
    return exp.table_(f"{table}${what}", db=schema, catalog=catalog, quoted=True)
