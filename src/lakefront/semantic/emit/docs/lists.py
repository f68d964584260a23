"""The pages of many things: the start with its search, models, the map of all datasets, the dashboards."""

from __future__ import annotations

from lakefront.semantic.emit.docs.frame import (
    badge,
    column_link,
    facts,
    mentions,
    one_line,
    owner,
    search_box,
    section,
    table,
    write_page,
)
from lakefront.semantic.emit.docs.graphs import overview_graphs
from lakefront.semantic.emit.docs.html import Child, Html, el, join
from lakefront.semantic.emit.docs.picture import picture
from lakefront.semantic.emit.docs.search import TYPES, Entry
from lakefront.semantic.emit.docs.site import Site, link, page_of
from lakefront.semantic.model import AnyMetric, Model
from lakefront.semantic.usage import Chart, Dashboard


def index_page(site: Site, entries: list[Entry]) -> str:
    """Return the start: search and filters over everything, and the lists that they filter."""
    page = "index.html"
    layer = site.layer
    return write_page(
        site,
        page,
        site.title,
        el("h1", "Semantic layer"),
        el("p", "What every number means, where it comes from, who answers for it and who uses it.", class_="lead"),
        el("noscript", el("p", "The search needs JavaScript; the lists below do not.", class_="muted")),
        search_box("Search", "list"),
        _filters(entries),
        el("p", "", id="status", role="status", class_="muted"),
        el("ol", id="results", hidden=True),
        el(
            "div",
            [_metrics(site, at, model, page) for at, model in enumerate(layer.models) if model.metrics],
            section(
                "datasets",
                "Datasets",
                el("ul", [_dataset(site, name, page) for name in layer.datasets], class_="cards"),
                count=len(layer.datasets),
            ),
            section(
                "views",
                "Views",
                el("ul", [_view(site, name, page) for name in layer.views], class_="cards"),
                count=len(layer.views),
            )
            if layer.views
            else None,
            section(
                "models",
                "Models",
                el("ul", [_model(site, at, page) for at in range(len(layer.models))], class_="cards"),
                count=len(layer.models),
            ),
            id="browse",
        ),
    )


def _filters(entries: list[Entry]) -> Html:
    counts = {kind: sum(entry.type == kind for entry in entries) for kind in TYPES}
    buttons = [("", "All", len(entries)), *((kind, name, counts[kind]) for kind, name in TYPES.items() if counts[kind])]
    return el(
        "form",
        el(
            "div",
            [
                el(
                    "button",
                    name,
                    " ",
                    el("span", str(count), class_="count"),
                    type="button",
                    data_type=kind,
                    aria_pressed="true" if not kind else "false",
                )
                for kind, name, count in buttons
            ],
            class_="types",
            role="group",
            aria_label="What to show",
        ),
        _choice("model", "Model", sorted({entry.model for entry in entries if entry.model})),
        _choice("owner", "Owner", sorted({entry.owner for entry in entries if entry.owner})),
        el("label", el("input", type="checkbox", id="certified"), " Certified only"),
        el("button", "Clear", type="button", id="clear", hidden=True),
        id="filters",
        hidden=True,
    )


def _choice(name: str, label: str, values: list[str]) -> Html:
    options = [el("option", "all", value=""), *(el("option", value, value=value) for value in values)]
    return el("label", f"{label} ", el("select", options, id=name))


def _metrics(site: Site, at: int, model: Model, page: str) -> Html:
    more = el("a", model.name, href=link(site.model_page(at), page))
    cards = [_metric(metric, page) for metric in model.metrics]
    head = el("h2", "Metrics: ", more, " ", el("span", str(len(cards)), class_="count"))
    return el("section", head, el("ul", cards, class_="cards"))


def _metric(metric: AnyMetric, page: str) -> Html:
    name = el("a", metric.label, href=link(page_of("metric", metric.name), page))
    seal = badge("✓", "good", f"Certified by {metric.certified.by}") if metric.certified else None
    unit = el("span", metric.unit, class_="muted") if metric.unit else None
    return el("li", el("h3", name, " ", seal, " ", unit), el("p", one_line(metric.description)))


def _dataset(site: Site, name: str, page: str) -> Html:
    dataset = site.layer.datasets[name]
    count = el("span", f"{len(dataset.columns)} columns", class_="muted")
    title = el("h3", el("a", name, href=link(page_of("dataset", name), page)), " ", count)
    return el("li", title, el("p", one_line(dataset.description)))


def _view(site: Site, name: str, page: str) -> Html:
    view = site.layer.views[name]
    count = el("span", f"{len(view.metrics)} metrics", class_="muted")
    title = el("h3", el("a", view.label, href=link(page_of("view", name), page)), " ", count)
    return el("li", title, el("p", one_line(view.description)))


def _model(site: Site, at: int, page: str) -> Html:
    model = site.layer.models[at]
    title = el("h3", el("a", model.name, href=link(site.model_page(at), page)))
    return el("li", title, el("p", one_line(model.description)))


def model_page(site: Site, at: int) -> str:
    """Return the page of a model."""
    page, model = site.model_page(at), site.layer.models[at]
    parts = [
        ("metrics", "Metrics", [_metric(metric, page) for metric in model.metrics]),
        ("datasets", "Datasets", [_dataset(site, dataset.name, page) for dataset in model.datasets]),
        ("views", "Views", [_view(site, view.name, page) for view in model.views]),
    ]
    return write_page(
        site,
        page,
        model.name,
        el("h1", model.name),
        el("p", badge("model"), class_="under"),
        el("p", one_line(model.description), class_="lead"),
        facts([("Owner", owner(model.owner)), ("Defined in", el("code", site.file(at)))]),
        [
            section(name, title, el("ul", cards, class_="cards"), count=len(cards))
            for name, title, cards in parts
            if cards
        ],
    )


def map_page(site: Site) -> str:
    """Return the map: every dataset, with the relationships between them."""
    page = "map.html"
    graphs = overview_graphs(site, page)
    related = {node.key.removeprefix("dataset:") for graph in graphs for node in graph.nodes}
    alone = [_dataset(site, name, page) for name in site.layer.datasets if name not in related]
    return write_page(
        site,
        page,
        "Map",
        el("h1", "Map of the datasets"),
        el(
            "p",
            "An arrow leads from rows to what each of them belongs to: metrics over the left may be taken by "
            "columns of the right.",
            class_="lead",
        ),
        [
            el("section", picture(graph, f"Datasets that hang together, {at} of {len(graphs)}"))
            for at, graph in enumerate(graphs, start=1)
        ],
        section("alone", "By themselves", el("ul", alone, class_="cards"), count=len(alone)) if alone else None,
    )


def dashboards_page(site: Site) -> str:
    """Return the dashboards and charts, with the metrics that each shows."""
    page = "dashboards.html"
    placed = {uuid for dashboard in site.usage.dashboards for uuid in dashboard.charts}
    loose = [chart for chart in site.usage.charts if chart.uuid not in placed]
    return write_page(
        site,
        page,
        "Dashboards",
        el("h1", "Dashboards"),
        el("p", "Which dashboards there are, and which metrics their charts show.", class_="lead"),
        [_dashboard(site, dashboard, page) for dashboard in site.usage.dashboards],
        section("loose", "Charts on no dashboard", _chart_table(site, loose, page), count=len(loose))
        if loose
        else None,
    )


def _dashboard(site: Site, dashboard: Dashboard, page: str) -> Html:
    charts = {chart.uuid: chart for chart in site.usage.charts}
    shown = [charts[uuid] for uuid in dashboard.charts]
    seal = badge(f"✓ Certified by {dashboard.certified_by}", "good") if dashboard.certified_by else None
    where = f"{site.superset}/superset/dashboard/{dashboard.slug or dashboard.uuid}/" if site.superset else None
    return section(
        f"dashboard-{dashboard.uuid}",
        dashboard.title,
        el("p", seal, " ", el("a", "Open in Superset", href=where) if where else None),
        el("p", one_line(dashboard.description)) if dashboard.description else None,
        _chart_table(site, shown, page, also=placed_before(site, dashboard)),
        count=len(shown),
    )


def placed_before(site: Site, dashboard: Dashboard) -> set[str]:
    """Return the charts that an earlier dashboard shows: an anchor may stand once in a page."""
    found: set[str] = set()
    for other in site.usage.dashboards:
        if other is dashboard:
            break
        found.update(other.charts)
    return found


def _chart_table(site: Site, charts: list[Chart], page: str, also: set[str] | None = None) -> Html:
    rows = [
        (None if also and chart.uuid in also else f"chart-{chart.uuid}", _chart_cells(site, chart, page))
        for chart in charts
    ]
    return table(("Chart", "What it shows", "View", "Metrics", "By"), rows, "Charts")


def _chart_cells(site: Site, chart: Chart, page: str) -> list[Child]:
    view = site.layer.views.get(chart.view)
    if view is None:
        return [chart.name, chart.description, chart.view, None, None]
    metrics = mentions(site, "metric", [name for name in view.metrics if name in chart.words], page)
    by: list[Child] = []
    for output, item in view.outputs().items():
        if output in chart.words:
            role, column = item.column.split(".")
            by += [", " if by else None, column_link(site.layer.roles.get(role, role), column, page)]
    return [chart.name, one_line(chart.description), mentions(site, "view", [view.name], page), metrics, join(by)]
