"""The pages of single things: a metric, a dataset, a view."""

from __future__ import annotations

from typing import Final

from lakefront.semantic.emit.docs.frame import (
    badge,
    certified,
    code,
    column_link,
    facts,
    mentions,
    one_line,
    owner,
    quality_table,
    section,
    sensitivity,
    table,
    write_page,
)
from lakefront.semantic.emit.docs.graphs import dataset_graph, metric_graph, neighbours_graph, told, view_graph
from lakefront.semantic.emit.docs.html import Child, Html, el, join
from lakefront.semantic.emit.docs.picture import picture
from lakefront.semantic.emit.docs.rollups import rollup_links, rollup_table
from lakefront.semantic.emit.docs.site import Site, link, page_of, tables_of
from lakefront.semantic.joins import routes_from
from lakefront.semantic.model import Column, Dataset, NumberStyle, Relationship, View
from lakefront.semantic.tables import column_of
from lakefront.semantic.usage import Chart
from lakefront.semantic.view_sql import compile_view

_FORMATS: Final = {
    NumberStyle.INTEGER: "1,234,567",
    NumberStyle.DECIMAL: "1,234.56",
    NumberStyle.PERCENT: "12.3%",
    NumberStyle.COMPACT: "1.23M",
    NumberStyle.SIGNIFICANT: "0.00012",
}


def metric_page(site: Site, name: str) -> str:
    """Return the page of a metric."""
    page, found = page_of("metric", name), site.descriptions[name]
    metric, at = found.metric, site.model_of["metric", name]
    model = site.layer.models[at]
    charts = site.usage.charts_of(name, site.layer)
    inside = [
        el("li", mentions(site, "metric", [part], page), " = ", el("code", text))
        for part, text in found.made_of.items()
    ]
    used: list[tuple[str, Child]] = [
        ("Metrics", mentions(site, "metric", found.metrics, page)),
        ("Rollups", rollup_links(site, found.rollups, page)),
        ("Views", mentions(site, "view", found.views, page)),
        ("Charts", _charts(charts, page)),
        ("Dashboards", _dashboards(site, charts, page)),
    ]
    return write_page(
        site,
        page,
        metric.label,
        el("h1", metric.label),
        el("p", el("code", name), " ", badge("metric"), " ", certified(metric.certified), class_="under"),
        el("p", one_line(metric.description), class_="lead"),
        facts(
            [
                ("Owner", owner(metric.owner)),
                ("Certified", _certification(site, name)),
                ("Unit", metric.unit),
                ("Written as", f"{_FORMATS[metric.format]} ({metric.format.value})"),
                ("Also known as", ", ".join(metric.synonyms)),
                ("Model", el("a", model.name, href=link(site.model_page(at), page))),
                ("Defined in", el("code", site.file(at))),
            ]
        ),
        section("definition", "Definition", code(found.definition), el("ul", inside) if inside else None),
        section(
            "lineage", "Where it comes from and goes to", picture(metric_graph(site, name, page), _way(metric.label))
        ),
        section("columns", "Columns it comes from", _columns_behind(site, name, page)),
        section("used-by", "Used by", facts(used) if any(value for _, value in used) else _nothing("nothing yet")),
        _taken_by(site, name, page),
        section(
            "sql",
            "SQL",
            code(found.sql),
            el("p", "Ask for it:"),
            code(f"lakefront semantic query --metric {name}", sql=False),
        ),
        _quality(site, name, page),
        trail=[(model.name, site.model_page(at))],
    )


def _way(label: str) -> str:
    return f"Lineage of {label}: from columns, by datasets and metrics, to dashboards"


def _nothing(text: str) -> Html:
    return el("p", text[0].upper() + text[1:], ".", class_="muted")


def _certification(site: Site, name: str) -> Child:
    found = site.layer.metrics[name].certified
    return (f"{found.by}: {found.details}" if found.details else found.by) if found else "no"


def _columns_behind(site: Site, name: str, page: str) -> Html:
    rows: list[tuple[str | None, list[Child]]] = []
    for dataset_name, column_name in site.columns(name):
        dataset = site.layer.datasets[dataset_name]
        column = column_of(dataset, column_name)
        bases = site.bases(dataset_name, column_name) or [column_name]
        origin = ", ".join(f"{dataset.source}.{base}" for base in bases) if dataset.source else "the dataset's SQL"
        rows.append(
            (
                None,
                [
                    column_link(dataset_name, column_name, page),
                    el("code", origin),
                    el("code", column.type),
                    one_line(column.description),
                    sensitivity(column.sensitivity),
                ],
            )
        )
    if not rows:
        return _nothing("none by name: it counts rows")
    return table(("Column", "In the table", "Type", "What it is", "Seen by"), rows, "Columns it comes from")


def _taken_by(site: Site, name: str, page: str) -> Html | None:
    groups: dict[str, list[str]] = {}
    for dimension in site.descriptions[name].dimensions:
        role, column = dimension.split(".")
        groups.setdefault(role, []).append(column)
    behind: dict[str, str] = {}
    for part in site.parts(name):
        behind |= routes_from(part.dataset, site.layer.relationships).datasets()
    items = [
        el(
            "details",
            el("summary", el("code", role), " ", el("span", str(len(columns)), class_="count")),
            el("ul", [el("li", _dimension(site, behind[role], column, page)) for column in columns], class_="chips"),
            open=len(groups) == 1,
        )
        for role, columns in groups.items()
    ]
    total = sum(map(len, groups.values()))
    return section("dimensions", "May be taken by", items, count=total) if items else None


def _dimension(site: Site, dataset: str, name: str, page: str) -> Html:
    column = column_of(site.layer.datasets[dataset], name)
    return el(
        "a",
        column.label or el("code", name),
        href=link(f"{page_of('dataset', dataset)}#column-{name}", page),
        title=one_line(column.description),
    )


def _quality(site: Site, name: str, page: str) -> Html | None:
    """Show the rules about what the metric reads; the other rules of those datasets on request."""
    read = {
        (dataset, part) for dataset, column in site.columns(name) for part in (column, *site.bases(dataset, column))
    }
    rules = [rule for dataset in site.datasets_of(name) for rule in site.rules.get(dataset, ())]
    near = [
        rule
        for rule in rules
        if not rule.columns or any((rule.dataset.name, column) in read for column in rule.columns)
    ]
    far = [rule for rule in rules if rule not in near]
    more = f"{len(far)} more rule{'' if len(far) == 1 else 's'} of the same data"
    return (
        section(
            "quality",
            "Quality of the data below",
            quality_table(near, page, anchors=False) if near else None,
            el("details", el("summary", more), quality_table(far, page, anchors=False)) if far else None,
            count=len(near),
        )
        if rules
        else None
    )


def _charts(charts: list[Chart], page: str) -> Html | None:
    made: list[Child] = []
    for chart in charts:
        to = link(f"dashboards.html#chart-{chart.uuid}", page)
        made += [", " if made else None, el("a", chart.name, href=to)]
    return join(made) if made else None


def _dashboards(site: Site, charts: list[Chart], page: str) -> Html | None:
    made: list[Child] = []
    for dashboard in site.usage.dashboards_with(charts):
        to = link(f"dashboards.html#dashboard-{dashboard.uuid}", page)
        made += [", " if made else None, el("a", dashboard.title, href=to)]
    return join(made) if made else None


def dataset_page(site: Site, name: str) -> str:
    """Return the page of a dataset."""
    page, dataset = page_of("dataset", name), site.layer.datasets[name]
    at = site.model_of["dataset", name]
    model = site.layer.models[at]
    metrics = site.metrics_over(name)
    relations = [item for item in site.layer.relationships if name in _real_ends(site, item)]
    rules = site.rules.get(name, [])
    rollups = [rollup for rollup in site.layer.rollups.values() if rollup.dataset == name]
    rows = [(f"column-{column.name}", _column_cells(site, dataset, column, page)) for column in dataset.columns]
    over = (
        table(
            ("Metric", "What it is", "Owner", ""),
            [(None, _metric_cells(site, metric, page)) for metric in metrics],
            "Metrics over it",
        )
        if metrics
        else _nothing("none")
    )
    return write_page(
        site,
        page,
        name,
        el("h1", name),
        el("p", badge("dataset"), " ", el("code", dataset.source) if dataset.source else badge("SQL"), class_="under"),
        el("p", one_line(dataset.description), class_="lead"),
        el(
            "div",
            facts(
                [
                    ("Owner", owner(model.owner)),
                    ("Read from", join(*(el("code", table) for table in tables_of(dataset)))),
                    ("One row for each", el("code", ", ".join(dataset.primary_key))),
                    ("Time", el("code", dataset.time_column) if dataset.time_column else None),
                    ("Model", el("a", model.name, href=link(site.model_page(at), page))),
                    ("Defined in", el("code", site.file(at))),
                ]
            ),
            id="source",
        ),
        code(dataset.sql) if dataset.sql else None,
        section(
            "columns",
            "Columns",
            table(("Column", "What it is", "Type", "Time", "Seen by", "In metrics"), rows, "Columns"),
            count=len(rows),
        ),
        section("lineage", "What is made of it", picture(dataset_graph(site, name, page), f"What is made of {name}")),
        section("metrics", "Metrics over it", over, count=len(metrics)),
        section("relationships", "Relationships", _relationships(site, relations, page, name), count=len(relations)),
        section("rollups", "Rollups", rollup_table(site, rollups, page), count=len(rollups)) if rollups else None,
        section(
            "quality",
            "Quality rules",
            quality_table(rules, page, anchors=True) if rules else _nothing("none"),
            count=len(rules),
        ),
        trail=[(model.name, site.model_page(at))],
    )


def _real_ends(site: Site, item: Relationship) -> tuple[str, str]:
    roles = site.layer.roles
    return roles.get(item.from_, item.from_), roles.get(item.to, item.to)


def _column_cells(site: Site, dataset: Dataset, column: Column, page: str) -> list[Child]:
    key = badge("key", title="Part of the primary key") if column.name in dataset.primary_key else None
    name = [el("a", el("code", column.name), href=f"#column-{column.name}"), " ", key]
    label = el("p", column.label, class_="muted") if column.label else None
    what: list[Child] = [one_line(column.description)]
    if column.expression:
        what.append(el("p", "= ", el("code", one_line(column.expression))))
    if column.synonyms:
        what.append(el("p", f"Also known as {', '.join(column.synonyms)}", class_="muted"))
    time = None
    if column.time:
        grains = ", ".join(grain.value for grain in column.time.grains)
        time = [grains, el("p", column.time.zone, class_="muted")]
    users = mentions(site, "metric", site.readers.get((dataset.name, column.name), ()), page)
    return [[name, label], what, el("code", column.type), time, sensitivity(column.sensitivity), users]


def _metric_cells(site: Site, name: str, page: str) -> list[Child]:
    metric = site.layer.metrics[name]
    title = el("a", metric.label, href=link(page_of("metric", name), page))
    return [title, one_line(metric.description), owner(metric.owner), certified(metric.certified)]


def _relationships(site: Site, relations: list[Relationship], page: str, name: str) -> Child:
    if not relations:
        return _nothing("none: it stands by itself")
    rows: list[tuple[str | None, list[Child]]] = []
    for item in relations:
        start, end = _real_ends(site, item)
        rows.append(
            (
                f"relationship-{item.name}",
                [
                    el("code", item.name),
                    mentions(site, "dataset", [start], page),
                    mentions(site, "dataset", [end], page),
                    told(item),
                ],
            )
        )
    graph = neighbours_graph(site, name, page)
    drawn = picture(graph, f"Datasets beside {name}") if len(graph.nodes) > 1 else None
    return [drawn, table(("Relationship", "Each row of", "Belongs to", "In words"), rows, "Relationships")]


def view_page(site: Site, name: str) -> str:
    """Return the page of a view."""
    page, view = page_of("view", name), site.layer.views[name]
    at = site.model_of["view", name]
    model, compiled = site.layer.models[at], compile_view(view, site.layer)
    charts = site.charts_over(name)
    metrics = [(f"metric-{metric}", _metric_cells(site, metric, page)) for metric in view.metrics]
    used: list[tuple[str, Child]] = [
        ("Charts", _charts(charts, page)),
        ("Dashboards", _dashboards(site, charts, page)),
    ]
    return write_page(
        site,
        page,
        view.label,
        el("h1", view.label),
        el("p", el("code", name), " ", badge("view"), class_="under"),
        el("p", one_line(view.description), class_="lead"),
        facts(
            [
                ("One row for each row of", mentions(site, "dataset", [view.root], page)),
                ("Time", el("code", view.time)),
                ("Owner", owner(model.owner)),
                ("Model", el("a", model.name, href=link(site.model_page(at), page))),
                ("Defined in", el("code", site.file(at))),
            ]
        ),
        section(
            "lineage", "What it shows, and where", picture(view_graph(site, view, page), f"Lineage of {view.label}")
        ),
        section(
            "metrics", "Metrics", table(("Metric", "What it is", "Owner", ""), metrics, "Metrics"), count=len(metrics)
        ),
        section("columns", "Columns", _view_columns(site, view, page), count=len(view.columns)),
        section("used-by", "Used by", facts(used) if charts else _nothing("no chart yet")),
        section("sql", "SQL", code(compiled.sql)),
        trail=[(model.name, site.model_page(at))],
    )


def _view_columns(site: Site, view: View, page: str) -> Html:
    behind = routes_from(view.root, site.layer.relationships).datasets()
    rows: list[tuple[str | None, list[Child]]] = []
    for output, item in view.outputs().items():
        role, name = item.column.split(".")
        column = column_of(site.layer.datasets[behind[role]], name)
        missing = [" ", badge(f"empty: {item.missing}")] if item.missing else None
        rows.append(
            (
                f"column-{output}",
                [
                    el("code", output),
                    [column_link(behind[role], name, page), f" as {role}" if role != behind[role] else None],
                    [one_line(column.description), missing],
                    el("code", column.type),
                    sensitivity(column.sensitivity),
                ],
            )
        )
    return table(("Column", "Comes from", "What it is", "Type", "Seen by"), rows, "Columns")
