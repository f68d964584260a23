"""What the pages tell, worked out once: descriptions, who uses what, and where each thing has its page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from sqlglot import exp

from lakefront.config import LookTable
from lakefront.semantic.describe import Description, describe_metric
from lakefront.semantic.expression import columns_used, parse_dataset_sql, parse_row_expression
from lakefront.semantic.joins import routes_from
from lakefront.semantic.metrics import parts_of
from lakefront.semantic.model import Aggregate, Dataset, Model, SemanticLayer, View
from lakefront.semantic.quality.bind import BoundRule, bind_rules
from lakefront.semantic.tables import column_of, columns_of
from lakefront.semantic.usage import Chart, Usage

#: A column of a dataset.
ColumnKey = tuple[str, str]


@dataclass(frozen=True)
class Site:
    """A checked layer with everything that the pages ask of it.

    `root`: the folder that files are told relative to. `superset`: the address of the Superset that dashboards are
    opened in, if there is one.
    """

    layer: SemanticLayer
    usage: Usage
    look: LookTable
    title: str
    root: Path
    superset: str | None = None

    @cached_property
    def descriptions(self) -> dict[str, Description]:
        """What is known of each metric."""
        return {name: describe_metric(name, self.layer) for name in self.layer.metrics}

    @cached_property
    def model_of(self) -> dict[tuple[str, str], int]:
        """The place of the model that defines a thing, by its kind and name."""
        return {
            (kind, item.name): at
            for at, model in enumerate(self.layer.models)
            for kind, items in (("metric", model.metrics), ("dataset", model.datasets), ("view", model.views))
            for item in items
        }

    def model(self, kind: str, name: str) -> Model:
        """Return the model that defines a thing."""
        return self.layer.models[self.model_of[kind, name]]

    def file(self, at: int) -> str:
        """Return the file of a model, relative to the bundle."""
        file = self.layer.files[at]
        return file.relative_to(self.root).as_posix() if file.is_relative_to(self.root) else file.name

    def model_page(self, at: int) -> str:
        """Return the page of a model. It is named by its file: two models may have one name."""
        return f"models/{self.layer.files[at].stem}.html"

    @cached_property
    def rules(self) -> dict[str, list[BoundRule]]:
        """The quality rules of each dataset that has some."""
        found: dict[str, list[BoundRule]] = {}
        for rule in bind_rules(self.layer):
            found.setdefault(rule.dataset.name, []).append(rule)
        return found

    @cached_property
    def reads(self) -> dict[str, list[ColumnKey]]:
        """The columns that each aggregate reads, in the datasets that define them."""
        return {
            metric.name: self._reads(metric) for metric in self.layer.metrics.values() if isinstance(metric, Aggregate)
        }

    def _reads(self, part: Aggregate) -> list[ColumnKey]:
        behind = routes_from(part.dataset, self.layer.relationships).datasets()
        return list(dict.fromkeys((behind[role], name) for role, name in columns_of(part)))

    def parts(self, metric: str) -> list[Aggregate]:
        """Return the aggregates that a metric is made of, each once."""
        found = {part.name: part for part in parts_of(self.layer.metrics[metric], self.layer.metrics)}
        return list(found.values())

    def columns(self, metric: str) -> list[ColumnKey]:
        """Return the columns that a metric comes from, each once."""
        return list(dict.fromkeys(key for part in self.parts(metric) for key in self.reads[part.name]))

    def datasets_of(self, metric: str) -> list[str]:
        """Return the datasets that a metric is counted over or reads, each once."""
        parts = self.parts(metric)
        return list(dict.fromkeys([*(part.dataset for part in parts), *(name for name, _ in self.columns(metric))]))

    @cached_property
    def readers(self) -> dict[ColumnKey, list[str]]:
        """The metrics that come from each column, by way of other metrics or computed columns too."""
        found: dict[ColumnKey, dict[str, None]] = {}
        for metric in self.layer.metrics:
            for name, column in self.columns(metric):
                for key in ((name, column), *((name, base) for base in self.bases(name, column))):
                    found.setdefault(key, {})[metric] = None
        return {key: list(names) for key, names in found.items()}

    def bases(self, dataset: str, column: str) -> list[str]:
        """Return the columns of the table that a computed column is made of; none for one of the table itself."""
        expression = column_of(self.layer.datasets[dataset], column).expression
        if not expression:
            return []
        uses = [use.name for use in columns_used(parse_row_expression(expression))]
        return list(dict.fromkeys(base for use in uses for base in (self.bases(dataset, use) or [use])))

    def metrics_over(self, dataset: str) -> list[str]:
        """Return the metrics that are counted over a dataset or read a column of it."""
        return self._over.get(dataset, [])

    @cached_property
    def _over(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for metric in self.layer.metrics:
            for dataset in self.datasets_of(metric):
                found.setdefault(dataset, []).append(metric)
        return found

    def view_datasets(self, view: View) -> list[str]:
        """Return the datasets that a view shows columns of, its root first."""
        behind = routes_from(view.root, self.layer.relationships).datasets()
        shown = [behind[item.column.split(".")[0]] for item in view.outputs().values()]
        return list(dict.fromkeys([view.root, *shown]))

    def charts_over(self, view: str) -> list[Chart]:
        """Return the charts that show a view."""
        return [chart for chart in self.usage.charts if chart.view == view]


def tables_of(dataset: Dataset) -> list[str]:
    """Return the tables that a dataset reads."""
    if dataset.source:
        return [dataset.source]
    query = parse_dataset_sql(dataset.sql or "")
    parts = {item.alias for item in query.find_all(exp.CTE)}
    tables = [item for item in query.find_all(exp.Table) if item.db or item.name not in parts]
    return sorted({".".join(part.name for part in item.parts) for item in tables})


def page_of(kind: str, name: str) -> str:
    """Return the page of a metric, dataset or view, from the top of the site."""
    return f"{kind}s/{name}.html"


def link(to: str, page: str) -> str:
    """Return the address of `to`, a page with an anchor or without, as seen from `page`; both from the top."""
    path, _, anchor = to.partition("#")
    up = "../" * page.count("/")
    return f"{up}{quote(path)}{f'#{quote(anchor)}' if anchor else ''}"
