"""The answers that the compiled SQL should give, worked out by plain pandas from the same small, awkward tables.

Nothing of `lakefront.semantic` is used here: windows are cut row by row, joins are dictionary look-ups.
"""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

Key = tuple[Any, ...]
#: SQL's three values of truth.
Truth = bool | None
SEOUL = ZoneInfo("Asia/Seoul")


def make_tables() -> dict[str, tuple[list[str], list[str], list[tuple[Any, ...]]]]:
    """Return each table as names, types and rows: NULL, duplicate, late and missing keys all in them."""
    rng = random.Random(20260131)  # noqa: S311 - not for secrets
    start = dt.date(2025, 1, 20)
    orders: list[tuple[Any, ...]] = []
    for number in range(1, 91):
        day = start + dt.timedelta(days=rng.randrange(0, 460))
        if number % 13 == 0:
            day = dt.date(2026, 1, 31) if number % 2 else dt.date(2025, 12, 31)
        paid = dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(minutes=rng.randrange(0, 3000))
        orders.append(
            (
                number,
                None if number % 17 == 0 else day,
                None if number % 11 == 0 else paid,
                rng.choice([1, 2, 3, 4, 5, 5, None, 99]),
                rng.choice([1, 2, 3, None, 98]),
                rng.choice(["open", "done", "done", "cancelled", None]),
                None if number % 19 == 0 else Decimal(rng.randrange(0, 12000)) / 100,
                rng.choice([Decimal("0.50"), Decimal("1.25"), None]),
            )
        )
    orders += [orders[4], orders[9]]  # rows that stand twice
    lines = [
        (rng.choice([rng.randrange(1, 91), rng.randrange(1, 91), 500, None]), number, rng.choice([1, 2, 3, 7, None]),
         rng.choice(["EU", "US", None]), rng.choice([0, 1, 2, 5, None]))
        for number in range(150)
    ]  # fmt: skip
    returns = [
        (number, None if number % 9 == 0 else start + dt.timedelta(days=rng.randrange(0, 520)),
         rng.choice([1, 2, 3, 6, None, 97]), None if number % 7 == 0 else Decimal(rng.randrange(0, 5000)) / 100)
        for number in range(40)
    ]  # fmt: skip
    stock = [
        (dt.date(2026, 1, 1) + dt.timedelta(days=day), store, rng.choice([None, 0, 3, 8]))
        for day in range(0, 75, 3) for store in ("a", "b", "c") if rng.random() < 0.7
    ]  # fmt: skip
    return {
        "orders": (
            ["order_id", "order_date", "paid_at", "buyer_id", "recipient_id", "status", "amount", "fee"],
            ["bigint", "date", "timestamp(6) with time zone", "bigint", "bigint", "varchar", "decimal(12,2)",
             "decimal(12,2)"],
            orders,
        ),
        "lines": (
            ["order_id", "line", "product_id", "market", "quantity"],
            ["bigint", "integer", "bigint", "varchar", "integer"],
            lines,
        ),
        "products": (
            ["product_id", "market", "category", "price"],
            ["bigint", "varchar", "varchar", "decimal(12,2)"],
            [(1, "EU", "toys", Decimal("2.00")), (1, "US", "toys", Decimal("2.50")), (2, "EU", None, Decimal("9.99")),
             (2, "US", "books", None), (3, "US", "books", Decimal("4.00"))],
        ),
        "returns": (
            ["return_id", "return_date", "customer_id", "refund"],
            ["bigint", "date", "bigint", "decimal(12,2)"],
            returns,
        ),
        "customers": (
            ["customer_id", "region_id", "segment"],
            ["bigint", "bigint", "varchar"],
            [(1, 10, "vip"), (2, 20, "new"), (3, None, "vip"), (4, 77, None), (5, 30, "new"), (6, 20, "vip")],
        ),
        "regions": (
            ["region_id", "region"], ["bigint", "varchar"], [(10, "EU"), (20, "US"), (30, None)],
        ),
        "stock": (["day", "store", "units"], ["date", "varchar", "integer"], stock),
    }  # fmt: skip


class Shop:
    """The tables, widened by look-ups to one frame a fact; columns have the names that a query asks for."""

    def __init__(self) -> None:
        raw = {name: [dict(zip(names, row, strict=True)) for row in rows]
               for name, (names, _, rows) in make_tables().items()}  # fmt: skip
        regions = {row["region_id"]: row["region"] for row in raw["regions"]}
        customers = {row["customer_id"]: row for row in raw["customers"]}
        products = {(row["product_id"], row["market"]): row for row in raw["products"]}

        def person(prefix: str, number: int | None) -> dict[str, Any]:
            row = customers.get(number) if number is not None else None
            region = row and row["region_id"]
            return {f"{prefix}.segment": row and row["segment"],
                    f"{prefix}_region.region": regions.get(region) if region is not None else None}  # fmt: skip

        orders = [
            {**row, **person("buyer", row["buyer_id"]), **person("recipient", row["recipient_id"]),
             "total": row["amount"] + row["fee"] if None not in (row["amount"], row["fee"]) else None}
            for row in raw["orders"]
        ]  # fmt: skip
        lines: list[dict[str, Any]] = []
        for row in raw["lines"]:
            # An order that stands twice doubles its lines: the key is declared to be one, and the data break it.
            product = products.get((row["product_id"], row["market"]), {})
            lines.append({**row, "products.category": product.get("category"), "price": product.get("price")})
        returns = [{**row, **person("buyer", row["customer_id"])} for row in raw["returns"]]
        self.frames = {
            "orders": _frame(orders),
            "lines": _frame(lines),
            "returns": _frame(returns),
            "stock": _frame(raw["stock"]),
            "big_orders": _frame([row for row in orders if row["amount"] is not None and row["amount"] >= 50]),
        }


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, dtype=object).astype(object).where(lambda frame: frame.notna(), None)


@dataclass(frozen=True)
class Base:
    """An aggregate: over which fact, by which time, of which rows, and how their values become one."""

    fact: str
    time: str | None
    value: Callable[[dict[str, Any]], Any]
    combine: Callable[[list[Any]], Any]
    keep: Callable[[dict[str, Any]], bool] = lambda _: True
    edge: str | None = None
    empty: Any = None


def _total(values: list[Any]) -> Any:
    return sum(values) if values else None


def _column(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda row: row[name]


def _product(row: dict[str, Any]) -> Any:
    return None if None in (row["quantity"], row["price"]) else row["quantity"] * row["price"]


_SOLD = lambda row: row["status"] is not None and row["status"] != "cancelled"  # noqa: E731
_DAY = "order_date"
BASES: dict[str, Base] = {
    "revenue": Base("orders", _DAY, _column("amount"), _total, _SOLD),
    "gross": Base("orders", _DAY, _column("total"), _total),
    "order_count": Base("orders", _DAY, lambda _: 1, len, empty=0),
    "paid_count": Base("orders", "paid_at", _column("paid_at"), len, empty=0),
    "buyers": Base("orders", _DAY, _column("buyer_id"), lambda v: len(set(v)), empty=0),
    "buyers_approx": Base("orders", _DAY, _column("buyer_id"), lambda v: len(set(v)), empty=0),
    "smallest": Base("orders", _DAY, _column("amount"), lambda v: min(v, default=None)),
    "largest": Base("orders", _DAY, _column("amount"), lambda v: max(v, default=None)),
    "mean_amount": Base("orders", _DAY, _column("amount"), lambda v: sum(v) / len(v) if v else None),
    "vip_revenue": Base("orders", _DAY, _column("amount"), _total, lambda row: row["buyer.segment"] == "vip"),
    "refunds": Base("returns", "return_date", _column("refund"), _total),
    "return_count": Base("returns", "return_date", lambda _: 1, len, empty=0),
    "units_sold": Base("lines", None, _column("quantity"), _total),
    "list_value": Base("lines", None, _product, _total),
    "big_revenue": Base("big_orders", _DAY, _column("amount"), _total),
    "stock_units": Base("stock", "day", _column("units"), _total, edge="last"),
    "opening_stock": Base("stock", "day", _column("units"), _total, lambda row: row["store"] != "b", edge="first"),
}
Shift = tuple[int, str]


@dataclass(frozen=True)
class Windowed:
    """A base over the window of each period."""

    base: str
    trailing: Shift | None = None
    reset: str | None = None
    running: bool = False
    back: Shift | None = None


def _divide(a: Any, b: Any) -> Any:
    return None if a is None or b is None or b == 0 else float(a) / float(b)


def _minus(a: Any, b: Any) -> Any:
    return None if a is None or b is None else a - b


Part = str | Windowed
_MONTH, _YEAR = (1, "month"), (1, "year")
#: Metrics made of others: their parts, and how these become one number.
MADE: dict[str, tuple[tuple[Part, ...], Callable[..., Any]]] = {
    "average_order": (("revenue", "order_count"), _divide),
    "refund_rate": (("refunds", "revenue"), _divide),
    "net": (("revenue", "refunds"), lambda r, f: _minus(r, f or 0)),
    "share": (
        ("revenue", "gross", "order_count"),
        lambda r, g, n: _divide(None if r is None else 100 * r, None if g is None else g + n),
    ),
    "revenue_running": ((Windowed("revenue", running=True),), lambda a: a),
    "revenue_7d": ((Windowed("revenue", trailing=(7, "day")),), lambda a: a),
    "buyers_2m": ((Windowed("buyers", trailing=(2, "month")),), lambda a: a),
    "count_mtd": ((Windowed("order_count", reset="month"),), lambda a: a),
    "average_ytd": ((Windowed("revenue", reset="year"), Windowed("order_count", reset="year")), _divide),
    "revenue_last_month": ((Windowed("revenue", back=_MONTH),), lambda a: a),
    "revenue_change": (("revenue", Windowed("revenue", back=_MONTH)), _minus),
    "revenue_growth": (
        ("revenue", Windowed("revenue", back=_YEAR)),
        lambda now, then: _divide(_minus(now, then), then),
    ),
    "buyers_previous": ((Windowed("buyers", back=_MONTH),), lambda a: a),
    "running_last_month": ((Windowed("revenue", running=True, back=_MONTH),), lambda a: a),
}


@dataclass(frozen=True)
class Asked:
    """A query, as the oracle reads it. `by`: column (`metric_time` is each metric's own) and grain."""

    metrics: tuple[str, ...]
    by: tuple[tuple[str, str | None], ...] = ()
    keep: Callable[[dict[str, Any]], Truth] = lambda _: True
    since: dt.date | None = None
    until: dt.date | None = None


def answer(shop: Shop, asked: Asked) -> dict[Key, tuple[Any, ...]]:
    """Return the values of the metrics for each key of dimensions."""
    made = {name: MADE.get(name, ((name,), lambda a: a)) for name in asked.metrics}
    parts: dict[Part, dict[Key, Any]] = {}
    for needed, _ in made.values():
        for part in needed:
            parts.setdefault(
                part, _windowed(shop, asked, part) if isinstance(part, Windowed) else _plain(shop, asked, part)
            )
    keys = dict.fromkeys(key for groups in parts.values() for key in groups)
    return {
        key: tuple(
            combine(*(parts[part].get(key, _base_of(part).empty) for part in needed))
            for needed, combine in made.values()
        )
        for key in keys
    }  # fmt: skip


def _base_of(part: Part) -> Base:
    return BASES[part.base if isinstance(part, Windowed) else part]


def _rows(shop: Shop, asked: Asked, base: Base) -> list[dict[str, Any]]:
    rows = shop.frames[base.fact].to_dict("records")
    return [row for row in rows if asked.keep(row) is True]


def _plain(shop: Shop, asked: Asked, name: str) -> dict[Key, Any]:
    base = BASES[name]
    rows = [row for row in _rows(shop, asked, base) if _inside(row, base, asked.since, asked.until)]
    return _grouped(rows, [tuple(_dimension(row, base, *item) for item in asked.by) for row in rows], base,
                    whole=not asked.by)  # fmt: skip


def _grouped(rows: list[dict[str, Any]], keys: list[Key], base: Base, *, whole: bool) -> dict[Key, Any]:
    groups: dict[Key, list[dict[str, Any]]] = {(): []} if whole else {}
    for row, key in zip(rows, keys, strict=True):
        groups.setdefault(key, []).append(row)
    result: dict[Key, Any] = {}
    for key, members in groups.items():
        kept = [row for row in members if base.keep(row)]
        if base.edge:
            if not kept and not whole:
                continue
            moments = [row[base.time or ""] for row in kept]
            edge = (max if base.edge == "last" else min)(moments, default=None)
            kept = [row for row in kept if row[base.time or ""] == edge]
        result[key] = base.combine([value for row in kept if (value := base.value(row)) is not None])
    return result


def _windowed(shop: Shop, asked: Asked, part: Windowed) -> dict[Key, Any]:
    base = BASES[part.base]
    place = next(n for n, (name, grain) in enumerate(asked.by) if grain and name in ("metric_time", base.time))
    grain = str(asked.by[place][1])
    rows = [row for row in _rows(shop, asked, base) if row[base.time or ""] is not None]
    shown = [row[base.time or ""] for row in rows if _inside(row, base, asked.since, asked.until)]
    if not shown:
        return {}
    result: dict[Key, Any] = {}
    period = floor(asked.since or min(shown), grain)
    while period <= floor(max(shown), grain):
        begin = later(period, part.back, -1)
        end = later(begin, (1, grain))
        first = dt.date.min if part.running else floor(begin, part.reset) if part.reset else begin
        if part.trailing:
            first = later(end, part.trailing, -1)
        if asked.until and not part.back:
            end = min(end, asked.until)
        chosen = [row for row in rows if first <= row[base.time or ""] < end]
        keys = [
            tuple(period if n == place else _dimension(row, base, *item) for n, item in enumerate(asked.by))
            for row in chosen
        ]
        result.update(_grouped(chosen, keys, base, whole=False))
        period = later(period, (1, grain))
    return result


def _inside(row: dict[str, Any], base: Base, since: dt.date | None, until: dt.date | None) -> bool:
    if since is None and until is None:
        return True
    moment = row[base.time or ""]
    if moment is None:
        return False
    day = moment.astimezone(SEOUL).date() if isinstance(moment, dt.datetime) else moment
    return (since is None or day >= since) and (until is None or day < until)


def _dimension(row: dict[str, Any], base: Base, name: str, grain: str | None) -> Any:
    value = row[base.time or ""] if name == "metric_time" else row[name]
    return floor(value, grain) if value is not None and grain else value


def floor(moment: Any, grain: str | None) -> Any:
    """Return the start of a period: a date for days and longer, else a naive time in Seoul."""
    if isinstance(moment, dt.datetime):
        local = moment.astimezone(SEOUL).replace(tzinfo=None)
        if grain == "hour":
            return local.replace(minute=0, second=0, microsecond=0)
        moment = local.date()
    if grain == "week":
        return moment - dt.timedelta(days=moment.isoweekday() - 1)
    letters = {"month": "M", "quarter": "Q", "year": "Y"}
    return pd.Timestamp(moment).to_period(letters[str(grain)]).start_time.date() if grain in letters else moment


def later(day: dt.date, by: Shift | None, sign: int = 1) -> dt.date:
    """Return a date so many periods later, or earlier."""
    if by is None:
        return day
    count, grain = by
    months = {"month": 1, "quarter": 3, "year": 12}
    if grain in months:
        offset = pd.DateOffset(months=sign * count * months[grain])
    else:
        offset = pd.DateOffset(days=sign * count * (7 if grain == "week" else 1))
    return (pd.Timestamp(day) + offset).date()


def both(first: Truth, second: Truth) -> Truth:
    """Return SQL's `and`."""
    if first is False or second is False:
        return False
    return None if first is None or second is None else True


def either(first: Truth, second: Truth) -> Truth:
    """Return SQL's `or`."""
    return invert(both(invert(first), invert(second)))


def invert(value: Truth) -> Truth:
    """Return SQL's `not`."""
    return None if value is None else not value


def compare(name: str, test: Callable[[Any], bool]) -> Callable[[dict[str, Any]], Truth]:
    """Return a comparison of a column that is unknown for NULL."""
    return lambda row: None if row[name] is None else test(row[name])


def over_values(model: str) -> str:
    """Return the text of the golden model with the rows themselves in place of the tables of the schema `shop`."""
    for name, (columns, types, rows) in make_tables().items():
        body = ", ".join("(" + ", ".join(_literal(v, k) for v, k in zip(row, types, strict=True)) + ")" for row in rows)
        casts = ", ".join(f"CAST({n} AS {k}) AS {n}" for n, k in zip(columns, types, strict=True))
        select = f"SELECT {casts} FROM (VALUES {body}) AS t({', '.join(columns)})"
        model = model.replace(f"source: shop.{name}\n", f"sql: {json.dumps(select)}\n")
        model = model.replace(f" from shop.{name} where", f" from ({select}) where")
    return model


def _literal(value: Any, kind: str) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, dt.datetime):
        return f"TIMESTAMP '{value.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC'"
    if isinstance(value, dt.date):
        return f"DATE '{value}'"
    return f"'{value}'" if isinstance(value, str) else f"CAST({value} AS {kind})"
