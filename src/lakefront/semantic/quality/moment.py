"""The reference time of a run, and values of rules as typed SQL literals.

`today`, `now`, `current_date` and `current_timestamp` in a rule mean the reference time, never the engine's clock: a
run about a past day says what it would have said then, and the sample has the same findings on every day.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlglot import exp

from lakefront.semantic.expression import DIALECT
from lakefront.semantic.quality_model import Bound

_TODAY: Final = "today"
_NOW: Final = "now"
_NUMBERS: Final = (*exp.DataType.NUMERIC_TYPES, exp.DType.DECIMAL)
_TEXTS: Final = exp.DataType.TEXT_TYPES
_MIDNIGHT: Final = dt.time(tzinfo=dt.UTC)


class BoundError(ValueError):
    """A value of a rule that does not fit the column it is compared with."""


def literal(value: Bound, column_type: str, now: dt.datetime) -> exp.Expr:
    """Return a value as a literal of a column's type. Raises BoundError, whose text says what is wanted."""
    kind = exp.DataType.build(column_type, dialect=DIALECT)
    if kind.is_type(exp.DType.DATE):
        return _date(_day(value, now))
    if kind.is_type(exp.DType.TIMESTAMPTZ, exp.DType.TIMESTAMP):
        return _timestamp(_instant(value, now), with_zone=kind.is_type(exp.DType.TIMESTAMPTZ))
    if kind.is_type(*_NUMBERS):
        if isinstance(value, str):
            raise BoundError(f"a number is wanted here, for a column of type {column_type}")
        return exp.convert(value)
    if kind.is_type(*_TEXTS):
        if not isinstance(value, str):
            raise BoundError(f"a text is wanted here, for a column of type {column_type}: put it in quotes")
        return exp.Literal.string(value)
    raise BoundError(f"values of type {column_type} cannot be compared with a value of a rule")


def at_moment(tree: exp.Expr, now: dt.datetime) -> exp.Expr:
    """Return a copy of an expression in which the engine's clock is the reference time."""

    def swap(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.CurrentDate):
            return _date(now.astimezone(dt.UTC).date())
        if isinstance(node, exp.CurrentTimestamp | exp.Localtimestamp):
            return moment(now, with_zone=isinstance(node, exp.CurrentTimestamp))
        return node

    return tree.copy().transform(swap)


def moment(now: dt.datetime, *, with_zone: bool) -> exp.Expr:
    """Return the reference time as a timestamp literal in UTC."""
    return _timestamp(now, with_zone=with_zone)


def newest_bound(column_type: str, now: dt.datetime) -> exp.Expr:
    """Return the reference time in the type of a time column. Raises BoundError if it is not one."""
    kind = exp.DataType.build(column_type, dialect=DIALECT)
    if not kind.is_type(exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ):
        raise BoundError(f"a date or timestamp is wanted here, not a column of type {column_type}")
    return literal(_NOW, column_type, now)


def age(newest: dt.date | dt.datetime, now: dt.datetime) -> dt.timedelta:
    """Return how old a value is; a date lasts until its end, a timestamp without a zone is UTC. Never negative."""
    if isinstance(newest, dt.datetime):
        then = newest if newest.tzinfo else newest.replace(tzinfo=dt.UTC)
    else:
        then = dt.datetime.combine(newest + dt.timedelta(days=1), _MIDNIGHT)
    return max(now - then, dt.timedelta())


def _day(value: Bound, now: dt.datetime) -> dt.date:
    if value in (_TODAY, _NOW):
        return now.astimezone(dt.UTC).date()
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        raise BoundError("a date such as 2026-10-31, or today, is wanted here") from None


def _instant(value: Bound, now: dt.datetime) -> dt.datetime:
    if value == _NOW:
        return now
    if value == _TODAY:
        return dt.datetime.combine(now.astimezone(dt.UTC).date(), _MIDNIGHT)
    try:
        instant = dt.datetime.fromisoformat(str(value))
    except ValueError:
        raise BoundError("a time such as 2026-10-31T08:00:00Z, or now, is wanted here") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=dt.UTC)


def _date(day: dt.date) -> exp.Expr:
    return exp.cast(exp.Literal.string(day.isoformat()), "date", dialect=DIALECT)


def _timestamp(instant: dt.datetime, *, with_zone: bool) -> exp.Expr:
    text = instant.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if with_zone:
        return exp.cast(exp.Literal.string(f"{text} UTC"), "timestamp(6) with time zone", dialect=DIALECT)
    return exp.cast(exp.Literal.string(text), "timestamp(6)", dialect=DIALECT)
