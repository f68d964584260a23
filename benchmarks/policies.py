"""What policies cost: writing rules, asking under them, and how long a change of them takes to be obeyed.

The same SQL is asked by a service that sees everything, by one who sees hashes in place of personal data, and by one
who sees the rows of her region; in turns, on the same running stack, which obeys its policies. The bound is on all
questions of a person together: looking up the key of hashes costs each query the same few hundredths of a second, which
is much for the smallest of them and nothing for the largest.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.large_policy import ROLES, TABLES, write_policies
from benchmarks.report import Figure, publish
from lakefront.config import Settings
from lakefront.errors import NotAllowedError
from lakefront.semantic import load_layer
from lakefront.semantic.emit.trino_access import AccessFiles, access_files, write_access
from lakefront.semantic.policy.load import load_policies
from lakefront.trino import Trino

_EMISSION_SECONDS = 1.0
_SLOWER = 1.3
_EFFECT_SECONDS = 5.0
_ROUNDS = 15
_SERVICE = "lakefront"
_ASKED = {
    "customers, all columns": "SELECT count(*), max(full_name), max(email), max(phone) FROM sales.customers",
    "customers by region": "SELECT region, count(DISTINCT email) FROM sales.customers GROUP BY region",
    "orders by month": (
        "SELECT date_trunc('month', order_date), sum(net_amount) FROM sales.orders WHERE region = 'EU' GROUP BY 1"
    ),
    "orders with customers": (
        "SELECT c.region, count(*), count(DISTINCT c.email) FROM sales.orders AS o "
        "JOIN sales.customers AS c ON c.customer_id = o.customer_id WHERE c.region = 'EU' GROUP BY 1"
    ),
    "items with orders and customers": (
        "SELECT c.region, sum(i.quantity), max(c.email) FROM sales.order_items AS i "
        "JOIN sales.orders AS o ON o.order_id = i.order_id JOIN sales.customers AS c ON c.customer_id = o.customer_id "
        "WHERE c.region = 'EU' GROUP BY 1"
    ),
}
#: ana has masks, elena a filter and masks; elena may not read the items.
_ASKERS = ("ana", "elena")


def run(settings: Settings) -> None:
    """Measure and publish."""
    trino = Trino.from_settings(settings, source="lakefront-bench")
    publish("policies", [*_emission(), *_queries(trino), _effect(settings, trino)])


def _emission() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="lakefront-bench-") as name:
        folder = Path(name)
        write_policies(folder)
        loaded = load_policies(folder, load_layer(folder))
    files = access_files(loaded, catalog="iceberg")
    emitted: list[float] = []
    dumped: list[float] = []
    for _ in range(5):
        began = time.process_time()
        files = access_files(loaded, catalog="iceberg")
        middle = time.process_time()
        data = json.loads(files.rules)
        parsed = time.process_time()
        json.dumps(data, indent=2, ensure_ascii=False)
        emitted.append(middle - began)
        dumped.append(time.process_time() - parsed)
    seconds, baseline = statistics.median(emitted), statistics.median(dumped)
    size = f"{TABLES} tables, {ROLES} roles that open all of them; {len(files.rules) / 1e6:.1f} MB of rules"
    return [
        Figure("rules written", seconds, "s", _EMISSION_SECONDS, f"the processor's; {size}"),
        Figure("json.dumps of the same", baseline, "s", note="the baseline"),
        Figure("rules written / json.dumps", seconds / baseline, "x"),
    ]


def _queries(trino: Trino) -> list[Figure]:
    figures: list[Figure] = []
    totals: dict[str, list[tuple[float, float]]] = {who: [] for who in _ASKERS}
    for name, sql in _ASKED.items():
        askers = [who for who in _ASKERS if who != "elena" or "order_items" not in sql]
        people = {who: trino.signed_in_as(who) for who in (_SERVICE, *askers)}
        seconds: dict[str, list[float]] = {who: [] for who in people}
        for turn in range(_ROUNDS + 2):
            for who, asked in people.items():
                began = time.perf_counter()
                asked.query(sql)
                if turn > 1:  # the first two warm caches
                    seconds[who].append(time.perf_counter() - began)
        bare = statistics.median(seconds[_SERVICE])
        for who in askers:
            mine = statistics.median(seconds[who])
            note = f"{mine * 1000:.0f} ms against {bare * 1000:.0f} ms; median of {_ROUNDS}, in turns"
            figures.append(Figure(f"{name}, as {who}", mine / bare, "x", note=note))
            totals[who].append((mine, bare))
    for who, pairs in totals.items():
        mine, bare = (sum(column) for column in zip(*pairs, strict=True))
        note = f"{mine * 1000:.0f} ms against {bare * 1000:.0f} ms"
        figures.append(Figure(f"all of these, as {who}", mine / bare, "x", _SLOWER, note))
    return figures


def _effect(settings: Settings, trino: Trino) -> Figure:
    """Return how long it takes until people are refused, and served again, after the rules were written."""
    folder = settings.home.access_rules
    rules, groups = ((folder / name).read_text(encoding="utf-8") for name in ("rules.json", "groups.txt"))
    closed = json.loads(rules)
    closed["tables"] = [{"user": _SERVICE, "privileges": ["SELECT"]}]
    taken: list[float] = []
    ana = trino.signed_in_as("ana")
    try:
        for text, open_ in ((json.dumps(closed), False), (rules, True)) * 3:
            write_access(AccessFiles(text, groups, version="", people=0), folder)
            began = time.perf_counter()
            while _may(ana) is not open_:
                if time.perf_counter() - began > 60:
                    raise SystemExit('the rules were not read again: does this stack have access = "policies"?')
            taken.append(time.perf_counter() - began)
    finally:
        write_access(AccessFiles(rules, groups, version="", people=0), folder)
    return Figure("a change is obeyed after", max(taken), "s", _EFFECT_SECONDS, f"the longest of {len(taken)}")


def _may(asked: Trino) -> bool:
    try:
        asked.query("SELECT region FROM sales.customers LIMIT 1")
    except NotAllowedError:
        return False
    return True
