"""Who uses the views of the semantic layer: the charts and dashboards of `superset_assets/`, read once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from lakefront.semantic.model import SemanticLayer
from lakefront.semantic.source import read_source


@dataclass(frozen=True)
class Chart:
    """A chart over a dataset. `words` are all texts that stand by themselves in its parameters: metrics, columns."""

    uuid: str
    name: str
    description: str
    kind: str
    view: str
    words: frozenset[str]


@dataclass(frozen=True)
class Dashboard:
    """A dashboard and the charts on it, by uuid. `slug`: its name in an address, if it has one."""

    uuid: str
    title: str
    description: str
    slug: str | None
    certified_by: str | None
    charts: tuple[str, ...]


@dataclass(frozen=True)
class Usage:
    """Charts and dashboards, in the order of their files."""

    charts: tuple[Chart, ...] = ()
    dashboards: tuple[Dashboard, ...] = ()

    def charts_of(self, metric: str, layer: SemanticLayer) -> list[Chart]:
        """Return the charts that show a metric."""
        views = {view.name for view in layer.views.values() if metric in view.metrics}
        return [chart for chart in self.charts if chart.view in views and metric in chart.words]

    def dashboards_with(self, charts: Iterable[Chart]) -> list[Dashboard]:
        """Return the dashboards that hold at least one of the charts."""
        wanted = {chart.uuid for chart in charts}
        return [dashboard for dashboard in self.dashboards if wanted.intersection(dashboard.charts)]


def read_usage(assets: Path) -> Usage:
    """Read Superset's files; a folder that is not there has none. Raises BadInputError for a broken file."""
    tables = {str(data.get("uuid")): str(data.get("table_name")) for _, data in _files(assets / "datasets")}
    files = list(_files(assets / "charts"))
    charts = tuple(
        Chart(
            uuid=str(data.get("uuid")),
            name=str(data.get("slice_name")),
            description=str(data.get("description") or ""),
            kind=str(data.get("viz_type") or ""),
            view=tables.get(str(data.get("dataset_uuid")), ""),
            words=frozenset(_words(data.get("params"))),
        )
        for _, data in files
    )
    # A layout names charts by their files, a position by uuid.
    slugs = {file.stem: str(data.get("uuid")) for file, data in files}
    known = {chart.uuid for chart in charts}
    dashboards = tuple(
        Dashboard(
            uuid=str(data.get("uuid")),
            title=str(data.get("dashboard_title")),
            description=str(data.get("description") or ""),
            slug=str(data["slug"]) if data.get("slug") else None,
            certified_by=str(data["certified_by"]) if data.get("certified_by") else None,
            charts=tuple(dict.fromkeys(uuid for uuid in _placed(data, slugs) if uuid in known)),
        )
        for _, data in _files(assets / "dashboards")
    )
    return Usage(charts, dashboards)


def _files(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(folder.rglob("*.yaml")):
        data = read_source(path).data
        if isinstance(data, dict):
            yield path, cast("dict[str, Any]", data)


def _placed(dashboard: dict[str, Any], slugs: dict[str, str]) -> Iterator[str]:
    """Yield the uuids of the charts on a dashboard, in their order; and other words, which are no uuids."""
    yield from _words(dashboard.get("position"))
    for slug in _values(dashboard.get("layout"), "chart"):
        yield slugs.get(str(slug), "")


def _values(data: object, wanted: str) -> Iterator[object]:
    """Yield what stands under a key, wherever it is."""
    if isinstance(data, dict):
        for key, value in cast("dict[str, object]", data).items():
            if key == wanted:
                yield value
            yield from _values(value, wanted)
    elif isinstance(data, list):
        for value in cast("list[object]", data):
            yield from _values(value, wanted)


def _words(data: object) -> Iterator[str]:
    """Yield every text that stands by itself in plain data; keys are not among them."""
    if isinstance(data, dict):
        for value in cast("dict[str, object]", data).values():
            yield from _words(value)
    elif isinstance(data, list):
        for value in cast("list[object]", data):
            yield from _words(value)
    elif isinstance(data, str):
        yield data
