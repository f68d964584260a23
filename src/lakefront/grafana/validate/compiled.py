"""Rules about what Grafana gets: compiled dashboards, and those that were made by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from lakefront.grafana.targets import OTHER_PANEL
from lakefront.grafana.validate.problem import Problem, Severity
from lakefront.grafana.validate.rule import Bundle, Rule

_BY_VARIABLE: Final = re.compile(r"\$\{?\w+\}?")
_ADDRESS: Final = re.compile(r"(?i)\bhttps?://[^\s\"')]+|\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b")
#: Grafana's own, which are the same everywhere.
_BUILT_IN: Final = frozenset({OTHER_PANEL["uid"], "-- Grafana --", "-- Mixed --", "__expr__", "grafana"})
#: What panels of Grafana 9.3 to 13 can be.
_TYPES: Final = frozenset({
    "row", "text", "timeseries", "stat", "gauge", "bargauge", "table", "logs", "heatmap", "state-timeline",
    "status-history", "barchart", "histogram", "piechart", "news", "dashlist", "alertlist", "annolist", "nodeGraph",
    "geomap", "canvas", "xychart", "candlestick", "traces", "flamegraph",
})  # fmt: skip
Json = Mapping[str, Any]


def panels_of(dashboard: Json) -> Iterator[Json]:
    """Yield all panels of a dashboard, those in closed rows too."""
    for panel in cast("list[Json]", dashboard.get("panels") or []):
        yield panel
        yield from cast("list[Json]", panel.get("panels") or [])


class SourcesByVariable(Rule):
    """A data source that is named by its uid is there in one Grafana only."""

    name = "source-by-variable"
    about = "Panels, queries and variables name their data source by a variable."

    def check(self, bundle: Bundle) -> Iterator[Problem]:
        for where, dashboard in bundle.compiled.values():
            variables = cast("list[Json]", cast("Json", dashboard.get("templating") or {}).get("list") or [])
            for thing in (*panels_of(dashboard), *variables):
                for one in (thing, *cast("list[Json]", thing.get("targets") or [])):
                    named = one.get("datasource")
                    uid = cast("Json", named).get("uid") if isinstance(named, Mapping) else named
                    if uid and uid not in _BUILT_IN and not _BY_VARIABLE.fullmatch(str(uid)):
                        title = thing.get("title") or thing.get("name")
                        yield self.broken(
                            f"'{title}' names the data source '{uid}' itself", where,
                            "choose a variable of the kind `data source` there, such as ${ds_prometheus}",
                        )  # fmt: skip


class NoAddress(Rule):
    """An address is right in one environment only."""

    name = "address"
    about = "No dashboard holds an address; links lead to paths of Grafana, or are said in the environment."

    def check(self, bundle: Bundle) -> Iterator[Problem]:
        for where, dashboard in bundle.compiled.values():
            for path, text in _texts(dashboard, ()):
                found = _ADDRESS.search(text)
                if found and path[-1] not in ("description", "content"):
                    yield self.broken(
                        f"an address stands in {'.'.join(path)}: {found[0]}", where, "link to a path, such as /d/logs"
                    )


def _texts(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, inner in cast("Json", value).items():
            yield from _texts(inner, (*path, str(key)))
    elif isinstance(value, list):
        for number, inner in enumerate(cast("list[Any]", value)):
            yield from _texts(inner, (*path, str(number)))


class ClassicModel(Rule):
    """What Grafana 9.3 to 13 read: panels they have, ids that are single, places that do not overlap."""

    name = "classic-model"
    about = (
        "Dashboards keep to the classic JSON: known panels, an id for each, no two at one place, no time of its own."
    )

    def check(self, bundle: Bundle) -> Iterator[Problem]:
        for where, dashboard in bundle.compiled.values():
            if not isinstance(dashboard.get("schemaVersion"), int) or "spec" in dashboard:
                what = "this is not the classic form of a dashboard"
                yield self.broken(what, where, "export it as classic JSON (not as a resource of version 2)")
                continue
            ids = set[object]()
            for panel in panels_of(dashboard):
                yield from self._panel(panel, ids, where)
            for upper, lower in _overlaps(cast("list[Json]", dashboard.get("panels") or [])):
                what = f"'{upper.get('title')}' and '{lower.get('title')}' stand at one place"
                yield self.broken(what, where, "move one of them")

    def _panel(self, panel: Json, ids: set[object], where: Any) -> Iterator[Problem]:
        title = panel.get("title") or panel.get("id")
        if panel.get("type") not in _TYPES:
            what = f"'{title}' is of the kind '{panel.get('type')}', which not every Grafana has"
            yield self.broken(what, where, f"use one of: {', '.join(sorted(_TYPES))}")
        if panel.get("id") in ids:
            yield self.broken(f"another panel has the id of '{title}': {panel.get('id')}", where, "give it a free one")
        ids.add(panel.get("id"))
        for key in ("timeFrom", "timeShift"):
            if panel.get(key):
                what = f"'{title}' shows another time than the dashboard ({key}: {panel[key]})"
                yield self.broken(what, where, "remove it, or make a dashboard of that time")


def _overlaps(panels: list[Json]) -> Iterator[tuple[Json, Json]]:
    boxes = [(panel, cast("dict[str, int]", panel.get("gridPos") or {})) for panel in panels]
    for number, (one, first) in enumerate(boxes):
        for other, second in boxes[number + 1 :]:
            if not first or not second:
                continue
            apart = (
                first["x"] + first["w"] <= second["x"] or second["x"] + second["w"] <= first["x"]
                or first["y"] + first["h"] <= second["y"] or second["y"] + second["h"] <= first["y"]
            )  # fmt: skip
            if not apart:
                yield one, other


class TimeSaid(Rule):
    """A dashboard that is opened shows what it says it shows."""

    name = "time-range"
    about = "Every dashboard says which time it opens with, back from now, and refreshes each 10 s at most."

    def check(self, bundle: Bundle) -> Iterator[Problem]:
        for where, dashboard in bundle.compiled.values():
            time = cast("Json", dashboard.get("time") or {})
            if not str(time.get("from", "")).startswith("now"):
                yield self.broken("the time that is shown first is not said", where, "add `time: {since: now-6h}`")
            refresh = str(dashboard.get("refresh") or "")
            if re.fullmatch(r"[1-9]s|\d+ms", refresh):
                yield self.broken(f"it asks anew each {refresh}", where, "refresh each 10s at most")


class Described(Rule):
    """Somebody who opens it for the first time should know what for."""

    name = "dashboard-description"
    about = "Every dashboard, also one made by hand, has a description."
    severity = Severity.WARNING

    def check(self, bundle: Bundle) -> Iterator[Problem]:
        for where, dashboard in bundle.compiled.values():
            if not str(dashboard.get("description") or "").strip():
                yield self.broken("the dashboard has no description", where, "say in its settings what it is for")
