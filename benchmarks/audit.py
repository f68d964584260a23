"""What the audit costs: a query while the receiver takes events, and while it answers nobody; many small batches.

The baseline of the first is the same query with the receiver stalled (stopped by a signal), in turns; of the second,
the table with a file a batch, before upkeep.
"""

from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Callable
from typing import Any

import psutil

from benchmarks.report import Figure, publish
from lakefront.config import Settings
from lakefront.iceberg.catalog import connect
from lakefront.stack.audit.columns import COLUMNS
from lakefront.stack.audit.table import AuditTable
from lakefront.stack.audit.upkeep import keep_up
from lakefront.stack.state import read_state
from lakefront.trino import Trino

_ROUNDS = 5
_QUERIES = 20
_TABLE = "governance.query_audit_bench"
_BATCHES = 300
_ROWS = 20


def run(settings: Settings) -> None:
    """Measure and publish."""
    publish("audit", [*_queries(settings), *_batches(settings)])


def _queries(settings: Settings) -> list[Figure]:
    identity = read_state(settings.home.state_file).components["audit"].identity
    receiver = identity.process() if identity else None
    if receiver is None:
        raise SystemExit("no audit receiver runs here: lakefront up")
    trino = Trino.from_settings(settings, source="lakefront-bench")
    taking: list[float] = []
    stalled: list[float] = []
    _median(lambda: trino.query("SELECT 1"), _QUERIES)  # the first warm Trino up
    for _ in range(_ROUNDS):
        taking.append(_median(lambda: trino.query("SELECT 1"), _QUERIES))
        _stalled(receiver, lambda: stalled.append(_median(lambda: trino.query("SELECT 1"), _QUERIES)))
    with_it, without = statistics.median(taking), statistics.median(stalled)
    note = f"SELECT 1; median of {_ROUNDS} x {_QUERIES}"
    return [
        Figure("query, receiver taking events", with_it * 1000, "ms", note=note),
        Figure("query, receiver stalled", without * 1000, "ms", note="in turns with the other"),
        Figure("stalled / taking", without / with_it, "x", 1.2),
        Figure("memory of the receiver", receiver.memory_info().rss / 1e6, "MB", 400),
    ]


def _stalled(process: psutil.Process, work: Callable[[], None]) -> None:
    process.suspend()
    try:
        work()
    finally:
        process.resume()


def _batches(settings: Settings) -> list[Figure]:
    catalog = connect(settings)
    table = AuditTable(catalog, _TABLE)
    trino = Trino.from_settings(settings, source="lakefront-bench")
    question = f"SELECT \"user\", count(*) FROM {_TABLE} WHERE contains(tables_read, 'a.b.c') GROUP BY 1"  # noqa: S608
    try:
        commits = [_timed(lambda n=n: table.append(f"b{n}", _rows(n), doubtful=False)) for n in range(_BATCHES)]
        many = _median(lambda: trino.query(question), 5)
        files = len(list(table.open().scan().plan_files()))
        took = _timed(lambda: keep_up(table.open(), dt.datetime.now(dt.UTC) + dt.timedelta(hours=2), keep_days=90))
        few = _median(lambda: trino.query(question), 5)
        left = len(list(table.open().scan().plan_files()))
        again = _median(lambda: table.append("last", _rows(_BATCHES), doubtful=True), 3)
    finally:
        trino.query(f"DROP TABLE IF EXISTS {_TABLE}")
    tenth = _BATCHES // 10
    return [
        Figure("commit of a batch, the first", statistics.median(commits[:tenth]), "s", note=f"{_ROWS} rows"),
        Figure(f"commit of a batch, after {_BATCHES}", statistics.median(commits[-tenth:]), "s"),
        Figure("commit of a batch, after upkeep", again, "s", note="doubtful: looked for first"),
        Figure(f"question to {files} files", many, "s", note="who asked a table"),
        Figure(f"question to {left} files", few, "s", many, "after upkeep"),
        Figure("upkeep", took, "s", note=f"{files} files and as many snapshots"),
    ]


def _rows(batch: int) -> list[dict[str, Any]]:
    now = dt.datetime.now(dt.UTC).isoformat()
    values: dict[str, Any] = {"timestamptz": now, "string": "text", "long": 1, "list<string>": ["a.b.c"]}
    row = {column.name: values[column.type] for column in COLUMNS}
    return [{**row, "query_id": f"q{batch}-{number}"} for number in range(_ROWS)]


def _median(work: Callable[[], object], count: int) -> float:
    return statistics.median(_timed(work) for _ in range(count))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
