"""What a dashboard asks when it is opened: its charts under its filters' defaults, and its filters' values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from lakefront.config import BUNDLE_NAMES, Schemas
from lakefront.superset.bundle import AssetFile, Bundle, names_of
from lakefront.superset.canonical import to_import
from lakefront.superset.queries.form import NotDerivedError
from lakefront.superset.queries.values import as_list

#: Parts of a filter's effect that add up; of the others the last filter's counts.
_ADDED: Final = (
    "adhoc_filters",
    "filters",
    "interactive_groupby",
    "interactive_highlight",
    "interactive_drilldown",
    "custom_form_data",
)


@dataclass(frozen=True)
class Placed:
    """A chart on a dashboard. `inside`: the ids of the blocks that it stands in; `number`: its id in the position."""

    chart: AssetFile
    inside: frozenset[str]
    number: int | None


def as_sent(bundle: Bundle, schemas: Schemas = BUNDLE_NAMES) -> Bundle:
    """Return a bundle whose charts and dashboards say everything that Superset is told: no default, no layout.

    `schemas`: what those of the bundle are called there.
    """
    names = replace(names_of(bundle), schemas=schemas)
    return Bundle(
        tuple(
            replace(asset, source=replace(asset.source, data=to_import(asset.folder, asset.data, names)))
            if asset.folder in ("charts", "dashboards")
            else asset
            for asset in bundle.assets
        )
    )


def placed_charts(dashboard: AssetFile, bundle: Bundle) -> list[Placed]:
    """Return the charts of a dashboard's `position`, in the order of the file.

    A chart that stands there twice comes once: its query is the same.
    """
    by_uuid = {chart.uuid: chart for chart in bundle.of("charts")}
    found: dict[str, Placed] = {}
    for block in cast("Mapping[str, Any]", dashboard.data["position"] or {}).values():
        if isinstance(block, dict) and cast("dict[str, Any]", block).get("type") == "CHART":
            item = cast("dict[str, Any]", block)
            chart = by_uuid.get(str(item["meta"].get("uuid")))
            if chart is not None:
                inside = frozenset(str(parent) for parent in as_list(item.get("parents")))
                found.setdefault(chart.uuid, Placed(chart, inside, item["meta"].get("chartId")))
    return list(found.values())


def native_filters(dashboard: AssetFile) -> list[Mapping[str, Any]]:
    """Return a dashboard's filters; the headings between them are no filters."""
    metadata = cast("Mapping[str, Any]", dashboard.data.get("metadata") or {})
    items = cast("list[Mapping[str, Any]]", metadata.get("native_filter_configuration") or [])
    return [item for item in items if item.get("type", "NATIVE_FILTER") == "NATIVE_FILTER"]


def filter_of_chart(placed: Placed, dashboard: AssetFile) -> dict[str, Any] | None:
    """Return what the dashboard's filters add to a chart's query before anybody touches them.

    None where no filter has the chart in its scope. Raises NotDerivedError for a filter that takes its first value,
    which only its data tells, and for dynamic groups.
    """
    metadata = cast("Mapping[str, Any]", dashboard.data.get("metadata") or {})
    if metadata.get("chart_customization_config"):
        raise NotDerivedError(
            "the dashboard changes its charts' groups, and what becomes of their queries is not derived"
        )
    within = [item for item in native_filters(dashboard) if covers(item, placed)]
    for item in within:
        controls = cast("Mapping[str, Any]", item.get("controlValues") or {})
        if controls.get("defaultToFirstItem"):
            raise NotDerivedError(f"the filter '{item.get('name')}' takes its first value, which only its data tells")
    return merged([default_of(item) for item in within]) if within else None


def filter_of_filter(native_filter: Mapping[str, Any], dashboard: AssetFile) -> dict[str, Any]:
    """Return what the filters that this one depends on add to its query."""
    by_id = {str(item.get("id")): item for item in native_filters(dashboard)}
    parents = [str(parent) for parent in as_list(native_filter.get("cascadeParentIds"))]
    return merged([default_of(by_id[parent]) for parent in parents if parent in by_id])


def default_of(native_filter: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a filter adds to a query by its default value."""
    mask = cast("Mapping[str, Any]", native_filter.get("defaultDataMask") or {})
    return cast("Mapping[str, Any]", mask.get("extraFormData") or {})


def merged(parts: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return several filters' effects as one: conditions add up, of other settings the last one counts."""
    whole: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            if key not in _ADDED:
                whole[key] = value
            elif value:
                whole[key] = [*as_list(whole.get(key)), *as_list(value)]
    return whole


def covers(item: Mapping[str, Any], placed: Placed) -> bool:
    """Say whether a chart stands in the scope of a native filter."""
    scope = cast("Mapping[str, Any]", item.get("scope") or {})
    roots = {str(root) for root in as_list(scope.get("rootPath"))}
    return bool(roots & placed.inside) and placed.number not in as_list(scope.get("excluded"))
