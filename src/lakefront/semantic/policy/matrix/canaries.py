"""Values that can be recognised wherever they turn up, one for each cell, and their literals in SQL."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final, cast

from sqlglot import exp

from lakefront.semantic.expression import DIALECT
from lakefront.semantic.policy.matrix.masks import kind

#: Stands in every text that is a canary.
MARK: Final = "canary"
_DAYS: Final = 30_000
_FIRST_DAY: Final = dt.date(1901, 3, 4)
_FIRST_MOMENT: Final = dt.datetime(1951, 2, 3, 4, 5, 6)  # noqa: DTZ001 - the type of the column says whether it has a zone
_LEAST_TOKEN: Final = 6


class Canaries:
    """Gives each cell a value of its own."""

    def __init__(self) -> None:
        self._number = 0

    def value(self, column: str, type_: str) -> Any:
        """Return a new value of a type; None for a type that has no canary."""
        self._number += 1
        n = self._number
        name = type_.lower()
        moment = _FIRST_MOMENT + dt.timedelta(hours=n)
        made: dict[str, Callable[[], Any]] = {
            "boolean": lambda: n % 2 == 0,
            "date": lambda: _FIRST_DAY + dt.timedelta(days=n * 7 % _DAYS),
            "varbinary": f"{MARK} {n}".encode,
            "array(varchar)": lambda: [f"{MARK} of {column} {n}"],
            "map(varchar, varchar)": lambda: {"of": f"{MARK} of {column} {n}"},
        }
        if name.startswith("timestamp"):
            return moment.replace(tzinfo=dt.UTC) if "time zone" in name else moment
        if kind(type_) == "number":
            return _number(name, n)
        if kind(type_) == "text":
            return self._text(column, n)
        return made[name]() if name in made else None

    @staticmethod
    def _text(column: str, n: int) -> str:
        # Masks treat addresses and phone numbers in their own ways: one of each kind.
        return (f"{MARK}.{column}.{n}@example.com", f"+49 30 {5_550_000 + n}", f"{MARK} of {column} {n}")[n % 3]


def _number(type_: str, n: int) -> Any:
    decimal = re.fullmatch(r"decimal\((\d+)(?:, ?(\d+))?\)", type_)
    if decimal:
        scale = int(decimal[2] or 0)
        room = min(int(decimal[1]) - scale, 9)
        whole = (4_000_000_00 + n) % 10**room if room < 9 else 400_000_000 + n
        return Decimal(whole) + (Decimal(37).scaleb(-2) if scale >= 2 else 0)
    if type_ in ("double", "real"):
        return float(4_000 + n) + 0.5
    small = {"tinyint": 100, "smallint": 30_000}.get(type_)
    return n % small if small else 400_000_000 + n


def literal(value: Any, type_: str) -> str:
    """Return a value as SQL of a type."""
    return exp.cast(_plain(value), type_, dialect=DIALECT).sql(DIALECT)


def _plain(value: Any) -> exp.Expr:
    if isinstance(value, dt.datetime):
        zone = " UTC" if value.tzinfo else ""
        return exp.Literal.string(value.replace(tzinfo=None).isoformat(sep=" ") + zone)
    if isinstance(value, dt.date):
        return exp.Literal.string(value.isoformat())
    if isinstance(value, bytes):
        return exp.Anonymous(this="from_hex", expressions=[exp.Literal.string(value.hex())])
    if isinstance(value, list):
        return exp.Array(expressions=[_plain(item) for item in cast("list[Any]", value)])
    if isinstance(value, dict):
        items = list(cast("dict[str, Any]", value).items())
        parts = [exp.Array(expressions=[_plain(item[side]) for item in items]) for side in (0, 1)]
        return exp.Anonymous(this="MAP", expressions=parts)
    return exp.Literal.number(str(value)) if isinstance(value, Decimal) else exp.convert(value)


def tokens(value: Any) -> Iterator[str]:
    """Yield the texts by which a value is recognised in plans and messages; none for what anything could be."""
    if isinstance(value, (dict, list)):
        for item in cast("dict[str, Any]", value).values() if isinstance(value, dict) else cast("list[Any]", value):
            yield from tokens(item)
    elif isinstance(value, dt.datetime):
        yield value.replace(tzinfo=None).isoformat(sep=" ")
    elif isinstance(value, dt.date):
        yield value.isoformat()
    elif isinstance(value, str):
        if MARK in value or re.fullmatch(r"[+0-9 ]{7,}", value):
            yield value
    elif isinstance(value, (int, Decimal)) and not isinstance(value, bool) and len(str(value)) >= _LEAST_TOKEN:
        yield str(value)
