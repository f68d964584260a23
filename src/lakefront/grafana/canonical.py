"""A dashboard as it is compared: without what Grafana adds by itself, and with things under names instead of places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from lakefront.versions.plain import listed, mapping

#: Counted or written by the server, or brought up to date by the browser that saves.
_SERVERS: Final = frozenset({"id", "version", "iteration", "gnetId", "schemaVersion", "style", "liveNow", "weekStart"})
_BROWSERS: Final = frozenset({"pluginVersion", "preload", "fiscalYearStartMonth", "timepicker"})
#: What somebody chose last, and the values that were there to choose from.
_CHOSEN: Final = ("current", "options")
Json = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """One dashboard in the form in which it is compared. `name`: below `grafana_dashboards`; `key`: its uid."""

    name: str
    key: str
    data: Mapping[str, Any]

    @property
    def title(self) -> str:
        """The name that people see."""
        return str(self.data.get("title") or self.key)


Entries = Mapping[str, Entry]


def canonical(dashboard: Mapping[str, Any]) -> Json:
    """Return what a dashboard says, so that two that show the same are equal."""
    made = {key: value for key, value in dashboard.items() if key not in _SERVERS | _BROWSERS}
    made["panels"] = {_name(panel): _panel(panel) for panel in _all_panels(dashboard)}
    templating = mapping(made.pop("templating", None))
    made["variables"] = {str(item.get("name")): _variable(mapping(item)) for item in listed(templating.get("list"))}
    annotations = listed(mapping(made.pop("annotations", None)).get("list"))
    # Grafana adds its own, of alerts, to every dashboard.
    made["annotations"] = [item for item in annotations if not mapping(item).get("builtIn")]
    made["links"] = {str(mapping(item).get("title")): mapping(item) for item in listed(made.get("links"))}
    return _filled(made)


def _says_nothing(value: Any) -> bool:
    """Say whether a value is as one that is not there; zero says something."""
    return value is None or value is False or (isinstance(value, str | list | dict) and not value)


def _all_panels(dashboard: Mapping[str, Any]) -> list[Json]:
    found: list[Json] = []
    for item in listed(dashboard.get("panels")):
        panel = mapping(item)
        found.append({key: value for key, value in panel.items() if key != "panels"})
        found += [{**mapping(inner), "row": panel.get("id")} for inner in listed(panel.get("panels"))]
    return found


def _name(panel: Mapping[str, Any]) -> str:
    return str(panel.get("id"))


def _panel(panel: Json) -> Json:
    made = {key: value for key, value in panel.items() if key not in ("id", *_BROWSERS)}
    if "targets" in made:
        made["targets"] = {str(mapping(item).get("refId")): mapping(item) for item in listed(made["targets"])}
    return made


def _variable(said: Json) -> Json:
    left_out = _CHOSEN if said.get("type") in ("query", "datasource", "textbox", "custom", "interval") else ()
    return {key: value for key, value in said.items() if key not in left_out}


def _filled(value: Any) -> Any:
    """Return data without what says nothing: a key that is empty is as one that is not there."""
    if isinstance(value, dict):
        inner = {key: _filled(item) for key, item in cast("Json", value).items()}
        return {key: item for key, item in inner.items() if not _says_nothing(item)}
    if isinstance(value, list):
        return [_filled(item) for item in cast("list[Any]", value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
