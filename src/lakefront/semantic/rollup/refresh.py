"""Build rollups, and renew what has changed in them: as of one snapshot, in one commit, safe to run again."""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlglot import exp

from lakefront.errors import BadInputError, CheckFailedError, did_you_mean
from lakefront.semantic.expression import DIALECT
from lakefront.semantic.lake_table import make_schema
from lakefront.semantic.model import SemanticLayer
from lakefront.semantic.rollup.build import create_sql, definition_of, merge_sql, sources_of, target_of
from lakefront.semantic.rollup.changes import Unknown, touched_periods
from lakefront.semantic.rollup.layout import Layout, layouts_of
from lakefront.semantic.rollup.state import (
    CURRENT,
    State,
    age_in_words,
    is_current,
    read_states,
    snapshots_of,
    write_state,
)
from lakefront.semantic.tables import is_lake_table
from lakefront.trino import COMMIT_FAILED, Trino

_SECONDS: Final = 1800.0
_ATTEMPTS: Final = 3
#: More ranges than this make a statement that Trino plans longer than it runs.
_MOST_RANGES: Final = 200
#: Every merge leaves files of deletes, which each read has to look at.
_MOST_DELETE_FILES: Final = 8


@dataclass(frozen=True)
class Refreshed:
    """What was done to a rollup. `ranges`: how many stretches of time were renewed."""

    rollup: str
    table: str
    mode: Literal["full", "incremental", "current"]
    reason: str
    rows: int
    seconds: float


def pick(layer: SemanticLayer, names: Sequence[str]) -> list[Layout]:
    """Return the layouts of rollups by name, all of them when none is named.

    Raises BadInputError (`unknown-rollup`).
    """
    for name in names:
        if name not in layer.rollups:
            raise BadInputError(
                "unknown-rollup", f"there is no rollup '{name}'.{did_you_mean(name, layer.rollups)}",
                fix=f"use one of: {', '.join(sorted(layer.rollups)) or '(none is declared)'}",
            )  # fmt: skip
    return [layout for layout in layouts_of(layer) if not names or layout.rollup.name in names]


def refresh(
    trino: Trino,
    layouts: Sequence[Layout],
    *,
    catalog: str,
    full: bool = False,
    report: Callable[[str], None] = lambda _: None,
) -> Iterator[Refreshed]:
    """Bring rollups up to date, one after another, and yield what was done.

    `full`: make them anew all the same. Raises as `Trino.query`; what was done before stays.
    """
    patient = dataclasses.replace(trino, timeout=max(trino.timeout, _SECONDS))
    states = read_states(patient, catalog)
    current = {} if full else _current(patient, layouts, states, catalog)
    for layout in layouts:
        report(layout.rollup.name)
        if layout.rollup.name in current:
            yield current[layout.rollup.name]
            continue
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                yield _refresh(patient, layout, None if full else states.get(layout.rollup.name), catalog)
            except CheckFailedError as error:
                # Another refresh was faster, or the outcome is unknown: to look and to renew again does no harm.
                if error.code != COMMIT_FAILED or attempt == _ATTEMPTS:
                    raise
            else:
                break


def _current(
    trino: Trino, layouts: Sequence[Layout], states: Mapping[str, State], catalog: str
) -> dict[str, Refreshed]:
    """Return the rollups that need nothing, found by one query over the snapshots of all."""
    built = [layout for layout in layouts if layout.rollup.name in states]
    tables = [table for layout in built for table in (*sources_of(layout), layout.rollup.target)]
    started = time.monotonic()
    try:
        snapshots = snapshots_of(trino, tables, catalog)
    except BadInputError:
        return {}  # a table is gone: each rollup is looked at by itself
    now = dt.datetime.now(dt.UTC)
    seconds = (time.monotonic() - started) / max(len(built), 1)
    return {
        layout.rollup.name: Refreshed(
            layout.rollup.name, layout.rollup.target, "current", "nothing has changed",
            states[layout.rollup.name].rows, seconds,
        )
        for layout in built
        if age_in_words(layout, states[layout.rollup.name], snapshots, now) == CURRENT
    }  # fmt: skip


def _refresh(trino: Trino, layout: Layout, state: State | None, catalog: str) -> Refreshed:
    started, as_of = time.monotonic(), dt.datetime.now(dt.UTC)
    sources = snapshots_of(trino, sources_of(layout), catalog)
    mode, reason = _renew(trino, layout, state, sources, catalog)
    if mode == "incremental":
        _tidy(trino, layout, catalog)
    own = snapshots_of(trino, [layout.rollup.target], catalog)[layout.rollup.target]
    target = target_of(layout, catalog)
    rows = int(trino.query(exp.select(exp.Count(this=exp.Star())).from_(target).sql(DIALECT, identify=True)).scalar())
    new = State(layout.rollup.name, definition_of(layout), as_of, sources, own, rows)
    seconds = time.monotonic() - started
    write_state(
        trino, catalog, layout, new, run_id=str(uuid.uuid4()), mode=mode, reason=reason,
        duration_ms=round(seconds * 1000),
    )  # fmt: skip
    return Refreshed(layout.rollup.name, layout.rollup.target, mode, reason, rows, seconds)


def _renew(
    trino: Trino, layout: Layout, state: State | None, sources: dict[str, int], catalog: str
) -> tuple[Literal["full", "incremental", "current"], str]:
    dataset = layout.fact.dataset
    snapshot = sources.get(dataset.source or "") if is_lake_table(dataset) else None
    why = _why_all(trino, layout, state, sources, catalog)
    if why is None and state is not None and is_current(layout, state, sources):
        return "current", "nothing has changed"
    if why is None and state is not None and snapshot is not None:
        touched = touched_periods(trino, layout, catalog, state.sources[dataset.source or ""], snapshot)
        if isinstance(touched, Unknown):
            why = touched.reason
        elif touched.nothing:
            return "current", "files were rewritten, rows are the same"
        elif len(touched.ranges) > _MOST_RANGES:
            why = f"{len(touched.ranges)} stretches of time have changed"
        else:
            trino.query(merge_sql(layout, touched, catalog=catalog, snapshot=snapshot))
            return "incremental", _told(layout, touched.ranges, without_time=touched.without_time)
    make_schema(trino, catalog, layout.rollup.target.split(".")[0])
    trino.query(create_sql(layout, catalog=catalog, snapshot=snapshot))
    return "full", why or "asked for"


def _why_all(trino: Trino, layout: Layout, state: State | None, sources: dict[str, int], catalog: str) -> str | None:
    """Return why a rollup must be made anew; None when it may do to renew a part."""
    if state is None:
        return "not built yet, or all of it was asked for"
    dataset = layout.fact.dataset
    if state.definition != definition_of(layout):
        return "its definition has changed"
    if not is_lake_table(dataset) or dataset.source not in sources or dataset.source not in state.sources:
        return f"'{dataset.name}' has no snapshots to compare"
    others = [table for table in sources_of(layout) if table != dataset.source]
    changed = [table for table in others if sources.get(table) != state.sources.get(table)]
    if changed:
        return f"{', '.join(changed)} changed, which it takes dimensions from"
    try:
        own = snapshots_of(trino, [layout.rollup.target], catalog)
    except BadInputError:
        return "its table is gone"
    return None if own.get(layout.rollup.target) == state.table_snapshot else "its table was changed by something else"


def _told(layout: Layout, ranges: tuple[tuple[dt.datetime, dt.datetime], ...], *, without_time: bool) -> str:
    grain = layout.time.grain.value if layout.time and layout.time.grain else "period"
    spans = [f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}".replace(" 00:00", "") for start, end in ranges[:3]]
    more = f" and {len(ranges) - 3} more" if len(ranges) > 3 else ""
    rest = " and rows without time" if without_time else ""
    return f"by {grain}: {', '.join(spans)}{more}{rest}"


def _tidy(trino: Trino, layout: Layout, catalog: str) -> None:
    """Rewrite the files of a rollup that has gathered many files of deletes."""
    schema, name = layout.rollup.target.split(".")
    files = exp.table_(f"{name}$files", db=schema, catalog=catalog, quoted=True)
    count = exp.select(exp.Count(this=exp.Star())).from_(files).where("content <> 0")
    if int(trino.query(count.sql(DIALECT, identify=True)).scalar()) > _MOST_DELETE_FILES:
        table = target_of(layout, catalog).sql(DIALECT, identify=True)
        trino.query(f"ALTER TABLE {table} EXECUTE optimize")
