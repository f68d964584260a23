"""Rollups as a person writes them: tables that hold metrics already added up by some dimensions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Field, Tag

from lakefront.semantic.model_base import DimensionName, Grain, Name, Node, TableName, Text
from lakefront.semantic.quality_model import Age


class RollupTime(Node):
    """The time that a rollup's rows are of: a time column of the dataset, at a grain."""

    column: Name
    grain: Grain
    as_: Name | None = Field(default=None, alias="as")

    @property
    def output(self) -> str:
        """The column of the table."""
        return self.as_ or self.column


class RollupColumn(Node):
    """A dimension that a rollup keeps, of the dataset itself or, as `dataset.column`, of one that it leads to."""

    column: DimensionName
    as_: Name | None = Field(default=None, alias="as")

    @property
    def output(self) -> str:
        """The column of the table."""
        return self.as_ or self.column.split(".")[-1]


class RollupMetric(Node):
    """A metric that a rollup keeps the parts of, under its own name or another."""

    metric: Name
    as_: Name | None = Field(default=None, alias="as")


def _item_kind(item: object) -> str:
    return "short" if isinstance(item, str) else "long"


class Refresh(Node):
    """When a rollup is renewed. `max_staleness`: how long an older state may still answer, such as 90m, 36h or 2d."""

    max_staleness: Age


class Rollup(Node):
    """A table of the lake that holds metrics already added up by some dimensions; built by `semantic refresh`.

    A query that it can answer exactly reads it instead of the dataset. Without `refresh`, only while it is current.
    """

    name: Name
    description: Text
    dataset: Name
    table: TableName | None = None
    time: RollupTime | None = None
    dimensions: tuple[
        Annotated[
            Annotated[DimensionName, Tag("short")] | Annotated[RollupColumn, Tag("long")], Discriminator(_item_kind)
        ],
        ...,
    ] = ()
    metrics: tuple[
        Annotated[Annotated[Name, Tag("short")] | Annotated[RollupMetric, Tag("long")], Discriminator(_item_kind)], ...
    ] = Field(min_length=1)
    refresh: Refresh | None = None

    @property
    def target(self) -> str:
        """The table, as `schema.table`."""
        return self.table or f"rollups.{self.name}"

    @property
    def columns(self) -> tuple[RollupColumn, ...]:
        """The dimensions, each with its column of the table."""
        return tuple(item if isinstance(item, RollupColumn) else RollupColumn(column=item) for item in self.dimensions)

    @property
    def named_metrics(self) -> dict[str, str]:
        """The metrics, each with its name in the table."""
        items = (item if isinstance(item, RollupMetric) else RollupMetric(metric=item) for item in self.metrics)
        return {item.metric: item.as_ or item.metric for item in items}
