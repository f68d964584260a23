"""A static site of the semantic layer: pages, pictures and a search, for a browser without a server or a network."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from lakefront.config import LookTable
from lakefront.semantic.emit.docs.lists import dashboards_page, index_page, map_page, model_page
from lakefront.semantic.emit.docs.pages import dataset_page, metric_page, view_page
from lakefront.semantic.emit.docs.search import search_entries, search_script
from lakefront.semantic.emit.docs.site import Site, page_of
from lakefront.semantic.emit.docs.theme import theme_css
from lakefront.semantic.model import SemanticLayer
from lakefront.semantic.usage import Usage

__all__ = ["site_files"]


def site_files(
    layer: SemanticLayer, look: LookTable, usage: Usage, *, title: str, root: Path, superset: str | None = None
) -> dict[str, str]:
    """Return the site of a checked layer: path -> text, the same for the same input.

    `usage`: the charts and dashboards that show it; `root`: the folder that model files are told relative to;
    `superset`: the address of the Superset that dashboards are opened in.
    """
    site = Site(layer, usage, look, title, root, superset)
    entries = search_entries(site)
    return {
        "index.html": index_page(site, entries),
        "map.html": map_page(site),
        **({"dashboards.html": dashboards_page(site)} if usage.charts or usage.dashboards else {}),
        **{site.model_page(at): model_page(site, at) for at in range(len(layer.models))},
        **{page_of("dataset", name): dataset_page(site, name) for name in layer.datasets},
        **{page_of("metric", name): metric_page(site, name) for name in layer.metrics},
        **{page_of("view", name): view_page(site, name) for name in layer.views},
        "assets/index.js": search_script(entries),
        "assets/site.css": theme_css(look) + _asset("site.css"),
        "assets/site.js": _asset("site.js"),
        "assets/theme.js": _asset("theme.js"),
    }


def _asset(name: str) -> str:
    return files(__name__).joinpath("assets", name).read_text(encoding="utf-8")
