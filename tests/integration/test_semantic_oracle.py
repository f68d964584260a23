"""Generated queries give the numbers of plain pandas, over tables with NULL, duplicate, late and missing keys."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from lakefront.semantic import SemanticLayer, load_files
from lakefront.semantic.compile import compile_plan, compile_query
from lakefront.semantic.plan import plan_query
from lakefront.semantic.query import parse_query
from lakefront.semantic.rollup.build import select_rows
from lakefront.semantic.rollup.layout import layouts_of
from lakefront.semantic.rollup.match import ReadyRollup
from lakefront.trino import Trino
from tests.support.cli import ROOT
from tests.support.oracle import (
    Asked,
    Key,
    Shop,
    Truth,
    answer,
    both,
    compare,
    either,
    floor,
    invert,
    over_values,
)
from tests.unit.test_semantic_compile import QUERIES, query_of

pytestmark = pytest.mark.stack
Condition = tuple[str, Callable[[dict[str, Any]], Truth]]

_ORDERS = ["revenue", "gross", "order_count", "buyers", "buyers_approx", "smallest", "largest", "mean_amount",
           "vip_revenue", "average_order", "share"]  # fmt: skip
_OVER_TIME = ["revenue_running", "revenue_7d", "buyers_2m", "count_mtd", "average_ytd", "revenue_last_month",
              "revenue_change", "revenue_growth", "buyers_previous", "running_last_month"]  # fmt: skip
_RETURNS = ["refunds", "return_count"]
#: Metrics that may be asked together, dimensions that all of them have, and columns to put conditions on.
_POOLS: dict[str, tuple[list[str], list[str], list[str]]] = {
    "orders": ([*_ORDERS, "paid_count"], ["status", "buyer.segment", "buyer_region.region", "recipient.segment",
               "metric_time", "order_date", "paid_at"], ["status", "buyer.segment", "amount"]),
    "two facts": ([*_ORDERS, *_RETURNS, "refund_rate", "net"], ["buyer.segment", "buyer_region.region", "metric_time"],
                  ["buyer.segment", "buyer_region.region"]),
    "over time": ([*_OVER_TIME, *_ORDERS, *_RETURNS], ["buyer.segment", "buyer_region.region"],
                  ["buyer.segment", "buyer_region.region"]),
    "lines": (["units_sold", "list_value"], ["products.category", "lines.market"], ["lines.market", "quantity"]),
    "stock": (["stock_units", "opening_stock"], ["store", "metric_time"], ["store"]),
    "sql": (["big_revenue"], ["metric_time"], ["amount"]),
}  # fmt: skip
_GRAINS = {
    "metric_time": ["day", "month"], "order_date": ["day", "week", "month", "quarter", "year"],
    "paid_at": ["hour", "day", "month"],
}  # fmt: skip
_ATOMS: dict[str, list[Condition]] = {
    "status": [
        ("status <> 'cancelled'", compare("status", lambda v: v != "cancelled")),
        ("status is null", lambda row: row["status"] is None),
        ("status in ('open', 'done')", compare("status", lambda v: v in ("open", "done"))),
    ],
    "buyer.segment": [
        ("buyer.segment = 'vip'", compare("buyer.segment", lambda v: v == "vip")),
        ("buyer.segment is not null", lambda row: row["buyer.segment"] is not None),
    ],
    "buyer_region.region": [
        ("buyer_region.region like 'E%'", compare("buyer_region.region", lambda v: v.startswith("E"))),
        ("buyer_region.region is null", lambda row: row["buyer_region.region"] is None),
    ],
    "amount": [
        ("amount between 10 and 80.5", compare("amount", lambda v: 10 <= v <= 80.5)),
        ("amount * 2 > 100", compare("amount", lambda v: v * 2 > 100)),
    ],
    "lines.market": [("lines.market = 'EU'", compare("market", lambda v: v == "EU"))],
    "quantity": [("quantity > 0", compare("quantity", lambda v: v > 0))],
    "store": [("store in ('a', 'b')", compare("store", lambda v: v in ("a", "b")))],
}


class World:
    """What a query is asked of. Its short repr keeps failures readable."""

    def __init__(self, layer: SemanticLayer, trino: Trino) -> None:
        self.layer = layer
        self.trino = trino
        self.shop = Shop()
        self.rollups = {layout.rollup.target: layout for layout in layouts_of(layer)}

    def __repr__(self) -> str:
        return "World()"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, trino: Trino) -> World:
    file = tmp_path_factory.mktemp("oracle") / "shop.yml"
    file.write_text(over_values((ROOT / "tests/golden/semantic/model.yml").read_text(encoding="utf-8")), "utf-8")
    return World(load_files([file]), trino)


@st.composite
def _conditions(draw: st.DrawFn, columns: list[str]) -> Condition:
    atoms = [atom for column in columns for atom in _ATOMS[column]]
    text, test = draw(st.sampled_from(atoms))
    for _ in range(draw(st.integers(0, 2))):
        other_text, other = draw(st.sampled_from(atoms))
        how = draw(st.sampled_from(["and", "or", "not"]))
        text, test = _combine(how, text, test, other_text, other)
    return text, test


def _combine(
    how: str, text: str, test: Callable[[dict[str, Any]], Truth], more: str, other: Callable[[dict[str, Any]], Truth]
) -> Condition:
    if how == "not":
        return f"not ({text})", lambda row: invert(test(row))
    if how == "and":
        return f"({text}) and {more}", lambda row: both(test(row), other(row))
    return f"{text} or {more}", lambda row: either(test(row), other(row))


@st.composite
def queries(draw: st.DrawFn, pool: str) -> tuple[dict[str, Any], Asked]:
    """Return a query for the compiler, and the same for the oracle."""
    metrics, dimensions, columns = _POOLS[pool]
    asked = draw(st.lists(st.sampled_from(metrics), min_size=1, max_size=3, unique=True))
    by = draw(st.lists(st.sampled_from(dimensions), max_size=2, unique=True))
    if pool == "over time":
        asked = [draw(st.sampled_from(_OVER_TIME)), *(name for name in asked if name not in _OVER_TIME)]
        by = [*by, "metric_time"]
    if {"metric_time", "order_date"} <= set(by):
        by.remove("order_date")
    grains: list[tuple[str, str | None]] = []
    for name in by:
        allowed = (
            ["month"] if pool == "sql" or (name == "metric_time" and "paid_count" in asked) else _GRAINS.get(name, [])
        )
        if pool == "over time" and name == "metric_time" and not set(asked) & {"count_mtd", "revenue_7d", "buyers_2m"}:
            allowed = ["day", "month"]
        grains.append((name, draw(st.sampled_from(allowed)) if allowed else None))
    where = draw(st.none() | _conditions(columns))
    timeless = pool == "lines"
    days = st.dates(dt.date(2025, 1, 1), dt.date(2026, 7, 1))
    since = None if timeless else draw(st.none() | days)
    until = None if timeless else draw(st.none() | days)
    grain = next((g for name, g in grains if name == "metric_time"), None)
    if pool == "over time":  # whole periods; what a half one means is told by golden files
        since, until = (floor(bound, grain) if bound else None for bound in (since, until))
    if since and until and since >= until:
        until = None
    limit = draw(st.none() | st.integers(1, 7))
    texts = [f"{name}.{grain}" if grain else name for name, grain in grains]
    plain = [(name.removeprefix("lines."), grain) for name, grain in grains]
    return (
        {"metrics": asked, "by": texts, "where": where[0] if where else None, "since": since, "until": until,
         "limit": limit},
        Asked(tuple(asked), tuple(plain), where[1] if where else (lambda _: True), since, until),
    )  # fmt: skip


def _check(query: dict[str, Any], asked: Asked, world: World, *, over_rollups: bool = False) -> None:
    sql = _over_rollups(query, world) if over_rollups else compile_query(parse_query(**query), world.layer).sql
    result = world.trino.query(sql)
    width = len(asked.by)
    wanted = sorted(answer(world.shop, asked).items(), key=lambda item: _rank(item[0]))[: query["limit"]]
    got = [(tuple(row[:width]), tuple(row[width:])) for row in result.rows]
    assert [key for key, _ in got] == [key for key, _ in wanted], f"{query}\n{sql}"
    for (key, have), (_, want) in zip(got, wanted, strict=True):
        same = all(_same(a, b) for a, b in zip(have, want, strict=True))
        assert same, f"at {key}: {have} is not {want}\n{query}\n{sql}"


def _over_rollups(query: dict[str, Any], world: World) -> str:
    """Return a query's SQL over all rollups that fit, with the SELECT that builds each in place of its table."""
    plan = plan_query(parse_query(**query), world.layer, [ReadyRollup(item, 0) for item in world.rollups.values()])
    tree = compile_plan(plan)
    for table in list(tree.find_all(exp.Table)):
        layout = world.rollups.get(f"{table.db}.{table.name}")
        if layout:
            table.replace(select_rows(layout, snapshot=None).subquery(table.alias))
    return tree.sql("trino", identify=True)


def _rank(key: Key) -> tuple[tuple[bool, Any], ...]:
    return tuple((part is None, "" if part is None else part) for part in key)


def _same(have: Any, want: Any) -> bool:
    if have is None or want is None:
        return have is want
    if isinstance(have, Decimal) and isinstance(want, (Decimal, int)):
        return have == want
    return math.isclose(float(have), float(want), rel_tol=1e-9, abs_tol=1e-9)


_GENERATE = {
    "derandomize": True, "deadline": None, "database": None, "phases": [Phase.explicit, Phase.generate],
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}  # fmt: skip


@pytest.mark.parametrize("pool", sorted(_POOLS))
@settings(max_examples=10, **_GENERATE)  # pyright: ignore[reportArgumentType]
@given(data=st.data())
def test_a_query_gives_the_numbers_of_pandas(pool: str, data: st.DataObject, world: World) -> None:
    _check(*data.draw(queries(pool)), world)


_ROLLED_UP = ("lines", "orders", "over time", "two facts")


@pytest.mark.parametrize("pool", _ROLLED_UP)
@settings(max_examples=10, **_GENERATE)  # pyright: ignore[reportArgumentType]
@given(data=st.data())
def test_a_query_over_rollups_gives_the_numbers_of_pandas(pool: str, data: st.DataObject, world: World) -> None:
    _check(*data.draw(queries(pool)), world, over_rollups=True)


@pytest.mark.long
@pytest.mark.parametrize("pool", _ROLLED_UP)
@settings(max_examples=100, **_GENERATE)  # pyright: ignore[reportArgumentType]
@given(data=st.data())
def test_many_queries_over_rollups_give_the_numbers_of_pandas(pool: str, data: st.DataObject, world: World) -> None:
    _check(*data.draw(queries(pool)), world, over_rollups=True)


@pytest.mark.long
@pytest.mark.parametrize("pool", sorted(_POOLS))
@settings(max_examples=100, **_GENERATE)  # pyright: ignore[reportArgumentType]
@given(data=st.data())
def test_many_queries_give_the_numbers_of_pandas(pool: str, data: st.DataObject, world: World) -> None:
    _check(*data.draw(queries(pool)), world)


@pytest.mark.parametrize("metric", [*_OVER_TIME, *_ORDERS, *_RETURNS, "net", "refund_rate"])
@pytest.mark.parametrize("over_rollups", [False, True], ids=["datasets", "rollups"])
def test_every_metric_by_month_and_segment(metric: str, over_rollups: bool, world: World) -> None:
    query = {"metrics": [metric], "by": ["metric_time.month", "buyer.segment"], "limit": None}
    asked = Asked((metric,), (("metric_time", "month"), ("buyer.segment", None)))
    _check(query, asked, world, over_rollups=over_rollups)


@pytest.mark.parametrize("name", [n for n, asked in QUERIES.items() if not {"as_of"} & set(asked) and "range" not in n])
def test_trino_takes_every_golden_query(name: str, world: World) -> None:
    sql = compile_query(query_of(QUERIES[name]), world.layer).sql
    assert world.trino.query(f"EXPLAIN (TYPE VALIDATE) {sql}").scalar() is True
