"""A definition -> Grafana's classic dashboard JSON, the same for the same definition."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any, Final

from lakefront.config import LookTable
from lakefront.errors import BadFilesError, BadInputError
from lakefront.grafana.model import COLUMNS, Dashboard, Panel, Source, Variable
from lakefront.grafana.panels import Json, panel_json
from lakefront.grafana.sql import SqlError, Tables, qualified
from lakefront.grafana.targets import NAMES, PLUGINS, UIDS, datasource, variable_of
from lakefront.semantic.source import Path_
from lakefront.semantic.source import Source as YamlSource

#: What Grafana 9.3 writes; later versions read it and bring it up to date.
SCHEMA_VERSION: Final = 37
TAG: Final = "lakefront"
#: Panels without an id of their own have one from here on, rows one above all of them.
_FIRST: Final = 1_000
_SPAN: Final = 98_000
_ROW_NUMBERS: Final = 100_000
_REFRESH_ON_LOAD: Final = 1
_REFRESH_ON_TIME: Final = 2


class CompileError(BadFilesError):
    """All that cannot be compiled of the definitions, in the order of the files. The error itself is the first."""


def text_of(dashboard: Mapping[str, Any]) -> str:
    """Return a dashboard as the text of its file."""
    return json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n"


def compile_dashboard(
    source: YamlSource,
    said: Dashboard,
    tables: Tables,
    look: LookTable,
    titles: Mapping[str, str],
    *,
    absent: Set[str] = frozenset(),
) -> Json:
    """Return a dashboard. `titles`: of all dashboards, by uid. Raises CompileError with all that is wrong.

    `absent`: what `present_when` asks for and is not there; rows of it are left out.
    """
    return _Compiler(source, said, tables, look, titles, absent=absent).dashboard()


def numbers_of(said: Dashboard) -> list[int]:
    """Return the id of each panel, in order: its own, else one of its title, so that it stays when panels move."""
    taken = {panel.id for panel in said.panels if panel.id is not None}
    found: list[int] = []
    for panel in said.panels:
        number = panel.id if panel.id is not None else zlib.crc32(panel.title.encode()) % _SPAN + _FIRST
        while panel.id is None and number in taken:
            number += 1
        taken.add(number)
        found.append(number)
    return found


def placed(panels: Sequence[Panel], top: int) -> tuple[list[Json], int]:
    """Return where panels stand, from left to right and line by line from `top`, and the first free line."""
    places: list[Json] = []
    left, height = 0, 0
    for panel in panels:
        if left + panel.width > COLUMNS:
            top, left, height = top + height, 0, 0
        places.append({"h": panel.height, "w": panel.width, "x": left, "y": top})
        left += panel.width
        height = max(height, panel.height)
    return places, top + height


class _Compiler:
    def __init__(
        self,
        source: YamlSource,
        said: Dashboard,
        tables: Tables,
        look: LookTable,
        titles: Mapping[str, str],
        *,
        absent: Set[str],
    ) -> None:
        self.source = source
        self.said = said
        self.tables = tables
        self.look = look
        self.titles = titles
        self.absent = absent
        self.others = {panel.title: number for panel, number in zip(said.panels, numbers_of(said), strict=True)}
        self.problems: list[BadInputError] = []

    def dashboard(self) -> Json:
        said = self.said
        made: Json = {
            "uid": said.uid,
            "title": said.title,
            "description": said.description,
            "tags": [TAG, *said.tags],
            "editable": True,
            "graphTooltip": 1,
            "links": self._links(),
            "annotations": {"list": []},
            "panels": self._panels(),
            "refresh": said.refresh or "",
            "schemaVersion": SCHEMA_VERSION,
            "style": "dark",
            "templating": {"list": self._variables()},
            "time": {"from": said.time.since, "to": said.time.until},
            "timepicker": {},
            "timezone": "browser",
            "version": 1,
            "weekStart": "",
            "fiscalYearStartMonth": 0,
            "liveNow": False,
        }
        if self.problems:
            raise CompileError(self.problems)
        return made

    def _links(self) -> list[Json]:
        made: list[Json] = []
        for number, uid in enumerate(self.said.links):
            if uid not in self.titles:
                self._refuse(
                    "grafana-link", f"there is no dashboard '{uid}'", ("links", number), "name the uid of another one"
                )
                continue
            made.append({
                "type": "link", "title": self.titles[uid], "url": f"/d/{uid}", "icon": "dashboard", "tags": [],
                "tooltip": "", "asDropdown": False, "includeVars": False, "keepTime": True, "targetBlank": False,
            })  # fmt: skip
        return made

    def _panels(self) -> list[Json]:
        made: list[Json] = []
        numbers = iter(numbers_of(self.said))
        top = 0
        for place, row in enumerate(self.said.rows):
            ids = [next(numbers) for _ in row.panels]
            if row.present_when in self.absent:
                continue
            grid = {"h": 1, "w": COLUMNS, "x": 0, "y": top}
            places, end = placed(row.panels, top + 1)
            inside = list(self._row(place, row.panels, places, ids))
            made.append({
                "id": _ROW_NUMBERS + place, "type": "row", "title": row.title, "collapsed": row.collapsed,
                "gridPos": grid, "panels": inside if row.collapsed else [],
            })  # fmt: skip
            made += [] if row.collapsed else inside
            top = top + 1 if row.collapsed else end
        return made

    def _row(self, place: int, panels: Sequence[Panel], places: Sequence[Json], ids: Sequence[int]) -> Iterator[Json]:
        for number, (panel, grid) in enumerate(zip(panels, places, strict=True)):
            path: Path_ = ("rows", place, "panels", number)
            for count, link in enumerate(panel.links):
                self._known_link(link.dashboard, (*path, "links", count, "dashboard"))
            for name, column in panel.columns.items():
                for count, link in enumerate(column.links):
                    self._known_link(link.dashboard, (*path, "columns", name, "links", count, "dashboard"))
            try:
                yield panel_json(panel, ids[number], grid, self.tables, self.look, others=self.others)
            except SqlError as error:
                fix = "correct the SQL; `lakefront grafana validate` runs it"
                self._refuse("grafana-sql", str(error), (*path, "queries", 0), fix)
            except BadInputError as error:
                self._refuse(error.code, error.what, (*path, "queries", 0), error.fix)

    def _known_link(self, uid: str | None, path: Path_) -> None:
        if uid is not None and uid not in self.titles:
            self._refuse("grafana-link", f"there is no dashboard '{uid}'", path, "name the uid of another one")

    def _refuse(self, code: str, what: str, path: Path_, fix: str) -> None:
        self.problems.append(BadInputError(code, what, where=self.source.at_value(path), fix=fix))

    def _variables(self) -> list[Json]:
        made = [_datasource_variable(source) for source in self.said.sources]
        for number, variable in enumerate(self.said.variables):
            try:
                made.append(_variable(variable, self.tables))
            except SqlError as error:
                self._refuse("grafana-sql", str(error), ("variables", number, "sql"), "correct the SQL")
        return made


def _datasource_variable(source: Source) -> Json:
    return {
        "name": variable_of(source), "label": source.value.capitalize(), "type": "datasource",
        "query": PLUGINS[source], "regex": "", "hide": 2, "multi": False, "includeAll": False, "refresh": 1,
        "options": [], "skipUrlSync": False,
        "current": {"selected": False, "text": NAMES[source], "value": UIDS[source]},
    }  # fmt: skip


def _variable(said: Variable, tables: Tables) -> Json:
    made: Json = {"name": said.name, "label": said.label, "hide": 0, "skipUrlSync": False}
    if said.description:
        made["description"] = said.description
    chosen = _chosen(said)
    listed = tables.each if said.tables else said.values
    if listed:
        options = [{"selected": value == chosen.get("value"), "text": value, "value": value} for value in listed]
        made |= {"type": "custom", "query": ",".join(listed), "options": options, **_several(said)}
        return made | {"current": chosen}
    if said.source is None:
        text = said.default or ""
        option = {"selected": True, "text": text, "value": text}
        return made | {"type": "textbox", "query": text, "current": option, "options": [option]}
    made |= {"type": "query", "datasource": datasource(said.source), "regex": "", "sort": 1, "options": []}
    made |= {"definition": said.promql or "", "refresh": _REFRESH_ON_TIME, **_several(said), "current": chosen}
    if said.promql:
        return made | {"query": {"query": said.promql, "refId": f"Variable{said.name}"}}
    sql = qualified(said.sql or "", tables)
    return made | {"query": {"rawSQL": sql, "format": 1, "refId": f"Variable{said.name}"}, "definition": sql}


def _several(said: Variable) -> Json:
    return {"multi": said.multi, "includeAll": said.all, **({"allValue": None} if said.all else {})}


def _chosen(said: Variable) -> Json:
    if said.all and said.default is None:
        return {"selected": True, "text": ["All"], "value": ["$__all"]} if said.multi else {
            "selected": True, "text": "All", "value": "$__all"
        }  # fmt: skip
    value = said.default or (said.values[0] if said.values else "")
    return {"selected": True, "text": value, "value": value} if value else {}
