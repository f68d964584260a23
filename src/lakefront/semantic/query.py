"""A question to the semantic layer: metrics, dimensions, a condition, a time range, an order; and its text forms."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlglot import exp

from lakefront.errors import BadInputError
from lakefront.semantic.expression import DIALECT, ExpressionError, parse_sql
from lakefront.semantic.time import Placeholder, TimeBound

#: Stands for the time column of each metric.
METRIC_TIME: Final = "metric_time"
_REFERENCE: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,2}")
#: The finest time that snapshots are dated by.
_TICK: Final = dt.timedelta(milliseconds=1)
_REF_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,127}")
#: What a condition may be made of: comparisons, logic, arithmetic and a few functions of one row.
_ALLOWED: Final[tuple[type[exp.Expr], ...]] = (
    exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In,
    exp.Between, exp.Like, exp.ILike, exp.Escape, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Null, exp.Boolean,
    exp.Literal, exp.Column, exp.Identifier, exp.Dot, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod,
    exp.Cast, exp.DataType, exp.DataTypeParam, exp.Interval, exp.Var, exp.Lower, exp.Upper, exp.Length,
    exp.Coalesce, exp.Trim, exp.Substring, exp.Abs, exp.Round, exp.StartsWith,
)  # fmt: skip


@dataclass(frozen=True)
class DimensionRef:
    """A dimension as it was asked for: `region`, `customers.region`, `order_date.month`, `orders.order_date.month`."""

    parts: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True)
class OrderBy:
    """A column of the answer to sort by: a metric or a dimension, as it was asked for."""

    name: str
    descending: bool = False


@dataclass(frozen=True)
class AsOf:
    """A state of the lake: a snapshot's number, a moment, or the name of a tag or branch."""

    kind: Literal["snapshot", "moment", "ref"]
    snapshot: int = 0
    moment: dt.datetime | None = None
    ref: str = ""

    def __str__(self) -> str:
        return str(self.snapshot) if self.kind == "snapshot" else self.ref or str(self.moment)


@dataclass(frozen=True)
class Query:
    """One question. `since` is the first time that counts, `until` the first that does not."""

    metrics: tuple[str, ...]
    by: tuple[DimensionRef, ...] = ()
    where: exp.Expr | None = None
    since: TimeBound | None = None
    until: TimeBound | None = None
    order: tuple[OrderBy, ...] = ()
    limit: int | None = None
    as_of: AsOf | None = None
    #: A condition over the answer's own columns.
    having: exp.Expr | None = None
    #: Whether distinct values may be counted by sketches.
    approximate: bool = False


def parse_query(
    metrics: Sequence[str],
    by: Sequence[str] = (),
    *,
    where: str | None = None,
    since: str | TimeBound | None = None,
    until: str | TimeBound | None = None,
    order: Sequence[str] = (),
    limit: int | None = None,
    as_of: str | int | dt.datetime | None = None,
    having: str | None = None,
    approximate: bool = False,
) -> Query:
    """Return a query from texts as they are written on the command line.

    `where` is about rows before they are counted, `having` about the answer's columns.
    `order`: `revenue`, `-revenue` (falling), `order_date.month`. Raises BadInputError (`query-…`).
    """
    if not metrics:
        raise BadInputError(
            "query-no-metric", "no metric was asked for", fix="name one; `lakefront semantic list` shows them"
        )
    if limit is not None and limit < 1:
        raise BadInputError("query-limit", f"a limit of {limit} gives nothing", fix="give a limit of 1 or more")
    begin, end = parse_bound(since, "since"), parse_bound(until, "until")
    if _comparable(begin) and _comparable(end) and str(begin) >= str(end):
        raise BadInputError(
            "query-time", f"nothing lies between {begin} and {end}: `until` is the first time that is left out",
            fix="give an `until` after `since`",
        )  # fmt: skip
    return Query(
        metrics=_each_once(metrics, "metric"),
        by=tuple(_dimension(text) for text in _each_once(by, "dimension")),
        where=parse_condition(where, "where") if where else None,
        since=begin,
        until=end,
        order=tuple(OrderBy(text.lstrip("-"), text.startswith("-")) for text in order),
        limit=limit,
        as_of=parse_as_of(as_of) if as_of is not None else None,
        having=parse_condition(having, "having") if having else None,
        approximate=approximate,
    )


def parse_bound(value: str | TimeBound | None, name: str) -> TimeBound | None:
    """Return a bound of time from ISO text. Raises BadInputError (`query-time`)."""
    if value is None or not isinstance(value, str) or isinstance(value, Placeholder):
        return value
    try:
        return dt.date.fromisoformat(value) if len(value) <= 10 else dt.datetime.fromisoformat(value)
    except ValueError:
        raise BadInputError(
            "query-time", f"{name} = '{value}' is not a date or time", fix="write 2026-01-31 or 2026-01-31T08:00+09:00"
        ) from None


def parse_as_of(value: str | int | dt.datetime) -> AsOf:
    """Return a state of the lake from its text; a date is the end of that day, in UTC.

    Raises BadInputError (`query-as-of`).
    """
    if isinstance(value, dt.datetime):
        return AsOf("moment", moment=value if value.tzinfo else value.replace(tzinfo=dt.UTC))
    if isinstance(value, int) or (value.isdecimal() and value.isascii()):
        return AsOf("snapshot", snapshot=int(value))
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        if not _REF_NAME.fullmatch(value):
            raise BadInputError(
                "query-as-of", f"'{value}' is no snapshot, time, tag or branch",
                fix="give a snapshot's number, 2026-01-31T08:00Z, or the name of a tag or branch",
            ) from None  # fmt: skip
        return AsOf("ref", ref=value)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    if len(value) <= len("2026-01-31"):
        moment += dt.timedelta(days=1) - _TICK
        if moment > dt.datetime.now(dt.UTC):
            raise BadInputError(
                "query-as-of", f"{value} has not ended yet, in UTC",
                fix=f"give a time, such as {value}T08:00Z, or leave as-of out: that is what is there now",
            )  # fmt: skip
    return AsOf("moment", moment=moment)


def parse_condition(text: str, option: Literal["where", "having"]) -> exp.Expr:
    """Parse a condition. `option`: what the user knows it by. Raises BadInputError (`query-…`)."""
    code = f"query-{option}"
    example = {"where": "region in ('EU', 'US')", "having": "revenue > 1000"}[option]
    try:
        tree = parse_sql(text)
    except ExpressionError as error:
        raise BadInputError(code, f"{option}: {error}", fix=f'write a condition such as "{example}"') from None
    for node in tree.walk():
        if isinstance(node, exp.Query) or (isinstance(node, exp.In) and node.args.get("query")):
            raise BadInputError(
                code, f"{option}: a query may not stand inside a condition", fix="list the values: in ('a', 'b')"
            )
        if not isinstance(node, _ALLOWED):
            raise BadInputError(
                code, f"{option}: '{node.sql(DIALECT)}' may not stand in a condition",
                fix="use comparisons, in, between, like, is null, and, or, not; "
                "put anything more into a column of the model",
            )  # fmt: skip
    if isinstance(tree, (exp.Literal, exp.Neg, exp.Cast)):
        raise BadInputError(code, f"{option}: '{text}' is not a condition", fix="compare a dimension with it")
    return tree


def reference_parts(column: exp.Column) -> tuple[str, ...]:
    """Return the names of a reference in a condition."""
    return tuple(part.name for part in column.parts)


def _each_once(names: Sequence[str], what: str) -> tuple[str, ...]:
    for number, name in enumerate(names):
        if name in names[:number]:
            raise BadInputError("query-twice", f"the {what} '{name}' was asked for twice", fix="name it once")
    return tuple(names)


def _dimension(text: str) -> DimensionRef:
    if not _REFERENCE.fullmatch(text):
        raise BadInputError(
            "query-dimension", f"'{text}' is not the name of a dimension",
            fix="write column, dataset.column, or dataset.column.grain",
        )  # fmt: skip
    return DimensionRef(tuple(text.split(".")))


def _comparable(bound: TimeBound | None) -> bool:
    return isinstance(bound, dt.date) and (not isinstance(bound, dt.datetime) or bound.tzinfo is None)
