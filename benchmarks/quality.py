"""Run the sample's quality rules in as few scans as possible, against one query a rule, on the same running stack."""

from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Sequence

from benchmarks.report import Figure, publish
from lakefront.config import Settings
from lakefront.semantic.quality.bind import BoundRule
from lakefront.semantic.quality.compile import compile_rules
from lakefront.semantic.quality.load import load_rules
from lakefront.semantic.quality.run import Finding, run_rules
from lakefront.trino import Trino

#: The sample's last day, which its freshness rules are about.
_NOW = dt.datetime(2026, 10, 31, 23, 59, 59, tzinfo=dt.UTC)
_ROUNDS = 3


def run(settings: Settings) -> None:
    """Measure and publish."""
    trino = Trino.from_settings(settings, source="lakefront-bench")
    rules = load_rules(settings.part("semantic_layer"))
    combined: list[float] = []
    single: list[float] = []
    for turn in range(_ROUNDS + 1):
        began = time.perf_counter()
        together = run_rules(trino, rules, _NOW).findings
        middle = time.perf_counter()
        alone = [finding for rule in rules for finding in run_rules(trino, [rule], _NOW).findings]
        ended = time.perf_counter()
        _require_same(together, alone)
        if turn:  # the first warms caches of both
            combined.append(middle - began)
            single.append(ended - middle)
    fast, slow = statistics.median(combined), statistics.median(single)
    queries = _queries(rules)
    publish(
        "quality",
        [
            Figure("combined scans", fast, "s", slow, f"{len(rules)} rules; median of {_ROUNDS}"),
            Figure("one query a rule", slow, "s", note="the baseline, in turns with the combined scans"),
            Figure("combined / one a rule", fast / slow, "x", 1.0),
            Figure("queries, combined", queries, "queries", len(rules)),
            Figure("queries, one a rule", len(rules), "queries"),
        ],
    )


def _queries(rules: Sequence[BoundRule]) -> int:
    return len(compile_rules(rules, _NOW))


def _require_same(together: Sequence[Finding], alone: Sequence[Finding]) -> None:
    """Stop where the two ways do not find the same: then their times mean nothing."""
    for one, other in zip(together, alone, strict=True):
        if (one.status, one.failing_rows, one.checked_rows) != (other.status, other.failing_rows, other.checked_rows):
            raise SystemExit(f"{one.rule.dataset.name}.{one.rule.name}: {one} is not {other}")
