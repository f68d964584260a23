"""The semantic model's types: datasets, columns, relationships, metrics and views, as a person writes them in YAML.

The shape follows Apache Ossie (the Open Semantic Interchange): lists of named things, SQL expressions.
References between things are checked by `lakefront.semantic.load`, which knows lines and columns.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from lakefront.config import BUNDLE_NAMES, Schemas
from lakefront.semantic.model_base import ColumnRef, Grain, Name, Node, TableName, Text
from lakefront.semantic.quality_model import QualityRule
from lakefront.semantic.rollup_model import Rollup


class Sensitivity(StrEnum):
    """Who may see a column's values: everybody, everybody inside, or only those who need to (personal data)."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PII = "pii"


class NumberStyle(StrEnum):
    """How a number is written. Every consumer maps it to its own formats."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    PERCENT = "percent"
    COMPACT = "compact"
    SIGNIFICANT = "significant"


class TimeSpec(Node):
    """Makes a column a time dimension."""

    grains: tuple[Grain, ...] = Field(min_length=1)
    zone: str = "UTC"


class Column(Node):
    """A column of a dataset: one of the table, or one computed from others by a row-level SQL expression."""

    name: Name
    type: Text
    description: Text
    label: Text | None = None
    expression: Text | None = None
    synonyms: tuple[Text, ...] = ()
    sensitivity: Sensitivity = Sensitivity.INTERNAL
    format: NumberStyle | None = None
    time: TimeSpec | None = None


class Dataset(Node):
    """A table of Trino, the rows of a view of other datasets, or those of a SELECT, with what its columns mean.

    `time` is the time column that bounds and periods are about; it need not be named when there is only one.
    """

    name: Name
    source: TableName | None = None
    view: Name | None = None
    sql: Text | None = None
    description: Text
    primary_key: tuple[Name, ...] = Field(min_length=1)
    time: Name | None = None
    columns: tuple[Column, ...] = Field(min_length=1)
    quality: tuple[QualityRule, ...] = ()

    @model_validator(mode="after")
    def _one_origin(self) -> Dataset:
        if sum(origin is not None for origin in (self.source, self.view, self.sql)) != 1:
            raise ValueError(
                "a dataset has one of `source`, a table, `view`, a view of other datasets, or `sql`, a SELECT"
            )
        return self

    @property
    def time_column(self) -> str | None:
        """The time column that bounds and periods are about, when it is clear which."""
        if self.time:
            return self.time
        times = [column.name for column in self.columns if column.time]
        return times[0] if len(times) == 1 else None

    def column(self, name: str) -> Column | None:
        """Return a column by name."""
        return next((column for column in self.columns if column.name == name), None)


class Relationship(Node):
    """Each row of `from` belongs to at most one row of `to`.

    `as` names the part that `to` plays here (the customer that an order is shipped to, the one it is billed to);
    columns are then asked for by that name, and other relationships may start `from` it.
    """

    name: Name
    from_: Name = Field(alias="from")
    to: Name
    as_: Name | None = Field(default=None, alias="as")
    from_columns: tuple[Name, ...] = Field(min_length=1)
    to_columns: tuple[Name, ...] = Field(min_length=1)
    type: Literal["many_to_one", "one_to_one"] = "many_to_one"

    @property
    def role(self) -> str:
        """The name that the joined rows are known by."""
        return self.as_ or self.to


class Certification(Node):
    """Who vouches for a metric, and on what ground."""

    by: Text
    details: Text | None = None


class MetricBase(Node):
    """What every metric has."""

    name: Name
    label: Text
    description: Text
    owner: Text
    unit: Text | None = None
    format: NumberStyle = NumberStyle.INTEGER
    synonyms: tuple[Text, ...] = ()
    certified: Certification | None = None


class Aggregate(MetricBase):
    """One SQL aggregate over the rows of one dataset, optionally of those rows that a condition holds for.

    `expression` and `filter` may name columns of datasets that this one leads to, as `dataset.column`.
    `over_time`: a level, such as a stock or a balance, is not added up over time; of each period its `last` (or
    `first`) moment counts.
    """

    type: Literal["sum", "min", "max", "avg", "count", "count_distinct", "approx_distinct", "approx_percentile"]
    dataset: Name
    expression: Text
    filter: Text | None = None
    percentile: float | None = Field(default=None, ge=0, le=1)
    time: Name | None = None
    over_time: Literal["last", "first"] | None = None

    @model_validator(mode="after")
    def _percentile_where_wanted(self) -> Aggregate:
        if (self.type == "approx_percentile") != (self.percentile is not None):
            raise ValueError("`percentile` (0 to 1) goes with approx_percentile, and with nothing else")
        return self


class Ratio(MetricBase):
    """One metric divided by another; NULL where the denominator is zero."""

    type: Literal["ratio"]
    numerator: Name
    denominator: Name


class Derived(MetricBase):
    """SQL over other metrics. A division is one of doubles, and NULL where the divisor is zero."""

    type: Literal["derived"]
    expression: Text


class Span(Node):
    """So many periods, such as 7 days."""

    count: int = Field(ge=1, le=10_000)
    grain: Grain


class Cumulative(MetricBase):
    """A metric over all rows up to the end of a period: all of them, those of a `window`, or since a `reset`."""

    type: Literal["cumulative"]
    metric: Name
    window: Span | None = None
    reset: Grain | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Cumulative:
        if self.window and self.reset:
            raise ValueError("a cumulative metric has a `window` or a `reset`, not both")
        return self


class PeriodOverPeriod(MetricBase):
    """A metric of the period `offset` before: its value there, the difference from it, or the growth since."""

    type: Literal["period_over_period"]
    metric: Name
    offset: Span
    show: Literal["previous", "difference", "growth"] = "growth"


AnyMetric = Aggregate | Ratio | Derived | Cumulative | PeriodOverPeriod
Metric = Annotated[AnyMetric, Field(discriminator="type")]


class ViewColumn(Node):
    """A column that a view shows under another name, or with a text in place of NULL."""

    column: ColumnRef
    as_: Name | None = Field(default=None, alias="as")
    missing: Text | None = None

    @property
    def output(self) -> str:
        """The name that the view gives it."""
        return self.as_ or self.column.split(".")[1]


def _column_kind(item: object) -> str:
    return "reference" if isinstance(item, str) else "named"


ViewItem = Annotated[
    Annotated[ColumnRef, Tag("reference")] | Annotated[ViewColumn, Tag("named")], Discriminator(_column_kind)
]


class View(Node):
    """What consumers see: one row for each row of `root`, with columns of the datasets it leads to, and metrics.

    `as_of`: whether dashboards may show its tables as they were at an earlier time, next to today.
    """

    name: Name
    label: Text
    description: Text
    root: Name
    time: Name
    as_of: bool = False
    columns: tuple[ViewItem, ...] = Field(min_length=1)
    metrics: tuple[Name, ...] = Field(min_length=1)

    def outputs(self) -> dict[str, ViewColumn]:
        """Return the view's columns by their output names."""
        items = (item if isinstance(item, ViewColumn) else ViewColumn(column=item) for item in self.columns)
        return {item.output: item for item in items}


class Model(Node):
    """One file of `semantic_layer/models/`."""

    version: Literal[1]
    name: Name
    description: Text
    owner: Text
    datasets: tuple[Dataset, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    metrics: tuple[Metric, ...] = ()
    rollups: tuple[Rollup, ...] = ()
    views: tuple[View, ...] = ()


class SemanticLayer(BaseModel):
    """All models of a bundle, checked. Names are unique over all of them."""

    model_config = ConfigDict(frozen=True)

    models: tuple[Model, ...]
    files: tuple[Path, ...]
    #: The SELECT of each dataset that is over a view.
    selects: dict[str, str] = Field(default_factory=dict[str, str])
    #: What the schemas of its tables, and of those that Lakefront itself writes, are called: they are put in already.
    schemas: Schemas = BUNDLE_NAMES

    @cached_property
    def datasets(self) -> dict[str, Dataset]:
        """Datasets by name; one over a view has its SELECT as `sql`."""
        return {
            dataset.name: dataset.model_copy(update={"sql": self.selects[dataset.name]})
            if dataset.name in self.selects
            else dataset
            for model in self.models
            for dataset in model.datasets
        }

    @cached_property
    def relationships(self) -> tuple[Relationship, ...]:
        """Relationships of all models."""
        return tuple(relationship for model in self.models for relationship in model.relationships)

    @cached_property
    def metrics(self) -> dict[str, AnyMetric]:
        """Metrics by name."""
        return {metric.name: metric for model in self.models for metric in model.metrics}

    @cached_property
    def views(self) -> dict[str, View]:
        """Views by name."""
        return {view.name: view for model in self.models for view in model.views}

    @cached_property
    def rollups(self) -> dict[str, Rollup]:
        """Rollups by name."""
        return {rollup.name: rollup for model in self.models for rollup in model.rollups}

    @cached_property
    def roles(self) -> dict[str, str]:
        """The dataset behind each alias of a relationship."""
        return {item.as_: item.to for item in self.relationships if item.as_}

    @cached_property
    def memo(self) -> dict[str, object]:
        """Where each dataset leads to, filled by the planner: it depends on nothing but the layer."""
        return {}
