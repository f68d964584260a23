"""Two states of the media table compared, against the full join of both that anybody writes first.

Metadata of 1 million assets (of 10 million with LAKEFRONT_BENCH_LARGE=1, of another number with LAKEFRONT_BENCH_ROWS)
are made in a schema of their own; then some come in, some are changed, some are deleted, and all files are rewritten.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.assets import made_up_asset

from benchmarks.media_rows import SCHEMAS, catalog_of, drop_table, engine_of, make_table
from benchmarks.report import Figure, publish
from lakefront.config import Settings
from lakefront.media.assets import COLUMNS, TABLE
from lakefront.media.catalog import MediaCatalog
from lakefront.media.comparison import compare, items
from lakefront.media.metadata import TableMetadata
from lakefront.media.query import AssetFilter, of_snapshot, page
from lakefront.media.rows import table_as_of
from lakefront.trino import Result, Trino

_ROWS, _LARGE = 1_000_000, 10_000_000
_NEW, _EDITED = 40, 20
_ROUNDS = 3
_KEY = "benchmark"
#: A comparison takes at most such a part of the full join's time.
_BOUND = 0.2


@dataclass
class _Counted:
    """Trino, which counts the rows that it reads."""

    engine: Trino
    rows: int = 0
    schemas: Any = field(default=SCHEMAS)

    def query(self, sql: str, params: Any = None) -> Result:
        found = self.engine.query(sql, params)
        self.rows += int(found.stats.get("processedRows") or 0)
        return found


def run(settings: Settings) -> None:
    """Measure and publish."""
    given = settings.environ.get("LAKEFRONT_BENCH_ROWS")
    size = int(given) if given else _LARGE if settings.environ.get("LAKEFRONT_BENCH_LARGE") else _ROWS
    try:
        make_table(settings, size, ["s3://media/raw/bench/0.bin"])
        figures = _measure(settings, size)
    finally:
        drop_table(settings)
    publish("media_states", figures)


def _measure(settings: Settings, size: int) -> list[Figure]:
    catalog, engine = catalog_of(settings), engine_of(settings)
    metadata = TableMetadata(settings, catalog=catalog)
    name = SCHEMAS.table(TABLE)
    states = [_head(catalog)]

    def did() -> None:
        states.append(_head(catalog))

    catalog.append([made_up_asset(number) for number in range(_NEW)])
    did()
    newest = [asset.asset_id for asset in page(engine, AssetFilter(), signing_key=_KEY, size=2 * _EDITED).assets]
    for sql, ids in (
        (f"UPDATE {name} SET title = 'new' WHERE asset_id IN", newest[:_EDITED]),  # noqa: S608 - names of our own; values are parameters
        (f"DELETE FROM {name} WHERE asset_id IN", newest[_EDITED:]),  # noqa: S608 - names of our own; values are parameters
    ):
        engine.query(f"{sql} ({', '.join('?' * len(ids))})", ids)
        did()
    engine.query(f"ALTER TABLE {name} EXECUTE optimize(file_size_threshold => '1GB')")
    did()
    naive = _median(lambda: engine.query(_full_join(engine, states[0], states[-2])), rounds=1)
    pairs = {
        "items came in": (states[0], states[1]),
        "items were changed": (states[1], states[2]),
        "all of these": (states[0], states[3]),
        "all of these and a compaction": (states[0], states[4]),
    }
    figures: list[Figure] = []
    for words, (before, after) in pairs.items():
        pair = metadata.pair(of_snapshot(before), of_snapshot(after))
        counted = _Counted(engine)
        trino: Any = counted
        compare(trino, pair)
        seconds = _median(lambda pair=pair: compare(engine, pair))
        note = f"{seconds:.2f} s of {naive:.1f} s, {counted.rows:,} rows read"
        figures.append(Figure(f"{size:,} rows, {words}: compared / full join", seconds / naive, "x", _BOUND, note))
    pair = metadata.pair(of_snapshot(states[0]), None)
    first = _median(lambda: items(engine, pair, "changed", signing_key=_KEY))
    figures.append(Figure(f"{size:,} rows: page of what changed / full join", first / naive, "x", _BOUND))
    told = _median(lambda: TableMetadata(settings, catalog=catalog).pair(of_snapshot(states[0]), None))
    figures.append(Figure(f"{size:,} rows: manifests read", told, "s", note="once for each pair"))
    return figures


def _full_join(engine: Trino, before: int, after: int) -> str:
    one, two = (table_as_of(engine, of_snapshot(state)) for state in (before, after))
    differ = " OR ".join(f"a.{column.name} IS DISTINCT FROM b.{column.name}" for column in COLUMNS[1:])
    return (
        f"SELECT count_if(a.asset_id IS NULL), count_if(b.asset_id IS NULL), count_if({differ})"  # noqa: S608 - names of our own
        f" FROM {one} AS a FULL JOIN {two} AS b ON a.asset_id = b.asset_id"
    )


def _head(catalog: MediaCatalog) -> int:
    found = catalog.reloaded().current_snapshot()
    if found is None:
        raise SystemExit("the table has no rows")
    return found.snapshot_id


def _median(work: Callable[[], object], rounds: int = _ROUNDS) -> float:
    took: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took)
