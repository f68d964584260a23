"""Compile queries, against MetricFlow on the same model and the same questions in the same run.

The questions are those whose answers tests/integration/test_semantic_metricflow.py compares. Both compilers are warm:
each has compiled each question once before. No engine is asked, so the milliseconds are the processor's: on an idle
machine the clock shows the same, and on a busy one the clock shows its neighbours.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from tests.support.metricflow_engine import MetricFlow, Request

from benchmarks.large_model import MODELS, write_models
from benchmarks.report import Figure, publish
from lakefront.semantic import load_files, load_layer
from lakefront.semantic.compile import compile_query
from lakefront.semantic.model import SemanticLayer
from lakefront.semantic.query import parse_query
from lakefront.semantic.source import read_source

#: Issue 5: p50 of compiling a query, and never slower than MetricFlow on the same query in the same run.
_MILLISECONDS = 5.0
_ROUNDS = 10
_TESTS = Path(__file__).parents[1] / "tests"
_DATA = _TESTS / "data" / "metricflow"


def run() -> None:
    """Measure and publish."""
    layer = load_files([_TESTS / "golden" / "semantic" / "model.yml"])
    manifest = (_DATA / "shop.yml").read_text(encoding="utf-8").replace("SCHEMA", "shop")
    metricflow = MetricFlow(manifest, _DATA / "shop.yml")
    cases = cast("dict[str, dict[str, Any]]", read_source(_DATA / "queries.yml").data)
    ours: dict[str, list[float]] = {}
    theirs: dict[str, list[float]] = {}
    for name, case in cases.items():
        request = Request.from_data(case["ours"], case.get("theirs", {}))
        ours[name], theirs[name] = _in_turns(
            lambda asked=case["ours"]: _compile(asked, layer), lambda request=request: metricflow.sql(request)
        )
    ratios = {name: statistics.median(ours[name]) / statistics.median(theirs[name]) for name in cases}
    worst = max(ratios, key=ratios.__getitem__)
    slowest = max(cases, key=lambda name: statistics.median(ours[name]))
    publish(
        "compile",
        [
            Figure("p50", _percentile(ours, 50), "ms", _MILLISECONDS, f"{len(cases)} questions, {_ROUNDS} times each"),
            Figure("p95", _percentile(ours, 95), "ms"),
            Figure("slowest question", statistics.median(ours[slowest]), "ms", note=f"median of {slowest}"),
            Figure("MetricFlow p50", _percentile(theirs, 50), "ms", note="the baseline"),
            Figure("MetricFlow p95", _percentile(theirs, 95), "ms"),
            Figure("p50 / MetricFlow", _percentile(ours, 50) / _percentile(theirs, 50), "x", 1.0),
            Figure("worst question / MetricFlow", ratios[worst], "x", 1.0, f"medians of {worst}"),
            _over_many_models(),
        ],
    )


def _over_many_models() -> Figure:
    with tempfile.TemporaryDirectory(prefix="lakefront-bench-") as name:
        folder = Path(name)
        write_models(folder)
        layer = load_layer(folder)
    taken: list[float] = []
    for number in range(MODELS):
        for metric in ("revenue", "average", "list_value", "running", "growth"):
            asked = {
                "metrics": [f"{metric}_{number}"],
                "by": ["metric_time.month", f"items_{number}.category"],
                "since": "2026-01-01",
            }
            taken.append(_milliseconds(lambda asked=asked: _compile(asked, layer)))
    return Figure(
        f"p50 over {MODELS} models", statistics.median(taken), "ms", _MILLISECONDS, f"{len(taken):,} questions"
    )


def _compile(asked: dict[str, Any], layer: SemanticLayer) -> str:
    return compile_query(parse_query(**asked), layer).sql


def _in_turns(*works: Callable[[], object]) -> tuple[list[float], ...]:
    """Return the milliseconds of each work's rounds. In turns, so that a busy moment of the machine hits all."""
    for work in works:
        work()
    taken: tuple[list[float], ...] = tuple([] for _ in works)
    for _ in range(_ROUNDS):
        for work, times in zip(works, taken, strict=True):
            times.append(_milliseconds(work))
    return taken


def _milliseconds(work: Callable[[], object]) -> float:
    began = time.thread_time()
    work()
    return (time.thread_time() - began) * 1000


def _percentile(taken: dict[str, list[float]], share: int) -> float:
    return statistics.quantiles([value for times in taken.values() for value in times], n=100)[share - 1]
