"""Rules about what a person writes: titles, units, descriptions, thresholds, legends, times, variables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lakefront.errors import did_you_mean
from lakefront.grafana.model import Dashboard, Kind, PanelQuery, Thresholds
from lakefront.grafana.panels import NUMERIC
from lakefront.grafana.sql import variables_of
from lakefront.grafana.validate.problem import Problem, Severity
from lakefront.grafana.validate.rule import Bundle, Rule

_OWN_TIME: Final = re.compile(r"(?i)\b(now\s*\(|current_(?:date|timestamp|time)\b|localtimestamp\b|interval\s*')")
_LABEL: Final = re.compile(r"\{\{.+?\}\}")
#: Parts of a whole, which are judged wherever they are one number.
_SHARES: Final = frozenset({"percent", "percentunit"})


class UniqueTitles(Rule):
    """Titles tell things apart: of dashboards in the bundle, of panels in a dashboard."""

    name = "unique-title"
    about = "Dashboards have titles of their own, and so have the panels of a dashboard."

    def check(self, bundle: Bundle) -> Iterator[Problem]:
        dashboards: set[str] = set()
        for source, said in bundle.definitions.dashboards:
            if said.title in dashboards:
                what = f"another dashboard is called '{said.title}'"
                yield self.broken(what, source.at_value(("title",)), "give this one a title of its own", said.accept)
            dashboards.add(said.title)
        panels: set[tuple[str, str]] = set()
        for here, panel, said in bundle.panels():
            if (said.uid, panel.title) in panels:
                what = f"another panel of this dashboard is called '{panel.title}'"
                yield self.broken(what, here.at("title"), "say in the title what differs", here.accepted)
            panels.add((said.uid, panel.title))


class Units(Rule):
    """A number without a unit is not read rightly at night."""

    name = "unit"
    about = "Every panel that shows numbers has a unit; `short` or `none` where there is none."

    def check(self, bundle: Bundle) -> Iterator[Problem]:
        for here, panel, _ in bundle.panels():
            if panel.kind in NUMERIC and not panel.unit:
                yield self.broken(
                    f"'{panel.title}' shows numbers without a unit", here.at("title"),
                    "add `unit:`, such as s, bytes, percentunit, short", here.accepted,
                )  # fmt: skip


class Descriptions(Rule):
    """Whoever is called at night did not build the dashboard."""

    name = "description"
    about = "Every panel but a text, and every variable, has a description."

    def check(self, bundle: Bundle) -> Iterator[Problem]:
        fix = "add `description:`: what it is, and when it wants looking at"
        for here, panel, _ in bundle.panels():
            if panel.kind is not Kind.TEXT and not panel.description:
                yield self.broken(f"'{panel.title}' has no description", here.at("title"), fix, here.accepted)
        for here, variable, _ in bundle.variables():
            if not variable.description:
                yield self.broken(f"'{variable.name}' has no description", here.at("name"), fix, here.accepted)


class ThresholdsSaid(Rule):
    """A colour is a judgement: what judges has to say by what."""

    name = "thresholds"
    about = "Gauges, and single numbers that are a share of a whole, say from when on they are bad."

    def check(self, bundle: Bundle) -> Iterator[Problem]:
        for here, panel, _ in bundle.panels():
            judged = panel.kind is Kind.GAUGE or (panel.kind is Kind.STAT and panel.unit in _SHARES)
            if judged and (panel.thresholds is None or panel.thresholds == Thresholds()):
                yield self.broken(
                    f"nothing says from when on '{panel.title}' is bad", here.at("title"),
                    "add `thresholds: {warning: …, bad: …}`, or show it as a stat of another unit", here.accepted,
                )  # fmt: skip


class Legends(Rule):
    """Lines that cannot be told apart say nothing."""

    name = "legend"
    about = "Where a panel draws several queries of Prometheus, or a sum by labels, each line has a name."

    def check(self, bundle: Bundle) -> Iterator[Problem]:
        for here, panel, _ in bundle.panels():
            if panel.kind not in (Kind.TIMESERIES, Kind.BAR_GAUGE, Kind.STATE_TIMELINE):
                continue
            for number, query in enumerate(panel.queries):
                if query.promql and query.legend is None:
                    yield self.broken(
                        f"a line of '{panel.title}' has no name", here.at("queries", number),
                        'add `legend:`, such as "{{instance}}" or words', here.accepted,
                    )  # fmt: skip


class DefaultTimes(Rule):
    """What is shown is what stands at the top right, and nothing else."""

    name = "hidden-time"
    about = "No panel has a time range of its own that is not seen: SQL takes `$__timeFilter`, and no `now()`."

    def check(self, bundle: Bundle) -> Iterator[Problem]:
        for here, panel, _ in bundle.panels():
            for number, query in enumerate(panel.queries):
                found = _OWN_TIME.search(query.sql or (query.each_table.sql if query.each_table else ""))
                if found:
                    yield self.broken(
                        f"'{panel.title}' has a time of its own: {found[0].strip()}…", here.at("queries", number),
                        "use $__timeFilter(column), or $__timeFrom() and $__timeTo()", here.accepted,
                    )  # fmt: skip


class Limits(Rule):
    """A table that nobody reads to its end must not fetch everything."""

    name = "row-limit"
    about = "A table by SQL that lists rows has a LIMIT."
    severity = Severity.WARNING

    def check(self, bundle: Bundle) -> Iterator[Problem]:
        for here, panel, _ in bundle.panels():
            for number, query in enumerate(panel.queries):
                lists = panel.kind is Kind.TABLE and query.sql and not re.search(r"(?i)\bgroup\s+by\b", query.sql)
                if lists and not re.search(r"(?i)\blimit\s+\d+", query.sql or ""):
                    yield self.broken(
                        f"'{panel.title}' may fetch any number of rows", here.at("queries", number),
                        "end the SQL with LIMIT and a number", here.accepted,
                    )  # fmt: skip


class KnownVariables(Rule):
    """A misspelt variable is taken for text, and finds nothing."""

    name = "variable"
    about = "Variables that are used exist, and variables that exist are used."

    def check(self, bundle: Bundle) -> Iterator[Problem]:
        for source, said in bundle.definitions.dashboards:
            used = set[str]()
            known = {variable.name for variable in said.variables}
            for number, row in enumerate(said.rows):
                for place, panel in enumerate(row.panels):
                    for count, query in enumerate(panel.queries):
                        names = _used(query)
                        used |= names
                        for name in sorted(names - known):
                            yield self.broken(
                                f"there is no variable '{name}'.{did_you_mean(name, known)}",
                                source.at_value(("rows", number, "panels", place, "queries", count)),
                                "add it to `variables`, or correct the name", (*panel.accept, *said.accept),
                            )  # fmt: skip
                    used |= {panel.repeat} if panel.repeat else set()
            used |= _used_by_variables(said)
            for number, variable in enumerate(said.variables):
                if variable.name not in used:
                    yield self.broken(
                        f"nothing uses the variable '{variable.name}'", source.at_value(("variables", number, "name")),
                        f"use ${variable.name} in a query, or remove it", (*variable.accept, *said.accept),
                    )  # fmt: skip


def _used(query: PanelQuery) -> set[str]:
    each = query.each_table
    texts = (query.promql, query.sql, query.where, query.having, query.lucene.search if query.lucene else None)
    more = (each.sql, each.where) if each else ()
    return {name for text in (*texts, *more) if text for name in variables_of(text)}


def _used_by_variables(said: Dashboard) -> set[str]:
    texts = [text for variable in said.variables for text in (variable.promql, variable.sql) if text]
    return {name for text in texts for name in variables_of(text)}
