"""Rollups on the pages of the datasets that they are made of, and links to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lakefront.semantic.emit.docs.frame import mentions, one_line, table
from lakefront.semantic.emit.docs.html import Child, Html, el, join
from lakefront.semantic.emit.docs.site import Site, link, page_of
from lakefront.semantic.rollup_model import Rollup


def rollup_links(site: Site, names: Iterable[str], page: str) -> Html | None:
    """Return links to rollups, in one line."""
    made: list[Child] = []
    for name in names:
        target = f"{page_of('dataset', site.layer.rollups[name].dataset)}#rollup-{name}"
        made += [", " if made else None, el("a", el("code", name), href=link(target, page))]
    return join(*made) if made else None


def rollup_table(site: Site, rollups: Sequence[Rollup], page: str) -> Html:
    """Return rollups as a table."""
    rows: list[tuple[str | None, Sequence[Child]]] = [
        (
            f"rollup-{rollup.name}",
            [
                [el("code", rollup.name), el("p", one_line(rollup.description), class_="muted")],
                el("code", rollup.target),
                f"{rollup.time.column} by {rollup.time.grain.value}" if rollup.time else None,
                el("code", ", ".join(item.column for item in rollup.columns)),
                mentions(site, "metric", rollup.named_metrics, page),
                f"up to {rollup.refresh.max_staleness} old" if rollup.refresh else "only while it is current",
            ],
        )
        for rollup in rollups
    ]
    return table(("Rollup", "Table", "Time", "Dimensions", "Keeps", "Answers"), rows, "Rollups")
