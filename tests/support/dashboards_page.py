"""`docs/dashboards.md`, written from the bundle: `python -m tests.support.dashboards_page` (part of `make docs`)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lakefront.superset.access_files import read_access
from lakefront.superset.queries.dashboard import native_filters
from tests.support.cli import ROOT
from tests.support.dashboards import Dashboard, read_dashboards

PAGE: Final = ROOT / "docs" / "dashboards.md"
_OURS: Final = "Lakefront: "
_HEAD: Final = """\
<!-- written by `make docs` from superset_assets/; the pictures by `make screenshots`. Do not edit. -->
# Dashboards

What each dashboard of the reference bundle answers, who answers for it, and who may see it. What a number means stands
at the chart (the (i) and the metric's tooltip), in `lakefront semantic describe METRIC` and in the
[site of the semantic layer](how-to/semantic-docs.md). Everybody sees the rows and columns that
[the policies](architecture/governance.md) give her: the pictures are what an admin sees.
"""


def page() -> str:
    """Return the text of the page."""
    return "\n".join([_HEAD, *(_section(dashboard) for dashboard in read_dashboards())])


def _section(dashboard: Dashboard) -> str:
    data = dashboard.file.data
    filters = ", ".join(str(item["name"]) for item in native_filters(dashboard.asset))
    return f"""\
## {dashboard.asset.title}

{data["description"]}

- **May see it**: {", ".join(_roles(dashboard))}
- **Edited by**: {", ".join(data.get("owners") or [])}; **certified by**: {data.get("certified_by")}
- **Filters**: {filters or "none"}; **charts**: {_charts(dashboard)}

{_pictures(dashboard)}"""


def _charts(dashboard: Dashboard) -> str:
    """Return how many charts there are, by tab where there are tabs."""
    titles = [f"{tab.title} ({len(tab.charts)})" for tab in dashboard.tabs if tab.title]
    return f"{len(dashboard.charts)}, by tab: {', '.join(titles)}" if titles else str(len(dashboard.charts))


def _pictures(dashboard: Dashboard) -> str:
    """Return a dashboard's pictures beside each other, where they are taken already."""
    names = {scheme: f"images/{dashboard.slug}{suffix}.webp" for scheme, suffix in (("light", ""), ("dark", "-dark"))}
    if not all((PAGE.parent / name).exists() for name in names.values()):
        return ""
    shown = " | ".join(f"![{dashboard.asset.title}, {scheme}]({name})" for scheme, name in names.items())
    return f"| {' | '.join(names)} |\n| --- | --- |\n| {shown} |\n"


def _roles(dashboard: Dashboard) -> list[str]:
    """Return the roles that open all data of a dashboard, or that it is shared with."""
    invited = {str(role) for role in dashboard.file.data.get("roles") or []}
    wanted = {str(placed.chart.data["dataset_uuid"]) for placed in dashboard.charts}
    access = read_access(ROOT / "superset_assets")
    found = [role.name for role in access.roles if role.name in invited or wanted <= set(role.datasets.values())]
    return ["Admin", *(name.removeprefix(_OURS) for name in found)]


def main(path: Path = PAGE) -> None:
    """Write the page."""
    path.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
