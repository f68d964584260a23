"""The dashboards of a bundle that the explorer's pages may show, and to whom they have anything to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lakefront.semantic.emit.superset_access import ADMIN
from lakefront.superset.access_files import AccessBundle, read_access
from lakefront.superset.bundle import AssetFile, read_bundle
from lakefront.superset.extras.embedding import EXPLORER, KEY
from lakefront.superset.layout_check import charts_in
from lakefront.superset.position import blocks, meta
from lakefront.superset.values import listed


@dataclass(frozen=True)
class EmbeddedDashboard:
    """A dashboard that pages of the explorer may show. `datasets`: uuids of what its charts ask."""

    uuid: str
    slug: str
    title: str
    description: str
    datasets: frozenset[str]


@dataclass(frozen=True)
class EmbeddedDashboards:
    """Those of a bundle, by title."""

    dashboards: tuple[EmbeddedDashboard, ...]
    access: AccessBundle

    def of(self, person: str) -> tuple[EmbeddedDashboard, ...]:
        """Return those of which a person's roles open something; all, of one whom the bundle's groups do not name.

        This spares her an empty page. What she sees is decided by Trino.
        """
        roles = self.access.people.get(person)
        if roles is None or ADMIN in roles:
            return self.dashboards
        files = (*self.access.roles, *self.access.groups)
        opened = {uuid for file in files if file.name in roles for uuid in file.datasets.values()}
        return tuple(item for item in self.dashboards if not item.datasets or item.datasets & opened)


def read_embedded(folder: Path) -> EmbeddedDashboards:
    """Read them from `superset_assets`. Raises BadInputError for a broken bundle."""
    bundle = read_bundle(folder)
    by_slug = {chart.slug: str(chart.data.get("dataset_uuid")) for chart in bundle.of("charts")}
    by_uuid = {chart.uuid: str(chart.data.get("dataset_uuid")) for chart in bundle.of("charts")}
    found = [_dashboard(asset, by_slug, by_uuid) for asset in bundle.of("dashboards") if _is_shown(asset)]
    return EmbeddedDashboards(tuple(sorted(found, key=lambda item: item.title)), read_access(folder))


def _is_shown(asset: AssetFile) -> bool:
    return EXPLORER in listed(asset.data.get(KEY))


def _dashboard(asset: AssetFile, by_slug: Mapping[str, str], by_uuid: Mapping[str, str]) -> EmbeddedDashboard:
    data = asset.data
    datasets = {by_slug[slug] for _, slug in charts_in(data.get("layout")) if slug in by_slug}
    for block in blocks(data.get("position") or {}).values():
        datasets |= {by_uuid[uuid] for uuid in (str(meta(block).get("uuid")),) if uuid in by_uuid}
    return EmbeddedDashboard(
        asset.uuid,
        str(data.get("slug") or asset.uuid),
        asset.title,
        str(data.get("description") or ""),
        frozenset(datasets),
    )
