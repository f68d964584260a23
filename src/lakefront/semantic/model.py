"""The semantic model's types: datasets, columns, relationships, metrics and views, as a person writes them in YAML.

The shape follows Apache Ossie (the Open Semantic Interchange): lists of named things, SQL expressions.
References between things are checked by `lakefront.semantic.load`, which knows lines and columns.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag

TABLE_PATTERN: Final = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_$]*){1,2}$"
COLUMN_PATTERN: Final = r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=63)]
#: `schema.table` is a table of the environment's lake catalog; `catalog.schema.table` names another catalog.
TableName = Annotated[str, StringConstraints(pattern=TABLE_PATTERN)]
#: `dataset.column`
ColumnRef = Annotated[str, StringConstraints(pattern=COLUMN_PATTERN)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Node(BaseModel):
    """Base of everything that is read from YAML: frozen, and strict about keys and types."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Sensitivity(StrEnum):
    """Who may see a column's values: everybody, everybody inside, or only those who need to (personal data)."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PII = "pii"


class Grain(StrEnum):
    """Steps of time that a time column may be grouped by."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class NumberStyle(StrEnum):
    """How a number is written. Every consumer maps it to its own formats."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    PERCENT = "percent"
    COMPACT = "compact"


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
    time: TimeSpec | None = None


class Dataset(Node):
    """A table of Trino with what its columns mean."""

    name: Name
    source: TableName
    description: Text
    primary_key: tuple[Name, ...] = Field(min_length=1)
    columns: tuple[Column, ...] = Field(min_length=1)

    def column(self, name: str) -> Column | None:
        """Return a column by name."""
        return next((column for column in self.columns if column.name == name), None)


class Relationship(Node):
    """Each row of `from` belongs to at most one row of `to`."""

    name: Name
    from_: Name = Field(alias="from")
    to: Name
    from_columns: tuple[Name, ...] = Field(min_length=1)
    to_columns: tuple[Name, ...] = Field(min_length=1)
    type: Literal["many_to_one", "one_to_one"] = "many_to_one"


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
    """One SQL aggregate over the rows of one dataset, optionally of those rows that a condition holds for."""

    type: Literal["sum", "min", "max", "avg", "count", "count_distinct"]
    dataset: Name
    expression: Text
    filter: Text | None = None


class Ratio(MetricBase):
    """One metric divided by another; NULL where the denominator is zero."""

    type: Literal["ratio"]
    numerator: Name
    denominator: Name


Metric = Annotated[Aggregate | Ratio, Field(discriminator="type")]


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
    """What consumers see: one row for each row of `root`, with columns of the datasets it leads to, and metrics."""

    name: Name
    label: Text
    description: Text
    root: Name
    time: Name
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
    views: tuple[View, ...] = ()


class SemanticLayer(BaseModel):
    """All models of a bundle, checked. Names are unique over all of them."""

    model_config = ConfigDict(frozen=True)

    models: tuple[Model, ...]
    files: tuple[Path, ...]

    @property
    def datasets(self) -> dict[str, Dataset]:
        """Datasets by name."""
        return {dataset.name: dataset for model in self.models for dataset in model.datasets}

    @property
    def relationships(self) -> tuple[Relationship, ...]:
        """Relationships of all models."""
        return tuple(relationship for model in self.models for relationship in model.relationships)

    @property
    def metrics(self) -> dict[str, Aggregate | Ratio]:
        """Metrics by name."""
        return {metric.name: metric for model in self.models for metric in model.metrics}

    @property
    def views(self) -> dict[str, View]:
        """Views by name."""
        return {view.name: view for model in self.models for view in model.views}
