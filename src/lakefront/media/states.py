"""States that the media table has been in, and what was done from each to the next, by the table's own metadata."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation, Snapshot

from lakefront.semantic.query import AsOf

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

#: Rows came in, were taken out, or were written anew with other values; files were written anew with the same rows;
#: an earlier state was made the current one; or nothing tells.
Deed = Literal["added", "removed", "changed", "rewritten", "set back", "unknown"]


@dataclass(frozen=True)
class State:
    """A state that the table has been in: a snapshot, and from when on it was the current one."""

    snapshot: int
    since: dt.datetime


@dataclass(frozen=True)
class Step:
    """What made a state of the one before it. `rows`: how many at most, whoever may see them; None where nothing tells.

    `first`: no state before it can be read any more, or there never was one.
    """

    state: State
    deed: Deed
    rows: int | None = None
    first: bool = False


def logged(table: Table) -> Iterator[State]:
    """Yield the states that can still be read, the newest first."""
    kept = {snapshot.snapshot_id for snapshot in table.metadata.snapshots}
    for entry in reversed(table.metadata.snapshot_log):
        if entry.snapshot_id in kept:
            yield State(entry.snapshot_id, _EPOCH + dt.timedelta(milliseconds=entry.timestamp_ms))


def state_of(table: Table, as_of: AsOf | None) -> State | None:
    """Return the state that is meant; None, the newest, for none. None when there is none, or not any more."""
    if as_of is None:
        return next(logged(table), None)
    if as_of.kind == "moment":
        moment = as_of.moment
        # What was current then may have been expired: what was before it is another state.
        entry = next(
            (
                entry
                for entry in reversed(table.metadata.snapshot_log)
                if moment is not None and _EPOCH + dt.timedelta(milliseconds=entry.timestamp_ms) <= moment
            ),
            None,
        )
        wanted = entry.snapshot_id if entry else None
    elif as_of.kind == "ref":
        found = table.metadata.refs.get(as_of.ref)
        wanted = found.snapshot_id if found else None
    else:
        wanted = as_of.snapshot
    snapshot = table.snapshot_by_id(wanted) if wanted is not None else None
    if snapshot is None:
        return None
    known = next((state for state in logged(table) if state.snapshot == snapshot.snapshot_id), None)
    return known or State(snapshot.snapshot_id, _EPOCH + dt.timedelta(milliseconds=snapshot.timestamp_ms))


def steps(table: Table, most: int) -> list[Step]:
    """Return the newest states with what made each of them, the newest first."""
    states = list(logged(table))
    found: list[Step] = []
    for place, state in enumerate(states[:most]):
        before = states[place + 1].snapshot if place + 1 < len(states) else None
        snapshot = table.snapshot_by_id(state.snapshot)
        if snapshot is not None:
            deed, rows = _deed(snapshot, before)
            found.append(Step(state, deed, rows, first=before is None))
    return found


def _deed(snapshot: Snapshot, before: int | None) -> tuple[Deed, int | None]:
    if before is not None and snapshot.parent_snapshot_id != before:
        return "set back", None
    told = snapshot.summary
    if told is None:
        return "unknown", None
    if told.operation is Operation.REPLACE:
        return "rewritten", None
    properties = told.additional_properties
    added, deleted, removed = (
        int(properties.get(name) or 0) for name in ("added-records", "deleted-records", "added-position-deletes")
    )
    # Rows of files that went were deleted one by one before, as far as files of deletes went with them.
    gone = max(0, deleted - int(properties.get("removed-position-deletes") or 0)) + removed
    if added and gone:
        return "changed", max(added, gone)
    if added or gone:
        return ("added", added) if added else ("removed", gone)
    return "unknown", None
