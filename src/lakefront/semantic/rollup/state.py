"""What is known of rollups that were built: from which snapshots, when, and whether they still say what is true."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlglot import exp

from lakefront.errors import LakefrontError
from lakefront.semantic.expression import DIALECT
from lakefront.semantic.lake_table import LakeTable
from lakefront.semantic.quality_model import age_of
from lakefront.semantic.rollup.build import definition_of, only_lake_tables, sources_of
from lakefront.semantic.rollup.layout import Layout
from lakefront.semantic.rollup.match import ReadyRollup
from lakefront.trino import Trino

STATE_TABLE: Final = "governance.rollup_state"
CURRENT: Final = "current"
_COLUMNS: Final = (
    ("rollup_name", "varchar", "Name in the semantic layer"),
    ("table_name", "varchar", "Its table"),
    ("definition", "varchar", "Fingerprint of what its rows are made of"),
    ("run_id", "varchar", "One refresh of one rollup"),
    ("as_of", "timestamp(6) with time zone", "When the snapshots of its sources were looked at"),
    ("sources", "varchar", "Tables and snapshots that its rows come from, as JSON"),
    ("table_snapshot", "bigint", "Snapshot of the rollup itself after the refresh"),
    ("row_count", "bigint", "Rows of the rollup"),
    ("mode", "varchar", "full, incremental or current"),
    ("reason", "varchar", "Why all of it was made anew, or what was renewed"),
    ("duration_ms", "bigint", "Duration of the refresh"),
)


@dataclass(frozen=True)
class State:
    """The outcome of the last refresh of a rollup."""

    rollup: str
    definition: str
    as_of: dt.datetime
    sources: Mapping[str, int]
    table_snapshot: int
    rows: int


def state_table(trino: Trino, catalog: str) -> LakeTable:
    """Return the table that keeps a row for each refresh."""
    schema, name = trino.schemas.table(STATE_TABLE).split(".")
    return LakeTable(catalog, schema, name, _COLUMNS, "Refreshes of rollups, one row each", key="run_id")


def read_states(trino: Trino, catalog: str) -> dict[str, State]:
    """Return the last state of each rollup; none when nothing was ever built."""
    table = state_table(trino, catalog)
    if not table.exists(trino):
        return {}
    names = ("rollup_name", "definition", "as_of", "sources", "table_snapshot", "row_count")
    newest = exp.Anonymous(this="MAX_BY", expressions=[exp.column("s"), exp.column("as_of")])
    row = exp.Anonymous(this="ROW", expressions=[exp.column(name) for name in names[1:]])
    inner = exp.select("rollup_name", "as_of", exp.alias_(row, "s")).from_(table.table)
    query = exp.select("rollup_name", exp.alias_(newest, "s")).from_(inner.subquery("states")).group_by("rollup_name")
    result: dict[str, State] = {}
    for name, found in trino.query(query.sql(DIALECT, identify=True)).rows:
        definition, as_of, sources, snapshot, rows = cast("tuple[str, dt.datetime, str, int, int]", tuple(found))
        result[name] = State(name, definition, as_of, json.loads(sources), snapshot, rows)
    return result


def snapshots_of(trino: Trino, tables: Iterable[str], catalog: str) -> dict[str, int]:
    """Return the current snapshot of each table (`schema.table`); those without any are left out.

    Raises BadInputError (`trino-user-error`) where a table is missing.
    """
    parts = [
        exp.select(exp.alias_(exp.Literal.string(table), "name"), "snapshot_id")
        .from_(exp.table_(f"{table.split('.')[1]}$refs", db=table.split(".")[0], catalog=catalog, quoted=True))
        .where("name = 'main'")
        for table in dict.fromkeys(tables)
    ]
    if not parts:
        return {}
    query: exp.Query = parts[0]
    for part in parts[1:]:
        query = exp.Union(this=query, expression=part, distinct=False)
    return {str(name): int(snapshot) for name, snapshot in trino.query(query.sql(DIALECT, identify=True)).rows}


def ready_rollups(trino: Trino, layouts: Sequence[Layout], catalog: str) -> tuple[list[ReadyRollup], list[str]]:
    """Return the rollups that may answer now, and what is to be said of those that may not.

    Two small queries, or one when nothing was built. Where Trino does not show the snapshots, no rollup is ready.
    """
    try:
        states = read_states(trino, catalog)
        built = [layout for layout in layouts if layout.rollup.name in states]
        tables = [table for layout in built for table in (*sources_of(layout), layout.rollup.target)]
        snapshots = snapshots_of(trino, tables, catalog)
    except LakefrontError as error:
        return [], [f"no rollup is used: {error.what}"]
    ready: list[ReadyRollup] = []
    notes: list[str] = []
    now = dt.datetime.now(dt.UTC)
    for layout in built:
        state = states[layout.rollup.name]
        age = age_in_words(layout, state, snapshots, now)
        if isinstance(age, str):
            ready.append(ReadyRollup(layout, state.rows, age))
        else:
            notes.append(f"the rollup {layout.rollup.name} is not used: {age.reason}")
    return ready, notes


@dataclass(frozen=True)
class NotUsed:
    """Why a rollup that was built may not answer."""

    reason: str


def age_in_words(layout: Layout, state: State, snapshots: Mapping[str, int], now: dt.datetime) -> str | NotUsed:
    """Return how old a rollup is, or why it may not answer."""
    name = layout.rollup.name
    again = f"run `lakefront semantic refresh {name}`"
    if state.definition != definition_of(layout):
        return NotUsed(f"its definition has changed; {again}")
    if snapshots.get(layout.rollup.target) != state.table_snapshot:
        return NotUsed(f"its table was changed by something else, or is being renewed; {again}")
    if only_lake_tables(layout) and is_current(layout, state, snapshots):
        return CURRENT
    age = now - state.as_of
    allowed = age_of(layout.rollup.refresh.max_staleness) if layout.rollup.refresh else dt.timedelta()
    if age > allowed:
        return NotUsed(f"its sources have changed since {state.as_of:%Y-%m-%d %H:%M} UTC; {again}")
    return f"as of {state.as_of:%Y-%m-%d %H:%M} UTC"


def is_current(layout: Layout, state: State, snapshots: Mapping[str, int]) -> bool:
    """Tell whether nothing that a rollup is made of has changed since it was built."""
    return all(snapshots.get(table) == state.sources.get(table) for table in sources_of(layout))


def write_state(
    trino: Trino, catalog: str, layout: Layout, state: State, *, run_id: str, mode: str, reason: str, duration_ms: int
) -> None:
    """Append a state."""
    row: tuple[Any, ...] = (
        layout.rollup.name,
        layout.rollup.target,
        state.definition,
        run_id,
        state.as_of,
        json.dumps(dict(state.sources), sort_keys=True),
        state.table_snapshot,
        state.rows,
        mode,
        reason,
        duration_ms,
    )
    state_table(trino, catalog).append(trino, [row], run_id)
