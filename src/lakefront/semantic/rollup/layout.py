"""A rollup's table: its columns, and how each is computed from the rows of the dataset."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, cast

from sqlglot import exp

from lakefront.semantic.expression import DIALECT, data_type, parse_row_expression
from lakefront.semantic.metrics import parts_of
from lakefront.semantic.model import Aggregate, Column, Dataset, Grain, SemanticLayer, TimeSpec
from lakefront.semantic.resolve import Fact, Resolved, fact_of, resolve
from lakefront.semantic.rollup_model import Rollup
from lakefront.semantic.tables import aggregate_over, columns_of, sketch_call
from lakefront.semantic.time import TimeKind

_SUB_DAY: Final = (Grain.MINUTE, Grain.HOUR)
_INTEGERS: Final = frozenset({"tinyint", "smallint", "integer", "int", "bigint"})
#: No dataset can have this name, which the memo has the others by.
_MEMO: Final = "rollup layouts"
#: Aggregates that parts can be kept of.
KEPT: Final = frozenset({"sum", "count", "min", "max", "avg", "count_distinct", "approx_distinct"})


class Kind(StrEnum):
    """What a column of a rollup holds of the rows that it stands for."""

    SUM = "sum"
    COUNT = "count"
    MIN = "min"
    MAX = "max"
    SKETCH = "sketch"
    #: Nothing that could be put together: a mean, for people who read the table.
    VALUE = "value"


@dataclass(frozen=True)
class Part:
    """An aggregate of a rollup: its columns, and the type of a mean's answer."""

    metric: Aggregate
    columns: dict[Kind, str]
    mean: str | None = None


@dataclass(frozen=True)
class Layout:
    """A rollup of a checked layer with all that its table is made of."""

    rollup: Rollup
    fact: Fact
    #: The time's column of the dataset, resolved with the grain.
    time: Resolved | None
    #: The dimensions, and the column of the table that holds each.
    dimensions: dict[str, Resolved]
    parts: dict[str, Part]

    @property
    def time_column(self) -> Column | None:
        """The time's column of the table: days and longer are dates, hours and minutes a clock's time in its zone."""
        if self.time is None or self.time.grain is None or self.rollup.time is None:
            return None
        sub_day = self.time.grain in _SUB_DAY
        return Column(
            name=self.rollup.time.output,
            type="timestamp(6)" if sub_day else "date",
            description=f"Start of the {self.time.grain.value}.",
            time=TimeSpec(grains=tuple(Grain), zone=self.time.zone),
        )

    @property
    def keeps_the_time(self) -> bool:
        """Whether the table's time is the dataset's own, unchanged: days of a date."""
        return self.time is not None and self.time.grain is Grain.DAY and self.time.kind is TimeKind.DATE

    @property
    def own_columns(self) -> set[str]:
        """The dataset's own columns that the table has unchanged, under their own names."""
        own = self.fact.dataset.name
        kept = {name for name, item in self.dimensions.items() if item.role == own and name == item.column.name}
        column = self.time_column
        same = self.keeps_the_time and column is not None and self.time and column.name == self.time.column.name
        return kept | ({column.name} if same and column else set())

    def stored(self, item: Resolved) -> Column | None:
        """Return the column of the table that holds a column of the dataset as it is."""
        for name, dimension in self.dimensions.items():
            if (dimension.role, dimension.column.name) == (item.role, item.column.name):
                return Column(
                    name=name, type=item.column.type, description=item.column.description, time=item.column.time
                )
        return None

    def as_dataset(self) -> Dataset:
        """Return the table as a dataset that goes by the name of the one it is a rollup of."""
        own = self.fact.dataset
        columns = [column for column in (self.time_column,) if column]
        columns += [
            Column(name=name, type=item.column.type, description=item.column.description, time=item.column.time)
            for name, item in self.dimensions.items()
        ]
        columns += [
            Column(name=name, type="bigint", description=part.metric.description)
            for part in self.parts.values()
            for name in part.columns.values()
        ]
        return Dataset(
            name=own.name,
            source=self.rollup.target,
            description=self.rollup.description,
            primary_key=tuple(column.name for column in columns[:1]),
            columns=tuple(columns),
        )


def layouts_of(layer: SemanticLayer) -> list[Layout]:
    """Return the layouts of all rollups of a checked layer, worked out once."""
    memo = cast("dict[str, list[Layout]]", layer.memo)
    if _MEMO not in memo:
        memo[_MEMO] = [layout_of(rollup, layer) for rollup in layer.rollups.values()]
    return memo[_MEMO]


def layout_of(rollup: Rollup, layer: SemanticLayer) -> Layout:
    """Return a rollup's layout. Raises BadInputError (`query-…`) where a dimension cannot be reached."""
    fact = fact_of(layer, rollup.dataset, rollup.time.column if rollup.time else None, rollup.name)
    time = resolve((rollup.dataset, rollup.time.column, rollup.time.grain.value), fact) if rollup.time else None
    dimensions = {item.output: resolve(tuple(item.column.split(".")), fact) for item in rollup.columns}
    parts: dict[str, Part] = {}
    for name, output in rollup.named_metrics.items():
        aggregates = parts_of(layer.metrics[name], layer.metrics)
        for aggregate in aggregates:
            stored = output if aggregate.name == name else aggregate.name
            parts.setdefault(aggregate.name, _part(aggregate, stored, fact, dimensions))
    return Layout(rollup, fact, time, dimensions, parts)


def mean_type(metric: Aggregate, dataset: Dataset) -> str | None:
    """Return the type of a mean, as Trino's `avg` gives it; None where the type of what is averaged is not known."""
    type_ = _type_of(parse_row_expression(metric.expression, qualified=True), dataset)
    if type_ is None:
        return None
    if type_ in _INTEGERS or type_ == "double":
        return "double"
    return type_ if type_.startswith("decimal") or type_ == "real" else None


def _type_of(tree: exp.Expr, dataset: Dataset) -> str | None:
    if isinstance(tree, exp.Paren):
        return _type_of(tree.this, dataset)
    if isinstance(tree, exp.Cast):
        return str(tree.to.sql(DIALECT)).lower()
    if isinstance(tree, exp.Column) and tree.table in ("", dataset.name):
        column = dataset.column(tree.name)
        return str(data_type(column.type).sql(DIALECT)).lower() if column else None
    return None


def _part(metric: Aggregate, name: str, fact: Fact, dimensions: dict[str, Resolved]) -> Part:
    if metric.type == "avg":
        columns = {Kind.VALUE: name, Kind.SUM: f"{name}_sum", Kind.COUNT: f"{name}_count"}
        return Part(metric, columns, mean_type(metric, fact.dataset))
    if metric.type in ("count_distinct", "approx_distinct"):
        own = {(fact.dataset.name, name) for name, item in dimensions.items() if name == item.column.name}
        whole = all(use in own for use in columns_of(metric))
        return Part(metric, {} if whole else {Kind.SKETCH: f"{name}_sketch"})
    return Part(metric, {Kind(metric.type): name})


def column_sql(part: Part, kind: Kind, fact: Fact) -> exp.Expr:
    """Return how a column of a part is computed from rows of the dataset and of those it leads to."""
    metric = part.metric
    if kind is Kind.SKETCH:
        return exp.cast(aggregate_over(metric, fact.value, sketch_call), "varbinary", dialect=DIALECT)
    type_ = metric.type if kind is Kind.VALUE else kind.value
    return aggregate_over(metric.model_copy(update={"type": type_}), fact.value)
