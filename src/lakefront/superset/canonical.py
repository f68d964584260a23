"""An asset as Superset exports it, as git keeps it, and as Superset imports it: each made of the others.

The law: what is canonical comes back unchanged from import, export and `from_export`. `owners`, `tags`, `theme`,
`roles` and `embedded`, which the import does not take, are not part of it: they are read and set by REST.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from lakefront.semantic.emit.superset_form import COLUMN_DEFAULTS, DATASET_DEFAULTS, METRIC_DEFAULTS, tidy_dataset
from lakefront.superset.control_defaults import without_control_defaults
from lakefront.superset.environment import here, in_bundle
from lakefront.superset.layout import to_layout, to_position
from lakefront.superset.metadata import canonical_metadata, metadata_for_import, to_canonical, to_numbers
from lakefront.superset.names import Names
from lakefront.superset.position import FIXED, Position, blocks, chart_ids, children, meta, normal
from lakefront.superset.values import parsed
from lakefront.superset.viz_types import VIZ_TYPES

Data = dict[str, Any]
#: Keys of ours in an asset's file, which Superset's import does not know.
OWN_KEYS: Final = ("owners", "tags", "theme", "roles", "embedded")
_DATABASE: Final[Mapping[str, Any]] = {
    "cache_timeout": None,
    "expose_in_sqllab": True,
    "allow_run_async": False,
    "allow_ctas": False,
    "allow_cvas": False,
    "allow_dml": False,
    "allow_csv_upload": True,
    "impersonate_user": False,
    "configuration_method": "sqlalchemy_form",
}
_CERTIFIED: Final[Mapping[str, Any]] = {"description": None, "certified_by": None, "certification_details": None}
_DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "databases": _DATABASE,
    "datasets": DATASET_DEFAULTS,
    "charts": {**_CERTIFIED, "cache_timeout": None},
    "dashboards": {**_CERTIFIED, "css": None, "slug": None, "published": False},
}
# Secrets and how to reach a server are the environment's.
_SECRET: Final = ("password", "encrypted_extra", "masked_encrypted_extra", "ssh_tunnel")
# Written into a chart's parameters by Superset, and put there again by its import.
_PARAM_NOISE: Final = ("datasource", "slice_id", "dashboards", "viz_type")
_PARAM_EMPTY: Final[Mapping[str, Any]] = {"annotation_layers": [], "extra_form_data": {}, "url_params": {}}
_CONTEXT_NOISE: Final = ("datasource", "form_data", "force")


def from_export(folder: str, data: Mapping[str, Any], names: Names) -> Data:
    """Return an asset that Superset exported as git keeps it. `folder`: databases, datasets, charts or dashboards.

    Shapes: `data` as `read_from_superset` gives it; `names` must know all charts of the server, the connections that
    the environment puts into databases, their timeouts, and what schemas are called.
    """
    found = {key: value for key, value in data.items() if key not in {*OWN_KEYS, "theme_uuid"}}
    if folder == "databases":
        found = _without_connection(found, names)
    if folder == "datasets" and found.get("cache_timeout") == names.timeouts.get(str(found.get("database_uuid"))):
        found.pop("cache_timeout", None)
    made = _canonical(folder, found, names, live=True)
    return in_bundle(folder, made, names.schemas, names.known.get(str(data.get("uuid"))))


def tidy(folder: str, data: Mapping[str, Any], names: Names | None = None) -> Data:
    """Return what a person wrote as git keeps it: the same meaning, without defaults.

    `names`: only to make a `layout` of a `position`, whose charts are named by uuid.
    """
    return _canonical(folder, data, names or Names(), live=False)


def to_import(folder: str, data: Mapping[str, Any], names: Names) -> Data:
    """Return an asset of git as Superset imports it.

    Every key is written, also for what is not set: the import leaves alone what it is not told. Without a connection
    in `names` a database has the address of its file, if it has one. Raises BadInputError for a broken layout, and as
    `environment.here`.
    """
    kept = {key: value for key, value in data.items() if key not in OWN_KEYS}
    found = {**_DEFAULTS[folder], **here(folder, kept, names.schemas)}
    match folder:
        case "databases":
            return _database_for_import(found, names)
        case "datasets":
            for key, defaults in (("columns", COLUMN_DEFAULTS), ("metrics", METRIC_DEFAULTS)):
                found[key] = [{**defaults, **item} for item in cast("list[Data]", found.get(key) or [])]
            return found
        case "charts":
            return _chart_for_import(found)
        case _:
            return _dashboard_for_import(found, names)


def _canonical(folder: str, data: Mapping[str, Any], names: Names, *, live: bool) -> Data:
    if folder == "datasets":
        found = tidy_dataset(data)
        connection = names.connections.get(str(found.get("database_uuid")))
        # Superset writes it down whenever a person edits a dataset or its owners; its name is the environment's.
        if connection and found.get("catalog") == connection.catalog:
            del found["catalog"]
        return found
    found = _without_defaults(data, _DEFAULTS[folder])
    if folder == "databases":
        found = {key: value for key, value in found.items() if key not in _SECRET}
        found["extra"] = {key: value for key, value in parsed(found.get("extra")).items() if value not in _NOTHING}
    elif folder == "charts":
        found["params"] = _canonical_params(str(found.get("viz_type")), parsed(found.get("params")))
        found["query_context"] = _canonical_context(found)
    else:
        found = _canonical_dashboard(found, names, live=live)
    return {key: value for key, value in found.items() if value not in _NOTHING}


_NOTHING: Final[tuple[Any, ...]] = (None, "", [], {})


def _without_defaults(data: Mapping[str, Any], defaults: Mapping[str, Any]) -> Data:
    """Leave out what Superset takes for a missing key; an empty text is none."""
    return {
        key: value
        for key, value in data.items()
        if value not in (None, "") and not (key in defaults and defaults[key] == value)
    }


def _without_connection(data: Data, names: Names) -> Data:
    """Take out what the environment put in; what differs from it was changed by somebody, and is told."""
    connection = names.connections.get(str(data.get("uuid")))
    if connection is None:
        return data
    found = dict(data)
    if found.get("sqlalchemy_uri") == connection.uri:
        del found["sqlalchemy_uri"]
    if connection.workers:
        # Superset's default, which is left out, would hide that somebody took the workers away.
        found["allow_run_async"] = False if found.get("allow_run_async") else "not here"
    extra = parsed(found.get("extra"))
    found["extra"] = {key: value for key, value in extra.items() if connection.extra.get(key) != value}
    return found


def _database_for_import(data: Data, names: Names) -> Data:
    connection = names.connections.get(str(data.get("uuid")))
    extra = dict(cast("Data", data.get("extra") or {}))
    if connection is None:
        return {**data, "extra": extra}
    made = {**data, "sqlalchemy_uri": connection.uri, "extra": {**extra, **connection.extra}}
    return {**made, "allow_run_async": True} if connection.workers else made


def _canonical_params(viz_type: str, params: Data) -> Data:
    return {
        key: value
        for key, value in without_control_defaults(viz_type, params).items()
        if key not in _PARAM_NOISE and not (key in _PARAM_EMPTY and _PARAM_EMPTY[key] == (value or _PARAM_EMPTY[key]))
    }


def _canonical_context(chart: Data) -> Data | None:
    """Return a chart's query where it cannot be derived from its parameters, without what the import puts in."""
    if chart.get("viz_type") in VIZ_TYPES:
        return None
    context = {key: value for key, value in parsed(chart.get("query_context")).items() if key not in _CONTEXT_NOISE}
    queries = cast("list[Data]", context.get("queries") or [])
    if queries:
        context["queries"] = [{key: value for key, value in item.items() if key != "datasource"} for item in queries]
    return context


def _chart_for_import(chart: Data) -> Data:
    params = {**cast("Data", chart.get("params") or {}), "viz_type": chart.get("viz_type")}
    context = cast("Data | None", chart.get("query_context"))
    text = None
    if context:
        # The numbers of the dataset are put in by the import, wherever the key is.
        full = {**context, "datasource": {}, "form_data": params, "force": False}
        text = json.dumps(full, sort_keys=True, ensure_ascii=False)
    return {**chart, "params": params, "query_context": text}


def _canonical_dashboard(data: Data, names: Names, *, live: bool) -> Data:
    found = dict(data)
    title = str(found.get("dashboard_title") or "")
    layout = found.pop("layout", None)
    position = found.pop("position", None)
    if layout:
        position = to_position(layout, title, names)
    full, ids = normal(cast("Position", position or {}), title, names)
    short = to_layout(full, title, names)
    if short is None:
        found["position"] = _short_position(full)
    else:
        found["layout"] = short
    numbers = chart_ids(cast("Position", position or {}))
    references = to_canonical(numbers, ids, names, live=live)
    found["metadata"] = canonical_metadata(parsed(found.get("metadata")), references)
    return found


def _short_position(position: Position) -> Position:
    """Return a position in normal form without what is derived."""
    result: Position = {}
    for key, block in blocks(position).items():
        kept = {name: value for name, value in block.items() if name not in {"id", "parents"}}
        said = {name: value for name, value in meta(block).items() if name != "sliceName"}
        kept |= {"meta": said, "children": children(block)}
        result[key] = {name: value for name, value in kept.items() if value not in _NOTHING}
    result.pop("HEADER_ID", None)
    return result


def _dashboard_for_import(data: Data, names: Names) -> Data:
    found = dict(data)
    title = str(found["dashboard_title"])
    layout = found.pop("layout", None)
    if layout:
        position = to_position(layout, title, names)
    else:
        position, _ = normal(cast("Position", found.get("position") or {}), title, names)
    numbers: dict[str, int] = {}
    for key in sorted(position):
        block = position[key]
        if key in FIXED or not isinstance(block, dict) or cast("Data", block)["type"] != "CHART":
            continue
        said = meta(cast("Data", block))
        # The import stops without numbers, and puts its own in their place by the charts' uuids.
        number = numbers.setdefault(names.slug(str(said["uuid"])), len(numbers) + 1)
        position[key] = {**cast("Data", block), "meta": {**said, "chartId": number}}
    found["position"] = position
    found["metadata"] = metadata_for_import(parsed(found.get("metadata")), to_numbers(numbers))
    return found
