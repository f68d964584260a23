"""Variables and macros in queries, filled in as Grafana and its data sources do.

Formats: https://grafana.com/docs/grafana/latest/dashboards/variables/variable-syntax/
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from lakefront.grafana.alerts import seconds
from lakefront.grafana.model import Dashboard, Variable
from lakefront.grafana.sql import literals

_REFERENCE: Final = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(\w+)")
_GROUP: Final = re.compile(r"\$__timeGroup\(\s*(.+?)\s*,\s*'([^']+)'\s*\)")
_SPECIAL_IN_REGEX: Final = re.compile(r"[\\^$*+?.()|{}\[\]/]")
#: What Grafana computes from the width of a panel and the interval of scrapes; here always the same.
_RATE_INTERVAL: Final = "5m"
_INTERVAL: Final = "1m"


@dataclass(frozen=True)
class Chosen:
    """What a query is asked with: the values of variables, and the time that is shown."""

    since: dt.datetime
    until: dt.datetime
    values: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    @property
    def seconds(self) -> int:
        """How long the time is that is shown."""
        return round((self.until - self.since).total_seconds())


def moment(text: str, now: dt.datetime) -> dt.datetime:
    """Return the time that `now-6h` means; rounding (`/d`) is left out."""
    found = re.fullmatch(r"now(?:-([0-9]+[smhdwMy]))?(?:/[smhdwMy])?", text)
    if not found:
        raise ValueError(text)
    return now - dt.timedelta(seconds=seconds(found[1])) if found[1] else now


def typical(variable: Variable, tables: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the values that a variable is tried with. `tables`: those of the lake."""
    if variable.typical:
        return variable.typical
    if variable.default is not None:
        return (variable.default,)
    return variable.values[:1] or tuple(tables[:1])


def choices(dashboard: Dashboard, now: dt.datetime, tables: Sequence[str] = ()) -> Iterator[Chosen]:
    """Yield what a dashboard is asked with: the first typical value of each variable, then each further one."""
    since, until = moment(dashboard.time.since, now), moment(dashboard.time.until, now)
    tried = {variable.name: typical(variable, tables) for variable in dashboard.variables}
    first = {name: values[:1] for name, values in tried.items()}
    yield Chosen(since, until, first)
    for name, values in tried.items():
        for value in values[1:]:
            yield Chosen(since, until, {**first, name: (value,)})


def promql(text: str, chosen: Chosen) -> str:
    """Return PromQL with everything filled in."""
    own = {
        "__rate_interval": _RATE_INTERVAL,
        "__interval": _INTERVAL,
        "__interval_ms": "60000",
        "__range": f"{chosen.seconds}s",
        "__range_s": str(chosen.seconds),
    }
    return _filled(text, chosen, own, "regex")


def lucene(text: str, chosen: Chosen) -> str:
    """Return a Lucene search with everything filled in."""
    return _filled(text, chosen, {}, "lucene")


def trino(sql: str, chosen: Chosen) -> str:
    """Return SQL with everything filled in, as the Trino data source fills in its macros."""
    sql = sql.replace("'$__interval'", f"'{_INTERVAL}'")
    sql = _GROUP.sub(_grouped, sql)
    for macro, value in (("timeFrom", chosen.since), ("timeTo", chosen.until)):
        sql = sql.replace(f"$__{macro}()", f"TIMESTAMP '{value.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}'")
    return _filled(sql, chosen, {}, "sqlstring")


def _grouped(found: re.Match[str]) -> str:
    step = float(seconds(found[2]))
    return f"FROM_UNIXTIME(FLOOR(TO_UNIXTIME({found[1]})/{step:g})*{step:g})"


def _filled(text: str, chosen: Chosen, own: Mapping[str, str], otherwise: str) -> str:
    def value(found: re.Match[str]) -> str:
        name = found[1] or found[3]
        if name in own:
            return own[name]
        values = chosen.values.get(name)
        return found[0] if values is None else formatted(values, found[2] or otherwise)

    return _REFERENCE.sub(value, text)


def formatted(values: Sequence[str], form: str) -> str:
    """Return values in one of Grafana's formats."""
    if form == "sqlstring":
        return literals(values)
    if form == "regex":
        escaped = [_SPECIAL_IN_REGEX.sub(r"\\\g<0>", value) for value in values]
        return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"
    if form == "lucene":
        escaped = [re.sub(r"([!*+\-=<>\s&|()\[\]{}^~?:\\/\"])", r"\\\1", value) for value in values]
        return escaped[0] if len(escaped) == 1 else "(" + " OR ".join(f'"{value}"' for value in escaped) + ")"
    return ",".join(values)
