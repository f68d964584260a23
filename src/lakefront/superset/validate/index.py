"""All files of a bundle by what others call them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lakefront.semantic.model import SemanticLayer
from lakefront.superset.bundle import AssetFile, Bundle
from lakefront.superset.validate.problem import Problems
from lakefront.superset.validate.sql import signature
from lakefront.superset.values import certification, listed, mapping, text


@dataclass(frozen=True)
class Metric:
    """A metric of a dataset, as Superset knows it."""

    name: str
    label: str
    expression: str
    certified: bool


class Dataset:
    """A dataset's columns and metrics by name. `times`: columns that hold a time."""

    def __init__(self, asset: AssetFile) -> None:
        self.asset = asset
        self.name = text(asset.data.get("table_name")) or asset.slug
        columns = [mapping(item) for item in listed(asset.data.get("columns"))]
        self.columns = {text(item.get("column_name")): item for item in columns if item.get("column_name")}
        self.times = {name for name, item in self.columns.items() if item.get("is_dttm") is True}
        metrics = [mapping(item) for item in listed(asset.data.get("metrics"))]
        self.metrics = {item.name: item for item in (_metric(data) for data in metrics) if item.name}

    @cached_property
    def signatures(self) -> dict[str, str]:
        """The name of the metric behind each normalised SQL expression."""
        found = ((signature(metric.expression), metric.name) for metric in self.metrics.values())
        return {sql: name for sql, name in found if sql}

    @cached_property
    def labels(self) -> dict[str, str]:
        """The name of each metric by its label and by itself, in lower case."""
        metrics = self.metrics.values()
        return {word.lower(): item.name for item in metrics for word in (item.label, item.name) if word}

    @cached_property
    def columns_folded(self) -> frozenset[str]:
        """The columns' names in lower case, as SQL without quotes knows them."""
        return frozenset(name.lower() for name in self.columns)


class Index:
    """What checks look things up in, and where they tell what they find.

    `unread`: folders where a file could not be read; what is missing there may be in it, and telling would be noise.
    """

    def __init__(
        self, bundle: Bundle, layer: SemanticLayer | None, others: Iterable[AssetFile], unread: frozenset[str]
    ) -> None:
        self.bundle = bundle
        self.layer = layer
        self.others = tuple(others)
        self.unread = unread
        self.found = Problems()
        self.by_uuid = {uuid: asset for asset in reversed(bundle.assets) if (uuid := text(asset.data.get("uuid")))}
        self.of: dict[str, list[AssetFile]] = {}
        for asset in (*bundle.assets, *self.others):
            self.of.setdefault(asset.folder, []).append(asset)
        self.datasets = {text(item.data.get("uuid")): Dataset(item) for item in self.of.get("datasets", [])}
        self.charts = {item.slug: item for item in self.of.get("charts", [])}

    def linked(self, folder: str, uuid: Any) -> AssetFile | None:
        """Return the file of a kind that has a uuid."""
        found = self.by_uuid.get(text(uuid))
        return found if found and found.folder == folder else None

    def dataset_of(self, chart: AssetFile) -> Dataset | None:
        """Return the dataset of a chart."""
        return self.datasets.get(text(chart.data.get("dataset_uuid")))

    @cached_property
    def themes(self) -> frozenset[str]:
        """The slugs of the themes."""
        return frozenset(item.slug for item in self.of.get("themes", []))

    @cached_property
    def roles(self) -> frozenset[str]:
        """The names of roles that are generated."""
        return frozenset(
            text(item.data.get("name")) for folder in ("roles", "groups") for item in self.of.get(folder, [])
        )


def _metric(data: dict[str, Any]) -> Metric:
    return Metric(
        name=text(data.get("metric_name")),
        label=text(data.get("verbose_name")),
        expression=text(data.get("expression")),
        certified=bool(certification(data).get("certified_by")),
    )
