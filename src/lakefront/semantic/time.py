"""Time: kinds of columns, grains and how they nest, arithmetic on bounds as Trino does it, and all of it as SQL."""

from __future__ import annotations

import calendar
import datetime as dt
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from sqlglot import exp

from lakefront.semantic.model import Grain, Span


class TimeKind(StrEnum):
    """What a time column holds: a day, a wall clock's time, or a moment."""

    DATE = "date"
    TIMESTAMP = "timestamp"
    MOMENT = "timestamp with time zone"


class Placeholder(StrEnum):
    """A time that another program fills in before Trino sees the SQL. A closed list: no text of a user gets here."""

    GRAFANA_FROM = "grafana_from"
    GRAFANA_TO = "grafana_to"
    SUPERSET_FROM = "superset_from"
    SUPERSET_TO = "superset_to"


#: A date, a time (with a zone or of the column's own), or a placeholder for one.
TimeBound = dt.date | dt.datetime | Placeholder

_FINER: Final[dict[Grain, tuple[Grain, ...]]] = {
    Grain.MINUTE: (Grain.MINUTE,),
    Grain.HOUR: (Grain.MINUTE, Grain.HOUR),
    Grain.DAY: (Grain.MINUTE, Grain.HOUR, Grain.DAY),
    Grain.WEEK: (Grain.MINUTE, Grain.HOUR, Grain.DAY, Grain.WEEK),
    Grain.MONTH: (Grain.MINUTE, Grain.HOUR, Grain.DAY, Grain.MONTH),
    Grain.QUARTER: (Grain.MINUTE, Grain.HOUR, Grain.DAY, Grain.MONTH, Grain.QUARTER),
    Grain.YEAR: (Grain.MINUTE, Grain.HOUR, Grain.DAY, Grain.MONTH, Grain.QUARTER, Grain.YEAR),
}
_MONTHS: Final = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}
_STEPS: Final = {
    Grain.MINUTE: ("1", "MINUTE"),
    Grain.HOUR: ("1", "HOUR"),
    Grain.DAY: ("1", "DAY"),
    Grain.WEEK: ("7", "DAY"),
    Grain.MONTH: ("1", "MONTH"),
    Grain.QUARTER: ("3", "MONTH"),
    Grain.YEAR: ("12", "MONTH"),
}
_SUB_DAY: Final = (Grain.MINUTE, Grain.HOUR)


def time_kind(type_: str) -> TimeKind | None:
    """Return what a column of a type holds, None if it is not a time."""
    plain = " ".join(type_.lower().split())
    if plain == "date":
        return TimeKind.DATE
    if plain.startswith("timestamp"):
        return TimeKind.MOMENT if plain.endswith("with time zone") else TimeKind.TIMESTAMP
    return None


def nests(fine: Grain, coarse: Grain) -> bool:
    """Tell whether each period of `coarse` is made of whole periods of `fine`."""
    return fine in _FINER[coarse]


def common_unit(first: Grain, second: Grain) -> Grain:
    """Return the coarsest grain that periods of both are made of."""
    return [grain for grain in _FINER[first] if grain in _FINER[second]][-1]


def truncate(moment: dt.datetime, grain: Grain) -> dt.datetime:
    """Return the start of the period that a time is in. Weeks start on Monday, as in Trino."""
    if grain is Grain.MINUTE:
        return moment.replace(second=0, microsecond=0)
    if grain is Grain.HOUR:
        return moment.replace(minute=0, second=0, microsecond=0)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if grain is Grain.WEEK:
        return day - dt.timedelta(days=day.weekday())
    if grain in _MONTHS:
        size = _MONTHS[grain]
        return day.replace(day=1, month=(day.month - 1) // size * size + 1)
    return day


def shift(moment: dt.datetime, grain: Grain, count: int) -> dt.datetime:
    """Return a time `count` periods later; 31 January and a month is the last of February, as in Trino."""
    if grain not in _MONTHS:
        days = {Grain.DAY: 1, Grain.WEEK: 7}.get(grain, 0) * count
        hours = count if grain is Grain.HOUR else 0
        return moment + dt.timedelta(days=days, hours=hours, minutes=count if grain is Grain.MINUTE else 0)
    months = moment.year * 12 + moment.month - 1 + count * _MONTHS[grain]
    year, month = months // 12, months % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def local_time(bound: dt.date | dt.datetime, zone: str) -> dt.datetime:
    """Return a bound as the wall clock of a zone shows it."""
    if not isinstance(bound, dt.datetime):
        return dt.datetime.combine(bound, dt.time())
    return bound.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if bound.tzinfo else bound


def truncated(value: exp.Expr, grain: Grain, kind: TimeKind, zone: str) -> exp.Expr:
    """Return the start of the period that a column's time is in, in the zone of the column.

    Days and longer are dates; hours and minutes are timestamps without a zone, as a clock in the zone shows them.
    """
    if kind is TimeKind.DATE:
        return value if grain is Grain.DAY else date_trunc(grain, value)
    local = at_zone(value, zone) if kind is TimeKind.MOMENT else value
    return exp.cast(date_trunc(grain, local), "timestamp(6)" if grain in _SUB_DAY else "date", dialect="trino")


def wall_clock(value: exp.Expr, kind: TimeKind, zone: str) -> exp.Expr:
    """Return a column's time without a zone, as a clock in the zone of the column shows it."""
    return exp.cast(at_zone(value, zone), "timestamp(6)", dialect="trino") if kind is TimeKind.MOMENT else value


def at_zone(value: exp.Expr, zone: str) -> exp.Expr:
    """Return a moment in a zone."""
    return exp.AtTimeZone(this=value, zone=exp.Literal.string(zone))


def date_trunc(grain: Grain, value: exp.Expr) -> exp.Expr:
    """Return `DATE_TRUNC(grain, value)`."""
    return exp.Anonymous(this="DATE_TRUNC", expressions=[exp.Literal.string(grain.value), value])


def date_add(span: Span, value: exp.Expr, *, sign: int = 1) -> exp.Expr:
    """Return `DATE_ADD(grain, ±count, value)`."""
    number = exp.Literal.number(span.count)
    count = exp.Neg(this=number) if sign < 0 else number
    return exp.Anonymous(this="DATE_ADD", expressions=[exp.Literal.string(span.grain.value), count, value])


def step_interval(grain: Grain) -> exp.Expr:
    """Return the interval from one period to the next."""
    count, unit = _STEPS[grain]
    return exp.Interval(this=exp.Literal.string(count), unit=exp.Var(this=unit))


def literal_time(moment: dt.datetime, kind: TimeKind, zone: str) -> exp.Expr:
    """Return a wall clock's time of a zone as a literal of a column's type."""
    if kind is TimeKind.DATE:
        return exp.cast(exp.Literal.string(moment.date().isoformat()), "date")
    text = moment.isoformat(" ", "microseconds" if moment.microsecond else "seconds")
    if kind is TimeKind.TIMESTAMP:
        return exp.cast(exp.Literal.string(text), "timestamp(6)", dialect="trino")
    return exp.cast(exp.Literal.string(f"{text} {zone}"), "timestamp(6) with time zone", dialect="trino")


def placeholder_time(bound: Placeholder, kind: TimeKind, zone: str) -> exp.Expr:
    """Return a placeholder as a value of a column's type. Both programs write UTC."""
    if bound in (Placeholder.GRAFANA_FROM, Placeholder.GRAFANA_TO):
        text = "$__timeFrom()" if bound is Placeholder.GRAFANA_FROM else "$__timeTo()"
        value: exp.Expr = exp.Var(this=text)
    else:
        name = "from_dttm" if bound is Placeholder.SUPERSET_FROM else "to_dttm"
        value = exp.cast(exp.Literal.string("{{ " + name + " }}"), "timestamp(6)", dialect="trino")
    moment = exp.Anonymous(this="WITH_TIMEZONE", expressions=[value, exp.Literal.string("UTC")])
    if kind is TimeKind.MOMENT:
        return moment
    if zone != "UTC":
        value = exp.cast(at_zone(moment, zone), "timestamp(6)", dialect="trino")
    return exp.cast(value, "date") if kind is TimeKind.DATE else value
