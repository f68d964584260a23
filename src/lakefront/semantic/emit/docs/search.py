"""What the search finds: one entry for each metric, dimension, dataset, view and dashboard."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from lakefront.semantic.emit.docs.frame import one_line
from lakefront.semantic.emit.docs.site import Site, page_of
from lakefront.semantic.model import Model

#: The types of entries and their names, in the order in which they are offered.
TYPES: Final = {
    "metric": "Metrics",
    "dimension": "Dimensions",
    "dataset": "Datasets",
    "view": "Views",
    "dashboard": "Dashboards",
}


@dataclass(frozen=True)
class Entry:
    """One thing that can be found. `href`: from the top of the site; `within`: the dataset of a dimension."""

    type: str
    name: str
    label: str
    text: str
    href: str
    synonyms: tuple[str, ...] = ()
    model: str = ""
    owner: str = ""
    certified: str = ""
    within: str = ""


def search_entries(site: Site) -> list[Entry]:
    """Return everything that can be found, metrics first."""
    return [
        *(entry for model in site.layer.models for entry in _metrics(model)),
        *(entry for model in site.layer.models for entry in _datasets(model)),
        *(entry for model in site.layer.models for entry in _views(model)),
        *(
            Entry(
                "dashboard",
                item.slug or item.title,
                item.title,
                one_line(item.description),
                f"dashboards.html#dashboard-{quote(item.uuid)}",
                certified=item.certified_by or "",
            )
            for item in site.usage.dashboards
        ),
    ]


def _metrics(model: Model) -> list[Entry]:
    return [
        Entry(
            "metric",
            metric.name,
            metric.label,
            one_line(metric.description),
            page_of("metric", metric.name),
            metric.synonyms,
            model.name,
            metric.owner,
            metric.certified.by if metric.certified else "",
        )
        for metric in model.metrics
    ]


def _datasets(model: Model) -> list[Entry]:
    found: list[Entry] = []
    for dataset in model.datasets:
        page = page_of("dataset", dataset.name)
        source = (dataset.source,) if dataset.source else ()
        found.append(
            Entry(
                "dataset",
                dataset.name,
                dataset.name,
                one_line(dataset.description),
                page,
                source,
                model.name,
                model.owner,
            )
        )
        found += [
            Entry(
                "dimension",
                column.name,
                column.label or column.name,
                one_line(column.description),
                f"{page}#column-{column.name}",
                column.synonyms,
                model.name,
                model.owner,
                within=dataset.name,
            )
            for column in dataset.columns
        ]
    return found


def _views(model: Model) -> list[Entry]:
    return [
        Entry(
            "view",
            view.name,
            view.label,
            one_line(view.description),
            page_of("view", view.name),
            (),
            model.name,
            model.owner,
        )
        for view in model.views
    ]


def search_script(entries: list[Entry]) -> str:
    """Return the entries as a script: a page opened from a disk may load scripts, but no data."""
    rows = [
        [
            entry.type,
            entry.name,
            entry.label,
            entry.text,
            entry.href,
            list(entry.synonyms),
            entry.model,
            entry.owner,
            entry.certified,
            entry.within,
        ]
        for entry in entries
    ]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    return f"window.lakefrontIndex = [\n{lines}\n];\n"
