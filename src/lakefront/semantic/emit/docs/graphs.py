"""Which boxes and lines the pictures have: where metrics come from and go to, how datasets lead to each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from lakefront.semantic.emit.docs.layout import Edge, Graph, Node, Port, Row
from lakefront.semantic.emit.docs.site import ColumnKey, Site, link, page_of, tables_of
from lakefront.semantic.metrics import inputs_of
from lakefront.semantic.model import Relationship, View
from lakefront.semantic.usage import Chart, Dashboard

_TABLE, _DATASET, _METRIC, _VIEW, _CHART, _DASHBOARD = 0, 1, 2, 1000, 1001, 1002
_HEADINGS: Final = {
    _TABLE: "Tables",
    _DATASET: "Datasets",
    _METRIC: "Metrics",
    _VIEW: "Views",
    _CHART: "Charts",
    _DASHBOARD: "Dashboards",
}


@dataclass
class _Sketch:
    """A picture while it is put together. Everything is added once, in the order in which it is first named."""

    site: Site
    page: str
    focus: str
    nodes: dict[str, Node] = field(default_factory=dict[str, Node])
    edges: dict[tuple[Port, Port], Edge] = field(default_factory=dict[tuple[Port, Port], Edge])

    def add(self, node: Node) -> None:
        self.nodes.setdefault(node.key, replace(node, focus=node.key == self.focus))

    def line(self, start: Port, end: Port) -> None:
        if start[0] in self.nodes and end[0] in self.nodes:
            self.edges.setdefault((start, end), Edge(start, end))

    def metric(self, name: str) -> None:
        metric = self.site.layer.metrics[name]
        note = f"{metric.type.replace('_', ' ')}{f' · {metric.unit}' if metric.unit else ''}"
        href = link(page_of("metric", name), self.page)
        tip = " ".join(metric.description.split())
        self.add(Node(f"metric:{name}", "metric", _METRIC + self._depth(name), metric.label, note, href, tip=tip))

    def _depth(self, name: str) -> int:
        return 1 + max((self._depth(part) for part in inputs_of(self.site.layer.metrics[name])), default=-1)

    def inputs(self, names: Iterable[str]) -> None:
        for name in names:
            for part in inputs_of(self.site.layer.metrics[name]):
                self.line((f"metric:{part}", None), (f"metric:{name}", None))

    def datasets(self, columns: Iterable[ColumnKey], names: Iterable[str]) -> None:
        """Add datasets with the columns that are read, and what computed columns are made of."""
        rows: dict[str, list[str]] = {name: [] for name in names}
        for name, column in columns:
            rows.setdefault(name, []).append(column)
        computed = any(self.site.bases(*key) for name in rows for key in ((name, column) for column in rows[name]))
        for name, wanted in rows.items():
            dataset = self.site.layer.datasets[name]
            apart = bool(dataset.sql) or (computed and bool(wanted))
            note = "" if apart else dataset.source or ""
            key, page = f"dataset:{name}", page_of("dataset", name)
            made = tuple(
                Row(c, _row(c, computed=bool(self.site.bases(name, c))), link(f"{page}#column-{c}", self.page))
                for c in wanted
            )
            self.add(Node(key, "dataset", _DATASET, name, note, link(page, self.page), made))
            if apart:
                self._tables(name, wanted)

    def _tables(self, name: str, columns: Iterable[str]) -> None:
        dataset, page = self.site.layer.datasets[name], page_of("dataset", name)
        href = link(f"{page}#source", self.page)
        if not dataset.source:
            for table in tables_of(dataset):
                self.add(Node(f"table:{table}", "table", _TABLE, table, "", href))
                self.line((f"table:{table}", None), (f"dataset:{name}", None))
            return
        read = {column: self.site.bases(name, column) or [column] for column in columns}
        bases = dict.fromkeys(base for made in read.values() for base in made)
        rows = tuple(Row(base, base, link(f"{page}#column-{base}", self.page)) for base in bases)
        key = f"table:{dataset.source}"
        self.add(Node(key, "table", _TABLE, dataset.source, "", href, rows))
        for column, made in read.items():
            for base in made:
                self.line((key, base), (f"dataset:{name}", column))

    def view(self, view: View) -> None:
        self.add(
            Node(f"view:{view.name}", "view", _VIEW, view.label, view.name, link(page_of("view", view.name), self.page))
        )

    def charts(self, charts: Iterable[Chart], dashboards: Iterable[Dashboard]) -> None:
        charts = list(charts)
        for chart in charts:
            href = link(f"dashboards.html#chart-{chart.uuid}", self.page)
            self.add(Node(f"chart:{chart.uuid}", "chart", _CHART, chart.name, chart.kind.replace("_", " "), href))
            self.line((f"view:{chart.view}", None), (f"chart:{chart.uuid}", None))
        for dashboard in dashboards:
            href = link(f"dashboards.html#dashboard-{dashboard.uuid}", self.page)
            key = f"dashboard:{dashboard.uuid}"
            self.add(Node(key, "dashboard", _DASHBOARD, dashboard.title, "dashboard", href))
            for chart in charts:
                if chart.uuid in dashboard.charts:
                    self.line((f"chart:{chart.uuid}", None), (key, None))

    def graph(self, headings: dict[int, str] | None = None) -> Graph:
        ranks = {node.rank for node in self.nodes.values()}
        between = {rank: "Metrics of metrics" for rank in ranks if _METRIC < rank < _VIEW}
        return Graph(
            tuple(self.nodes.values()),
            tuple(self.edges.values()),
            {**_HEADINGS, **between} if headings is None else headings,
        )


def _row(column: str, *, computed: bool) -> str:
    return f"ƒ {column}" if computed else column


def metric_graph(site: Site, name: str, page: str) -> Graph:
    """Return a metric's way: from the columns it reads, by the metrics it is made of, to the dashboards it is on."""
    described = site.descriptions[name]
    sketch = _Sketch(site, page, f"metric:{name}")
    sketch.datasets(site.columns(name), site.datasets_of(name))
    shown = [*reversed(described.made_of), name, *described.metrics]
    for metric in shown:
        sketch.metric(metric)
    for part in site.parts(name):
        _reads(sketch, part.name)
    sketch.inputs(shown)
    for view in described.views:
        sketch.view(site.layer.views[view])
        sketch.line((f"metric:{name}", None), (f"view:{view}", None))
    charts = site.usage.charts_of(name, site.layer)
    sketch.charts(charts, site.usage.dashboards_with(charts))
    return sketch.graph()


def _reads(sketch: _Sketch, part: str) -> None:
    columns = sketch.site.reads[part]
    for dataset, column in columns:
        sketch.line((f"dataset:{dataset}", column), (f"metric:{part}", None))
    over = next(item.dataset for item in sketch.site.parts(part))
    if over not in {dataset for dataset, _ in columns}:  # rows are counted
        sketch.line((f"dataset:{over}", None), (f"metric:{part}", None))


def dataset_graph(site: Site, name: str, page: str) -> Graph:
    """Return what is made of a dataset: metrics over it, and the views that show it."""
    sketch = _Sketch(site, page, f"dataset:{name}")
    metrics = site.metrics_over(name)
    columns = [
        key for key in dict.fromkeys(key for metric in metrics for key in site.columns(metric)) if key[0] == name
    ]
    sketch.datasets(columns, [name])
    for metric in metrics:
        sketch.metric(metric)
    for metric in metrics:
        if metric in site.reads:
            _reads(sketch, metric)
    sketch.inputs(metrics)
    for view in site.layer.views.values():
        through = [metric for metric in view.metrics if metric in metrics]
        if through or name in site.view_datasets(view):
            sketch.view(view)
            for metric in through:
                sketch.line((f"metric:{metric}", None), (f"view:{view.name}", None))
            if not through:
                sketch.line((f"dataset:{name}", None), (f"view:{view.name}", None))
    return sketch.graph()


def view_graph(site: Site, view: View, page: str) -> Graph:
    """Return what a view shows, and the charts and dashboards that show it."""
    sketch = _Sketch(site, page, f"view:{view.name}")
    shown = site.view_datasets(view)
    below = [name for metric in view.metrics for name in site.datasets_of(metric)]
    sketch.datasets([], dict.fromkeys([*shown, *below]))
    sketch.view(view)
    for metric in view.metrics:
        sketch.metric(metric)
        sketch.line((f"metric:{metric}", None), (f"view:{view.name}", None))
    for metric in view.metrics:
        inside = [part for part in inputs_of(site.layer.metrics[metric]) if part in view.metrics]
        sketch.inputs([metric] if inside else [])
        for dataset in [] if inside else site.datasets_of(metric):
            sketch.line((f"dataset:{dataset}", None), (f"metric:{metric}", None))
    for dataset in shown:
        sketch.line((f"dataset:{dataset}", None), (f"view:{view.name}", None))
    charts = site.charts_over(view.name)
    sketch.charts(charts, site.usage.dashboards_with(charts))
    return sketch.graph()


def neighbours_graph(site: Site, name: str, page: str) -> Graph:
    """Return a dataset with those that lead to it and those it leads to."""
    ends = [(*_ends(site, item), item) for item in site.layer.relationships]
    near = {name} | {other for a, b, _ in ends if name in (a, b) for other in (a, b)}
    return _relations(site, [key for key in site.layer.datasets if key in near], page, focus=name)


def overview_graphs(site: Site, page: str) -> list[Graph]:
    """Return all datasets as one picture for each group that hangs together, the largest first."""
    group = {name: {name} for name in site.layer.datasets}
    for item in site.layer.relationships:
        a, b = _ends(site, item)
        merged = group[a] | group[b]
        for name in merged:
            group[name] = merged
    order = list(site.layer.datasets)
    groups = {min(map(order.index, names)): names for names in group.values() if len(names) > 1}
    return [
        _relations(site, [name for name in order if name in groups[first]], page)
        for first in sorted(groups, key=lambda first: (-len(groups[first]), first))
    ]


def _ends(site: Site, item: Relationship) -> tuple[str, str]:
    roles = site.layer.roles
    return roles.get(item.from_, item.from_), roles.get(item.to, item.to)


def _relations(site: Site, names: list[str], page: str, focus: str = "") -> Graph:
    sketch = _Sketch(site, page, f"dataset:{focus}")
    tips: dict[tuple[str, str], list[str]] = {}
    for item in site.layer.relationships:
        a, b = _ends(site, item)
        # Of a dataset's own picture, only its own relationships.
        if a in names and b in names and a != b and (not focus or focus in (a, b)):
            tips.setdefault((a, b), []).append(f"{item.name}: {told(item)}")
    ranks = _ranks(names, list(tips))
    for name in names:
        metrics = len(site.metrics_over(name))
        counted = f"{metrics} metric{'' if metrics == 1 else 's'}" if metrics else "no metrics of its own"
        note = f"{site.model('dataset', name).name} · {counted}"
        tip = " ".join(site.layer.datasets[name].description.split())
        href = link(page_of("dataset", name), page)
        sketch.add(Node(f"dataset:{name}", "dataset", ranks[name], name, note, href, tip=tip))
    for (a, b), tip in tips.items():
        start, end, back = (a, b, False) if ranks[a] < ranks[b] else (b, a, True)
        ports: tuple[Port, Port] = (f"dataset:{start}", None), (f"dataset:{end}", None)
        other = [sketch.edges[ports].tip] if ports in sketch.edges else []  # both directions are one line
        sketch.edges[ports] = Edge(*ports, tip="\n".join([*other, *tip]), back=back)
    return sketch.graph({})


def told(item: Relationship) -> str:
    """Return a relationship in words."""
    on = ", ".join(f"{a} = {b}" for a, b in zip(item.from_columns, item.to_columns, strict=True))
    role = f" as {item.as_}" if item.as_ else ""
    return f"{item.from_} to {item.to}{role} on {on} ({item.type.replace('_', ' ')})"


def _ranks(names: list[str], edges: list[tuple[str, str]]) -> dict[str, int]:
    """Return how many steps each dataset is behind the first: longest ways, where a circle is cut at its last step."""
    after: dict[str, list[str]] = {name: [b for a, b in edges if a == name] for name in names}
    forward: set[tuple[str, str]] = set()
    done: list[str] = []
    state: dict[str, int] = {}

    def visit(name: str) -> None:
        state[name] = 1
        for other in after[name]:
            if state.get(other) == 1:
                continue  # closes a circle
            forward.add((name, other))
            if other not in state:
                visit(other)
        state[name] = 2
        done.append(name)

    roots = [name for name in names if all(b != name for _, b in edges)]
    for name in [*roots, *names]:
        if name not in state:
            visit(name)
    ranks = dict.fromkeys(names, 0)
    for name in reversed(done):
        for a, b in forward:
            if a == name:
                ranks[b] = max(ranks[b], ranks[a] + 1)
    return ranks
