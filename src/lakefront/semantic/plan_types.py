"""What a plan is made of: which rows each aggregate needs, one branch for all that share a scan, and their answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from lakefront.semantic.joins import Step
from lakefront.semantic.model import Aggregate, AnyMetric, Dataset, Grain, Span
from lakefront.semantic.query import OrderBy, Query
from lakefront.semantic.resolve import Fact, Resolved


@dataclass(frozen=True)
class Window:
    """The rows that count for a period: of the period itself or up to its end, or of an earlier period."""

    kind: Literal["period", "running", "trailing", "to_date"] = "period"
    span: Span | None = None
    reset: Grain | None = None
    back: Span | None = None

    @property
    def slug(self) -> str:
        """A short name, for columns."""
        span = f"last_{self.span.count}_{self.span.grain.value}" if self.span else ""
        words = {"period": "", "running": "running", "trailing": span, "to_date": f"{self.reset}_to_date"}
        back = f"{self.back.count}_{self.back.grain.value}_before" if self.back else ""
        return "_".join(part for part in (words[self.kind], back) if part)

    def __str__(self) -> str:
        words = {
            "period": "each period",
            "running": "all up to the end of each period",
            "trailing": f"the {self.span.count} {self.span.grain.value}s up to its end" if self.span else "",
            "to_date": f"since the start of the {self.reset.value}" if self.reset else "",
        }
        return words[self.kind] + (f", {self.back.count} {self.back.grain.value}s before" if self.back else "")


@dataclass(frozen=True)
class Leaf:
    """An aggregate of a branch, and the name of its column."""

    name: str
    metric: Aggregate


@dataclass(frozen=True)
class Branch:
    """One scan of a fact with the joins that it needs, aggregated by the dimensions of the query."""

    fact: Fact
    leaves: tuple[Leaf, ...]
    dimensions: tuple[Resolved, ...]
    filters: dict[tuple[str, ...], Resolved]
    joins: tuple[Step, ...]
    #: None: the rows of each group, as they are.
    window: Window | None = None
    #: The place of the period among the dimensions, when there is a window.
    period: int | None = None
    over_time: Literal["last", "first"] | None = None
    #: The rollup that is read in place of the dataset, and its state, in words.
    rollup: str | None = None

    @property
    def dataset(self) -> Dataset:
        """The fact's dataset."""
        return self.fact.dataset


@dataclass(frozen=True)
class Output:
    """A metric of the answer: SQL over the names of leaves."""

    name: str
    metric: AnyMetric
    tree: exp.Expr


@dataclass(frozen=True)
class Plan:
    """All that the SQL says, before it is SQL."""

    query: Query
    #: Names of the answer's columns of dimensions.
    names: tuple[str, ...]
    branches: tuple[Branch, ...]
    outputs: tuple[Output, ...]
    order: tuple[OrderBy, ...]
    notes: tuple[str, ...] = ()
    #: A condition over `columns`.
    having: exp.Expr | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the answer, in order."""
        return (*self.names, *(output.name for output in self.outputs))
