"""A dashboard's `metadata`: its filters and their scopes, by slugs and stable names instead of a server's numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from lakefront.superset.names import Names, free_name, slug_of
from lakefront.superset.position import FIXED, ROOT

Data = dict[str, Any]
# What the import removes, what the browser makes anew, and what is kept elsewhere.
_NOISE: Final = frozenset(
    {
        "color_scheme_domain",
        "default_filters",
        "filter_scopes",
        "import_time",
        "map_label_colors",
        "positions",
        "remote_id",
        "shared_label_colors",
        "show_native_filters",
    }
)
# What a missing key means.
_DEFAULTS: Final[Mapping[str, Any]] = {
    "cross_filters_enabled": True,
    "filter_bar_orientation": "VERTICAL",
    "refresh_frequency": 0,
    "show_chart_timestamps": False,
    "stagger_refresh": False,
}
#: What Superset works out of a scope.
DERIVED: Final = ("chartsInScope", "tabsInScope")
_MASKS: Final = ("extraFormData", "filterState", "ownState")
_FILTER_DEFAULTS: Final[Mapping[str, Any]] = {
    "cascadeParentIds": [],
    "controlValues": {},
    "description": "",
    "targets": [{}],
    "type": "NATIVE_FILTER",
}
_LISTS: Final = ("native_filter_configuration", "chart_customization_config")
_STABLE_ID: Final = re.compile(r"[A-Z_]+-[a-z0-9]+(-[a-z0-9]+)*")
_EMPTY: Final[tuple[Any, ...]] = (None, "", [], {})


@dataclass(frozen=True)
class References:
    """How what is named in metadata is called now. A function returns None for what is named no more."""

    chart: Callable[[Any], Any]
    block: Callable[[str], str | None]


def default_scope() -> Data:
    """Return the scope of a filter over the whole dashboard."""
    return {"rootPath": [ROOT], "excluded": []}


def to_canonical(ids: Mapping[int, str], blocks: Mapping[str, str], names: Names, *, live: bool) -> References:
    """Return how numbers and random ids are called in git.

    `ids`: number of a chart -> its uuid; `blocks`: ids of the position, old -> new; `live`: what is not there was
    deleted on the server, and is left out. What people write is kept, to be told by the validation.
    """

    def chart(found: Any) -> Any:
        number = int(found) if isinstance(found, int) or (isinstance(found, str) and found.isdecimal()) else None
        if number is not None and number in ids:
            return names.slug(ids[number])
        return None if live and found not in names.charts else found

    def block(found: str) -> str | None:
        return blocks.get(found, found if found in FIXED or not live else None)

    return References(chart, block)


def to_numbers(numbers: Mapping[str, int]) -> References:
    """Return how charts are called for the import. `numbers`: slug -> number, of the charts on the dashboard."""
    return References(numbers.get, lambda found: found)


def canonical_metadata(metadata: Mapping[str, Any], references: References) -> Data:
    """Return metadata as git keeps it: without what is derived, empty or the default, with stable names."""
    result = {
        key: value
        for key, value in metadata.items()
        if key not in _NOISE and not _is_empty(value) and _DEFAULTS.get(key, None) != value
    }
    result = _with_charts(result, references, as_text=False)
    for key in _LISTS:
        if key in result:
            result[key] = _canonical_filters(result[key], references)
    if "chart_configuration" in result:
        chosen = {slug: _cross_filters(item, references) for slug, item in result["chart_configuration"].items()}
        result["chart_configuration"] = {slug: item for slug, item in chosen.items() if item}
    if "global_chart_configuration" in result:
        result["global_chart_configuration"] = _scoped(result["global_chart_configuration"], references)
    return {key: value for key, value in result.items() if not _is_empty(value)}


def metadata_for_import(metadata: Mapping[str, Any], references: References) -> Data:
    """Return canonical metadata as Superset imports it, with numbers for charts."""
    result = _with_charts(dict(metadata), references, as_text=True)
    for key in _LISTS:
        if key in result:
            result[key] = [_filter_for_import(item, references) for item in result[key]]
    if "chart_configuration" in result:
        result["chart_configuration"] = {
            number: {**_scopes_for_import(item, references), "id": int(number)}
            for number, item in result["chart_configuration"].items()
        }
    if "global_chart_configuration" in result:
        said = cast("Data", result["global_chart_configuration"])
        result["global_chart_configuration"] = {**said, "scope": _scope_for_import(said.get("scope"), references)}
    return result


def _is_empty(value: Any) -> bool:
    return value in _EMPTY


def _with_charts(data: Data, references: References, *, as_text: bool) -> Data:
    """Rename charts where they are keys or items of a list."""
    result = dict(data)
    if "timed_refresh_immune_slices" in data:
        result["timed_refresh_immune_slices"] = _renamed(data["timed_refresh_immune_slices"], references.chart)
    for key in ("expanded_slices", "chart_configuration"):
        if isinstance(data.get(key), dict):
            named = ((references.chart(name), value) for name, value in cast("Data", data[key]).items())
            result[key] = {str(name) if as_text else name: value for name, value in named if name is not None}
    return result


def _renamed(found: Iterable[Any], rename: Callable[[Any], Any]) -> list[Any]:
    return [new for old in found if (new := rename(old)) is not None]


def _scope(scope: Any, references: References) -> Any:
    """Return a scope with other names; a scope may also be the word `global`."""
    if not isinstance(scope, dict):
        return scope
    result = dict(cast("Data", scope))
    if isinstance(result.get("rootPath"), list):
        result["rootPath"] = _renamed(result["rootPath"], references.block)
    if isinstance(result.get("excluded"), list):
        result["excluded"] = _renamed(result["excluded"], references.chart)
    return result


def _scoped(said: Mapping[str, Any], references: References) -> Data:
    """Return what has a scope without what is derived of it, and without a scope that is all of the dashboard."""
    result = {key: value for key, value in said.items() if key not in DERIVED}
    if "scope" in result:
        scope = _scope(result["scope"], references)
        if isinstance(scope, dict):
            scope = {**default_scope(), **cast("Data", scope)}
            scope = {key: value for key, value in scope.items() if default_scope().get(key, None) != value}
        result["scope"] = scope
    return {key: value for key, value in result.items() if not _is_empty(value)}


def _scope_for_import(scope: Any, references: References) -> Any:
    full = {**default_scope(), **cast("Data", scope or {})} if isinstance(scope, dict | None) else scope
    return _scope(full, references)


def _cross_filters(item: Any, references: References) -> Data:
    """Return a chart's own cross filters; empty where they are those of the dashboard."""
    result = {key: value for key, value in cast("Data", item).items() if key != "id"}
    filters = cast("Data", result.get("crossFilters") or {})
    if filters.get("scope", "global") == "global":
        filters = {key: value for key, value in filters.items() if key != "scope"}
        kept = _scoped(filters, references)
    else:
        # Here a whole scope is something else than none: the dashboard may say another one.
        kept = {**_scoped(filters, references), "scope": _with_defaults(_scope(filters["scope"], references))}
    result["crossFilters"] = kept
    return {key: value for key, value in result.items() if not _is_empty(value)}


def _with_defaults(scope: Any) -> Any:
    return {**default_scope(), **cast("Data", scope)} if isinstance(scope, dict) else scope


def _scopes_for_import(item: Any, references: References) -> Data:
    result = dict(cast("Data", item))
    filters = {"scope": "global", **cast("Data", result.get("crossFilters") or {})}
    return {**result, "crossFilters": {**filters, "scope": _scope(_with_defaults(filters["scope"]), references)}}


def _canonical_filters(found: Iterable[Data], references: References) -> list[Data]:
    filters = [_scoped(item, references) for item in found]
    ids = _stable_ids(filters)
    for item in filters:
        if "id" in item:
            item["id"] = ids[item["id"]]
        if item.get("cascadeParentIds"):
            item["cascadeParentIds"] = [ids.get(parent, parent) for parent in item["cascadeParentIds"]]
        mask = cast("Data", item.pop("defaultDataMask", None) or {})
        mask = {key: value for key, value in mask.items() if not (key in _MASKS and _is_empty(value)) and key != "id"}
        if mask:
            item["defaultDataMask"] = mask
    return [{key: value for key, value in item.items() if _FILTER_DEFAULTS.get(key, None) != value} for item in filters]


def _stable_ids(filters: Iterable[Data]) -> dict[str, str]:
    """Return id -> id of filters: one that a person can have written stays, a random one is made from the name."""
    found = {str(item["id"]): item for item in filters if item.get("id")}
    stable = {key: key for key in found if _STABLE_ID.fullmatch(key)}
    taken = set(stable)
    for key, item in found.items():
        if key not in stable:
            kind = key.split("-", 1)[0]
            stable[key] = free_name(f"{kind}-{slug_of(str(item.get('name') or item.get('title') or ''))}", taken)
            taken.add(stable[key])
    return stable


def _filter_for_import(item: Data, references: References) -> Data:
    scoped = {**item, "scope": _scope_for_import(item.get("scope"), references)}
    if "DIVIDER" in str(item.get("type")):
        return scoped
    empty: Data = {key: {} for key in _MASKS}
    mask = {**empty, **cast("Data", item.get("defaultDataMask") or {})}
    return {**_FILTER_DEFAULTS, **scoped, "defaultDataMask": mask}
