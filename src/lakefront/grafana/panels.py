"""A panel of a definition -> Grafana's JSON, with options that versions 9.3 to 13 read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from lakefront.config import LookTable
from lakefront.grafana.model import Column, Kind, Link, Panel, Source, Thresholds
from lakefront.grafana.sql import Tables
from lakefront.grafana.targets import OTHER_PANEL, datasource, targets

_TYPES: Final[Mapping[Kind, str]] = {
    Kind.TIMESERIES: "timeseries",
    Kind.STAT: "stat",
    Kind.GAUGE: "gauge",
    Kind.BAR_GAUGE: "bargauge",
    Kind.TABLE: "table",
    Kind.LOGS: "logs",
    Kind.HEATMAP: "heatmap",
    Kind.STATE_TIMELINE: "state-timeline",
    Kind.TEXT: "text",
}
#: The other way round.
KINDS_OF: Final = {name: kind for kind, name in _TYPES.items()}
#: Kinds that show numbers, and so need a unit.
NUMERIC: Final = frozenset({Kind.TIMESERIES, Kind.STAT, Kind.GAUGE, Kind.BAR_GAUGE, Kind.HEATMAP})
#: Kinds whose colour is a judgement, and so need to know what is good.
JUDGED: Final = frozenset({Kind.GAUGE})
#: What is shown around the moment that was clicked.
_MINUTE: Final = 120_000
Json = dict[str, Any]


def panel_json(
    panel: Panel, number: int, place: Json, tables: Tables, look: LookTable, *, others: Mapping[str, int]
) -> Json:
    """Return a panel. `place`: its `gridPos`; `others`: ids of the dashboard's panels by title. Raises as `targets`."""
    made: Json = {
        "id": number,
        "type": _TYPES[panel.kind],
        "title": panel.title,
        "gridPos": place,
        "transparent": panel.kind is Kind.TEXT,
    }
    if panel.description:
        made["description"] = panel.description
    if panel.kind is Kind.TEXT:
        return made | {"options": {"mode": "markdown", "content": panel.text}}
    made |= {
        "datasource": datasource(panel.source) if panel.source else OTHER_PANEL,
        "targets": targets(panel, tables, others),
        "fieldConfig": {"defaults": _defaults(panel, look), "overrides": _overrides(panel, look)},
        "options": _options(panel, look),
    }
    if panel.repeat:
        made |= {"repeat": panel.repeat, "repeatDirection": "h", "maxPerRow": 4}
    changed = _transformations(panel)
    return made | ({"transformations": changed} if changed else {})


def _defaults(panel: Panel, look: LookTable) -> Json:
    said: Json = {"color": _colour(panel, look), "mappings": _mappings(panel, look)}
    if panel.unit:
        said["unit"] = panel.unit
    for key in ("decimals", "min", "max"):
        value = getattr(panel, key)
        if value is not None:
            said[key] = value
    said["thresholds"] = thresholds_json(panel.thresholds, look)
    if panel.kind is Kind.TIMESERIES:
        said["custom"] = _drawn(panel)
        said.setdefault("min", 0)  # a line that does not start at zero lies about sizes
    if panel.kind is Kind.STATE_TIMELINE:
        said["custom"] = {"fillOpacity": 80, "lineWidth": 0}
    if panel.kind is Kind.TABLE:
        said["custom"] = {"align": "auto", "filterable": True}
    if panel.links and panel.kind is not Kind.LOGS:
        said["links"] = [link_json(link) for link in panel.links]
    if panel.kind in (Kind.STAT, Kind.GAUGE):
        said["noValue"] = "none"
    return said


def _colour(panel: Panel, look: LookTable) -> Json:
    if panel.kind is Kind.HEATMAP or panel.kind in (Kind.LOGS, Kind.TABLE):
        return {"mode": "thresholds"}
    if panel.thresholds and panel.kind in (Kind.STAT, Kind.GAUGE, Kind.BAR_GAUGE, Kind.STATE_TIMELINE):
        return {"mode": "thresholds"}
    if panel.kind is Kind.TIMESERIES and (len(panel.queries) > 1 or _many_series(panel)):
        return {"mode": "palette-classic"}
    if panel.kind is Kind.STATE_TIMELINE:
        return {"mode": "thresholds"}
    return {"mode": "fixed", "fixedColor": look.primary}


def _many_series(panel: Panel) -> bool:
    query = panel.queries[0]
    return "{{" in (query.legend or "") or query.series or bool(query.lucene and query.lucene.by)


def thresholds_json(said: Thresholds | None, look: LookTable) -> Json:
    """Return the steps from good to bad; one step where nothing is said."""
    if said is None:
        return {"mode": "absolute", "steps": [{"color": look.primary, "value": None}]}
    bounds = [(said.warning, look.warning), (said.bad, look.bad)]
    given = [(value, colour) for value, colour in bounds if value is not None]
    if not said.falling:
        steps = [(None, look.good), *given]
    else:
        rising = sorted(given, key=lambda item: item[0])
        # From below: what is under the worst bound is bad; each bound opens the next better colour.
        colours = [colour for _, colour in rising] + [look.good]
        steps = [(None, colours[0]), *((value, colours[n + 1]) for n, (value, _) in enumerate(rising))]
    return {"mode": "absolute", "steps": [{"color": colour, "value": value} for value, colour in steps]}


def _mappings(panel: Panel, look: LookTable) -> list[Json]:
    if not panel.words and not panel.colours:
        return []
    options: Json = {}
    for number, (value, word) in enumerate(panel.words.items()):
        options[value] = {"text": word, "index": number}
        if word in panel.colours:
            options[value]["color"] = getattr(look, panel.colours[word])
    return [{"type": "value", "options": options}] if options else []


def _drawn(panel: Panel) -> Json:
    said: Json = {
        "drawStyle": "bars" if panel.bars else "line",
        "lineInterpolation": "linear",
        "lineWidth": 1 if panel.stacked or panel.bars else 2,
        "fillOpacity": 70 if panel.bars else 30 if panel.stacked else 8,
        "gradientMode": "none",
        "showPoints": "never",
        "spanNulls": False,
        "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
        "axisPlacement": "auto",
        "axisLabel": "",
    }
    if panel.thresholds:
        said["thresholdsStyle"] = {"mode": "dashed"}
    return said


def _overrides(panel: Panel, look: LookTable) -> list[Json]:
    made: list[Json] = []
    fixed = _static_legends(panel)
    for number, name in enumerate(fixed):
        chosen = getattr(look, panel.colours[name]) if name in panel.colours else look.series[number % len(look.series)]
        made.append(_override(name, [("color", {"mode": "fixed", "fixedColor": chosen})]))
    if panel.kind is Kind.TIMESERIES:
        for name, colour in panel.colours.items():
            if name not in fixed:
                made.append(_override(name, [("color", {"mode": "fixed", "fixedColor": getattr(look, colour)})]))
    made += [_override(name, _column(column, look)) for name, column in panel.columns.items()]
    return made


def _static_legends(panel: Panel) -> list[str]:
    """Return the names of the series, where they are known beforehand and there are several."""
    names = [query.legend for query in panel.queries if query.legend and "{{" not in query.legend]
    several = panel.kind is Kind.TIMESERIES and len(names) > 1 and len(names) == len(panel.queries)
    return names if several else []


def _override(name: str, properties: Sequence[tuple[str, Any]]) -> Json:
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [{"id": key, "value": value} for key, value in properties],
    }


def _column(column: Column, look: LookTable) -> list[tuple[str, Any]]:
    said: list[tuple[str, Any]] = []
    if column.title:
        said.append(("displayName", column.title))
    if column.unit:
        said.append(("unit", column.unit))
    if column.decimals is not None:
        said.append(("decimals", column.decimals))
    if column.width:
        said.append(("custom.width", column.width))
    if column.thresholds:
        said.append(("thresholds", thresholds_json(column.thresholds, look)))
    if column.show == "bar":
        # Both names: `displayMode` is what 9 reads, `cellOptions` what later ones do.
        said += [
            ("custom.displayMode", "gradient-gauge"),
            ("custom.cellOptions", {"type": "gauge", "mode": "gradient"}),
        ]
        said.append(("color", {"mode": "thresholds"}))
    if column.show == "coloured":
        said += [("custom.displayMode", "color-text"), ("custom.cellOptions", {"type": "color-text"})]
        said.append(("color", {"mode": "thresholds"}))
    if column.hidden:
        said.append(("custom.hidden", True))
    if column.links:
        said.append(("links", [link_json(link) for link in column.links]))
    return said


def link_json(link: Link) -> Json:
    """Return a link of a point or a cell."""
    if link.url:
        return {"title": link.title, "url": link.url, "targetBlank": True}
    time = f"time=${{__value.time}}&time.window={_MINUTE}" if link.at == "minute" else "${__url_time_range}"
    variables = "".join(f"&var-{name}={_in_url(value)}" for name, value in link.set.items())
    return {"title": link.title, "url": f"/d/{link.dashboard}?{time}{variables}", "targetBlank": False}


def _in_url(value: str) -> str:
    """Return a value for an address: a variable is written so that Grafana encodes what it holds."""
    named = re.fullmatch(r"\$(\w+)", value)
    return f"${{{named[1]}:percentencode}}" if named else quote(value, safe="${}:._")


def _options(panel: Panel, look: LookTable) -> Json:
    calculation = {"newest": "lastNotNull", "sum": "sum", "count": "count"}[panel.total]
    field = panel.queries[0].field
    reduced: Json = {"values": False, "calcs": [calculation], "fields": f"/^{field}$/" if field else ""}
    if panel.kind is Kind.BAR_GAUGE and panel.source in (Source.TRINO, Source.OPENSEARCH):
        reduced = {"values": True, "calcs": [], "fields": "", "limit": 25}
    made: dict[Kind, Json] = {
        Kind.TIMESERIES: {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        Kind.STAT: {
            "reduceOptions": reduced,
            "colorMode": "value",
            "graphMode": "area" if panel.source in (Source.PROMETHEUS, Source.OPENSEARCH) else "none",
            "justifyMode": "auto",
            "orientation": "auto",
            "textMode": "auto",
        },
        Kind.GAUGE: {"reduceOptions": reduced, "showThresholdLabels": False, "showThresholdMarkers": True},
        Kind.BAR_GAUGE: {
            "reduceOptions": reduced,
            "displayMode": "basic",
            "orientation": "horizontal",
            "showUnfilled": True,
            "minVizHeight": 10,
            "minVizWidth": 0,
        },
        Kind.TABLE: {
            "showHeader": True,
            "cellHeight": "sm",
            "footer": {"show": False, "reducer": ["sum"], "fields": ""},
        },
        Kind.LOGS: {
            "showTime": True,
            "showLabels": False,
            "showCommonLabels": False,
            "wrapLogMessage": True,
            "prettifyLogMessage": False,
            "enableLogDetails": True,
            "dedupStrategy": "none",
            "sortOrder": "Descending",
        },
        Kind.HEATMAP: {
            "calculate": False,
            "color": {"mode": "opacity", "fill": look.primary, "scale": "exponential", "exponent": 0.5, "steps": 64},
            "cellGap": 1,
            "yAxis": {"axisPlacement": "left", "unit": panel.unit or "short"},
            "rowsFrame": {"layout": "auto"},
            "legend": {"show": True},
            "tooltip": {"show": True, "yHistogram": False},
            "filterValues": {"le": 1e-9},
            "exemplars": {"color": look.accent},
            "showValue": "never",
        },
        Kind.STATE_TIMELINE: {
            "mergeValues": True,
            "showValue": "never",
            "alignValue": "center",
            "rowHeight": 0.85,
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "single", "sort": "none"},
        },
    }
    return made[panel.kind]


def _transformations(panel: Panel) -> list[Json]:
    """Return what turns answers of Prometheus into a table with one row for each series."""
    if panel.kind is not Kind.TABLE or panel.source is not Source.PROMETHEUS:
        return []
    made: list[Json] = [{"id": "merge", "options": {}}]
    hidden = {"Time": True, "__name__": True}
    titles = {f"Value #{chr(ord('A') + n)}": query.legend for n, query in enumerate(panel.queries) if query.legend}
    if len(panel.queries) == 1 and panel.queries[0].legend:
        titles = {"Value": panel.queries[0].legend}
    return [*made, {"id": "organize", "options": {"excludeByName": hidden, "indexByName": {}, "renameByName": titles}}]
