"""Pages of the gallery, near and far, against the gallery that anybody writes first and against paging by OFFSET.

Metadata of 100 thousand and 1 million assets (and of 10 million, with LAKEFRONT_BENCH_LARGE=1) are made in a schema of
their own. The naive gallery reads the table into pandas, sorts it, takes twenty and fetches their originals.
"""

from __future__ import annotations

import datetime as dt
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pyiceberg.table import Table
from pyiceberg.table.snapshots import Snapshot

from benchmarks.media_rows import DAYS, LAST, SCHEMAS, catalog_of, drop_table, engine_of, make_table
from benchmarks.report import Figure, publish
from lakefront.config import Settings
from lakefront.errors import CheckFailedError
from lakefront.media.assets import TABLE
from lakefront.media.counting import day_counts, facets
from lakefront.media.filters import AssetFilter, midnight
from lakefront.media.metadata import TableMetadata
from lakefront.media.objects import ObjectStore
from lakefront.media.paging import Page, page
from lakefront.media.rows import SELECT
from lakefront.media.tokens import Place, write_token
from lakefront.trino import Result, Trino

_SIZES = (100_000, 1_000_000)
_LARGE = 10_000_000
_PAGE = 20
_DEPTHS = (1, 10, 1_000, 100_000)
_ROUNDS = 5
#: Issue 8: depth changes a page's time by less, a page costs at most so many times its bare query, and it is so much
#: faster than the naive gallery.
_BY_DEPTH, _OVER_BARE, _FASTER = 1.3, 1.5, {1_000_000: 10, _LARGE: 50}
_ORIGINALS, _ORIGINAL_BYTES = 20, 400_000
_KEY = "benchmark"
_FILTERED = AssetFilter(kinds=("video",), tags=("product",), labels=("press",), text="harbour")


@dataclass
class _Counted:
    """Trino, which counts what it reads."""

    engine: Trino
    rows: int = 0
    bytes: int = 0
    asked: int = 0
    schemas: Any = field(default=SCHEMAS)

    def query(self, sql: str, params: Any = None) -> Result:
        found = self.engine.query(sql, params)
        self.rows += int(found.stats.get("processedRows") or 0)
        self.bytes += int(found.stats.get("processedBytes") or 0)
        self.asked += 1
        return found


def run(settings: Settings) -> None:
    """Measure and publish."""
    store = ObjectStore.from_settings(settings)
    originals = [f"raw/bench/{number}.bin" for number in range(_ORIGINALS)]
    for number, key in enumerate(originals):
        store.put(key, bytes([number]) * _ORIGINAL_BYTES, "application/octet-stream", replace=True)
    figures: list[Figure] = []
    try:
        for size in (*_SIZES, *((_LARGE,) if settings.environ.get("LAKEFRONT_BENCH_LARGE") else ())):
            began = time.monotonic()
            make_table(settings, size, [store.path(key) for key in originals])
            print(f"{size:,} rows made in {time.monotonic() - began:.0f} s", flush=True)
            figures += _measure(settings, size)
    finally:
        drop_table(settings)
        for key in originals:
            store.remove(key)
    publish("gallery", figures)


def _measure(settings: Settings, size: int) -> list[Figure]:
    catalog, engine = catalog_of(settings), engine_of(settings)
    name = f"{size:,} rows"
    metadata = TableMetadata(settings, catalog=catalog)

    def show(wanted: AssetFilter = AssetFilter(), after: str | None = None, counted: _Counted | None = None) -> Page:  # noqa: B008 - frozen
        """Return a page as the explorer does: bounded by what the table's metadata tell."""
        trino: Any = counted or engine
        counts = metadata.bounds(lambda state: day_counts(engine, wanted, as_of=state))
        return page(trino, wanted, signing_key=_KEY, after=after, pin=metadata.current(), counts=counts)

    head = _head(catalog.reloaded())
    depths = [depth for depth in _DEPTHS if depth * _PAGE <= size]
    tokens = {depth: None if depth == 1 else _token(engine, depth, size, head.snapshot_id) for depth in depths}
    show()
    counted = {depth: _Counted(engine) for depth in depths}
    for depth in depths:
        show(after=tokens[depth], counted=counted[depth])
    seconds = {depth: _median(lambda depth=depth: show(after=tokens[depth])) for depth in depths}
    bare = _median(lambda: engine.query(_bare_sql(head.snapshot_id)))
    figures = [
        Figure(f"{name}: page {depth:,}", seconds[depth], "s", note=f"{counted[depth].rows:,} rows read")
        for depth in depths
    ]
    figures += [
        Figure(f"{name}: page {depth:,} / page 1", seconds[depth] / seconds[1], "x", _BY_DEPTH) for depth in depths[1:]
    ]
    counting = _median(lambda: day_counts(engine, AssetFilter()))
    told = _median(lambda: TableMetadata(settings, catalog=catalog).spans(head.snapshot_id))
    note = f"{told:.2f} s, once for each snapshot; counted by Trino {counting:.2f} s"
    figures.append(Figure(f"{name}: spans of the metadata / days counted", told / counting, "x", 1.0, note))
    figures.append(Figure(f"{name}: page 1 / its bare query", seconds[1] / bare, "x", _OVER_BARE, f"{bare:.2f} s"))
    figures.append(_against_offset(engine, name, seconds))
    filtered, of_facets = _median(lambda: show(_FILTERED)), _median(lambda: facets(engine, AssetFilter()))
    figures.append(Figure(f"{name}: first page, filtered / not", filtered / seconds[1], "x", note=f"{filtered:.2f} s"))
    figures.append(Figure(f"{name}: facets / page 1", of_facets / seconds[1], "x", note=f"{of_facets:.2f} s"))
    return figures + _against_naive(settings, size, seconds[1], counted[1])


def _against_offset(engine: Trino, name: str, seconds: Mapping[int, float]) -> Figure:
    """Compare the deepest page that OFFSET reaches: the engine keeps all rows before it in memory."""
    refused = ""
    for depth in sorted(seconds, reverse=True):
        try:
            took = _median(lambda depth=depth: engine.query(_offset_sql(depth)), rounds=2)
        except CheckFailedError as error:
            refused = f"; page {depth:,} by OFFSET is refused: {error.what.split(':', 1)[0]}"
            continue
        return Figure(f"{name}: page {depth:,} / by OFFSET", seconds[depth] / took, "x", 1.0, f"{took:.2f} s{refused}")
    raise SystemExit(f"no page by OFFSET{refused}")


def _against_naive(settings: Settings, size: int, seconds: float, counted: _Counted) -> list[Figure]:
    name = f"{size:,} rows"
    told = _naive(settings)
    if told is None:
        return []
    note = f"{told['seconds']:.1f} s and {told['peak'] / 1e9:.1f} GB"
    bound = 1 / _FASTER[size] if size in _FASTER else None
    return [
        Figure(f"{name}: page 1 / naive", seconds / told["seconds"], "x", bound, note),
        Figure(f"{name}: bytes of page 1 / naive", counted.bytes / told["bytes"], "x", 0.01 if bound else None),
    ]


def _head(table: Table) -> Snapshot:
    found = table.current_snapshot()
    if found is None:
        raise SystemExit("the table has no rows")
    return found


def _token(engine: Trino, depth: int, size: int, snapshot: int) -> str:
    """Return the token of a page far from the first one, as the page before it would give it."""
    behind = (depth - 1) * _PAGE
    day_rows = size // DAYS
    day = LAST - dt.timedelta(days=behind // day_rows)
    start = midnight(day)
    sql = (
        f"SELECT upload_time, asset_id FROM {SCHEMAS.table(TABLE)} WHERE upload_time >= ? AND upload_time < ?"  # noqa: S608 - names of our own and a number
        f" ORDER BY upload_time DESC, asset_id DESC OFFSET {behind % day_rows:d} LIMIT 1"
    )
    ((when, asset_id),) = engine.query(sql, [start, start + dt.timedelta(days=1)]).rows
    return write_token(_KEY, Place("newest", when, asset_id, snapshot), AssetFilter())


def _bare_sql(snapshot: int) -> str:
    table = f"{SCHEMAS.table(TABLE)} FOR VERSION AS OF {snapshot:d}"
    bound = f"upload_time >= TIMESTAMP '{LAST} 00:00:00.000000 UTC'"
    return f"SELECT {SELECT} FROM {table} WHERE {bound} ORDER BY upload_time DESC, asset_id DESC LIMIT {_PAGE + 1}"  # noqa: S608 - names of our own and numbers


def _offset_sql(depth: int) -> str:
    order = "ORDER BY upload_time DESC, asset_id DESC"
    return f"SELECT {SELECT} FROM {SCHEMAS.table(TABLE)} {order} OFFSET {(depth - 1) * _PAGE} LIMIT {_PAGE}"  # noqa: S608 - names of our own and numbers


def _median(work: Callable[[], object], rounds: int = _ROUNDS) -> float:
    took: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def _naive(settings: Settings) -> dict[str, float] | None:
    """Run the naive gallery in a process of its own; return its seconds, bytes and most memory."""
    command = [sys.executable, "-m", "benchmarks.naive_gallery", str(settings.home.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200)  # noqa: S603 - our own module
    if done.returncode != 0:
        print(f"the naive gallery ended with {done.returncode}: {done.stderr[-300:]}")
        return None
    return json.loads(done.stdout.splitlines()[-1])
