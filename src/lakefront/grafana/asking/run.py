"""All queries of dashboards, variables and alerts, run on the sources that are there."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from lakefront.config import Settings
from lakefront.errors import LakefrontError
from lakefront.grafana.alerts import alert_query, seconds
from lakefront.grafana.asking.interpolate import Chosen, choices, moment
from lakefront.grafana.asking.sources import Asked, connect, present
from lakefront.grafana.load import Definitions
from lakefront.grafana.model import Dashboard, Source
from lakefront.grafana.sql import Tables, qualified
from lakefront.grafana.targets import targets

#: How many queries run at once: a check must not be what makes a lake slow.
AT_ONCE: Final = 3


class State(StrEnum):
    """How a query ended. SKIPPED: its source, or what it is about, is not there."""

    OK = "ok"
    EMPTY = "empty"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Result:
    """One query. `where`: the dashboard, or the group of alerts; `with_`: the values of variables."""

    where: str
    kind: str
    name: str
    source: Source
    state: State
    says: str = ""
    milliseconds: int = 0
    rows: int = 0
    with_: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        said = {key: getattr(self, key) for key in ("where", "kind", "name", "says", "milliseconds", "rows")}
        values = {name: list(values) for name, values in self.with_.items()}
        return {**said, "source": self.source.value, "state": self.state.value, "with": values}


@dataclass(frozen=True)
class Item:
    """Something that asks. `missing`: why it is not asked at all."""

    where: str
    kind: str
    name: str
    source: Source
    chosen: Chosen
    ask: Callable[[Asked], int]
    missing: str = ""


def run(
    settings: Settings,
    definitions: Definitions,
    tables: Tables,
    report: Callable[[int, int], None],
    *,
    only: Sequence[str] = (),
) -> list[Result]:
    """Ask everything, in the order of the files. `only`: uids of dashboards; empty for all, alerts too.

    `report(done, of)` is called as answers come. What a source says is in the results; nothing of it is raised.
    """
    now = dt.datetime.now(dt.UTC)
    items = list(_items(settings, definitions, tables, now, only))
    sources: dict[Source, Asked | str] = {}
    for source in dict.fromkeys(item.source for item in items):
        try:
            sources[source] = connect(settings, source)
        except LakefrontError as error:
            sources[source] = error.what
    results: dict[int, Result] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = {pool.submit(_asked, item, sources[item.source]): number for number, item in enumerate(items)}
        for done in as_completed(waiting):
            results[waiting[done]] = done.result()
            report(len(results), len(items))
    return [results[number] for number in sorted(results)]


def _asked(item: Item, source: Asked | str) -> Result:
    named = (item.where, item.kind, item.name, item.source)
    if item.missing or isinstance(source, str):
        said = item.missing or f"{item.source} is not there: {source}"
        return Result(*named, State.SKIPPED, said, with_=item.chosen.values)
    began = time.monotonic()
    try:
        rows = item.ask(source)
    except LakefrontError as error:
        return Result(*named, State.ERROR, error.what, _since(began), with_=item.chosen.values)
    return Result(*named, State.OK if rows else State.EMPTY, "", _since(began), rows, item.chosen.values)


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _items(
    settings: Settings, definitions: Definitions, tables: Tables, now: dt.datetime, only: Sequence[str]
) -> Iterator[Item]:
    dashboards = [said for _, said in definitions.dashboards if not only or said.uid in only]
    conditions = {query for said in dashboards for query in conditions_of(said)}
    there, unknown = present(settings, conditions, Chosen(now, now))
    for said in dashboards:
        for chosen in choices(said, now, tables.each):
            yield from _of_dashboard(said, chosen, tables, there, unknown)
    for _, file in definitions.alerts if not only else ():
        for rule in file.rules:
            target = alert_query(rule, tables)
            chosen = Chosen(now - dt.timedelta(seconds=seconds(rule.window)), moment("now", now))
            yield Item(file.group, "alert", rule.title, rule.source, chosen, _count(target, chosen))


def conditions_of(said: Dashboard) -> Iterator[str]:
    """Yield what has to be there for a dashboard and its rows."""
    for item in (said, *said.rows):
        if item.present_when:
            yield item.present_when


def _of_dashboard(
    said: Dashboard, chosen: Chosen, tables: Tables, there: set[str], unknown: str | None
) -> Iterator[Item]:
    absent = _missing(said.present_when, there, unknown)
    for variable in said.variables:
        if variable.source is None:
            continue
        query = variable.promql or qualified(variable.sql or "", tables)
        yield Item(said.uid, "variable", variable.name, variable.source, chosen, _values(query, chosen), absent)
    for row in said.rows:
        missing = absent or _missing(row.present_when, there, unknown)
        for panel in row.panels:
            if panel.source is None:
                continue
            for target in targets(panel, tables, {}):
                name = panel.title if len(panel.queries) == 1 else f"{panel.title} {target['refId']}"
                yield Item(said.uid, "panel", name, panel.source, chosen, _count(target, chosen), missing)


def _missing(condition: str | None, there: set[str], unknown: str | None) -> str:
    if not condition or condition in there:
        return ""
    return unknown or f"there is no metric {condition}"


def _count(target: Mapping[str, Any], chosen: Chosen) -> Callable[[Asked], int]:
    return lambda source: source.count(target, chosen)


def _values(query: str, chosen: Chosen) -> Callable[[Asked], int]:
    return lambda source: source.values(query, chosen)
