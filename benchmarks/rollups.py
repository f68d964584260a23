"""Questions answered from a rollup against the same from the dataset: rows read and seconds, in the same run.

And a refresh after one appended trade against making the rollup anew.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import replace

from benchmarks.report import Figure, publish
from lakefront.config import Settings
from lakefront.semantic.ask import Answer, Semantic
from lakefront.semantic.rollup.refresh import pick, refresh
from lakefront.trino import Trino

_QUESTIONS = {
    "sales by month and region": (["revenue", "gross_margin"], ["order_date.month", "orders.region"]),
    "sales by day": (["revenue", "units"], ["order_date.day"]),
    "statistics of trades": (["traded_volume", "average_trade_price"], ["ts.day", "symbol"]),
    "growth of revenue": (["revenue_growth"], ["order_date.month"]),
    "campaigns": (["click_through_rate", "return_on_ad_spend"], ["campaigns.campaign_name"]),
}
_ROUNDS = 5
#: A rollup answer reads at least this many times fewer rows.
_FEWER = 50


def run(settings: Settings) -> None:
    """Measure and publish."""
    semantic = Semantic(settings)
    trino = Trino.from_settings(settings, source="lakefront-bench", timeout=600)
    list(refresh(trino, pick(semantic.layer, ()), catalog=settings.env.iceberg_catalog))
    figures: list[Figure] = []
    for name, (metrics, by) in _QUESTIONS.items():
        figures += _compare(name, semantic.query(metrics, by), semantic.query(metrics, by, rollups="never"), trino)
    publish("rollups", [*figures, *_refreshes(semantic, trino, settings.env.iceberg_catalog)])


def _compare(name: str, over: Answer, base: Answer, trino: Trino) -> list[Figure]:
    if not any("from the rollup" in note for note in over.notes):
        raise SystemExit(f"{name}: not answered from a rollup: {over.notes}")
    if over.rows != base.rows:
        raise SystemExit(f"{name}: the rollup gives other numbers")
    rows = {kind: trino.query(answer.sql).stats["processedRows"] for kind, answer in (("over", over), ("base", base))}
    seconds: dict[str, list[float]] = {"over": [], "base": []}
    for _ in range(_ROUNDS):
        for kind, answer in (("over", over), ("base", base)):
            began = time.perf_counter()
            trino.query(answer.sql)
            seconds[kind].append(time.perf_counter() - began)
    fast, slow = (statistics.median(seconds[kind]) for kind in ("over", "base"))
    read = f"{rows['over']:,} rows against {rows['base']:,}"
    return [
        Figure(f"{name}: rows read", rows["over"] / rows["base"], "x", 1 / _FEWER, read),
        Figure(f"{name}: time", fast / slow, "x", 1.0, f"{fast:.2f} s against {slow:.2f} s"),
    ]


def _refreshes(semantic: Semantic, trino: Trino, catalog: str) -> list[Figure]:
    """Return a refresh of a copy of the trades' rollup after one more trade, against making it anew."""
    (layout,) = pick(semantic.layer, ["daily_stats"])
    trino.query("CREATE SCHEMA IF NOT EXISTS lakefront_bench")
    try:
        trino.query(
            "CREATE OR REPLACE TABLE lakefront_bench.trades WITH (partitioning = ARRAY['day(ts)']) "
            "AS SELECT * FROM markets.option_ticks"
        )
        dataset = layout.fact.dataset.model_copy(update={"source": "lakefront_bench.trades"})
        rollup = layout.rollup.model_copy(update={"name": "bench_stats", "table": "lakefront_bench.daily_stats"})
        copy = replace(layout, rollup=rollup, fact=replace(layout.fact, dataset=dataset))
        made = [next(refresh(trino, [copy], catalog=catalog, full=True)).seconds for _ in range(3)]
        renewed: list[float] = []
        for _ in range(3):
            trino.query("INSERT INTO lakefront_bench.trades SELECT * FROM markets.option_ticks LIMIT 1")
            done = next(refresh(trino, [copy], catalog=catalog))
            if done.mode != "incremental":
                raise SystemExit(f"the refresh was {done.mode}: {done.reason}")
            renewed.append(done.seconds)
    finally:
        trino.query("DROP SCHEMA lakefront_bench CASCADE")
    new, all_ = statistics.median(renewed), statistics.median(made)
    note = f"{new:.2f} s after one more trade against {all_:.2f} s for all of it"
    return [Figure("refresh by what has changed", new / all_, "x", note=note)]
