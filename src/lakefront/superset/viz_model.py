"""What is known of a kind of chart: its parameters, and what each of them is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ParamKind(StrEnum):
    """What a parameter of a chart is."""

    METRIC = "metric"
    METRICS = "metrics"
    COLUMN = "column"
    COLUMNS = "columns"
    TIME_GRAIN = "time grain"
    FILTERS = "filters"
    ORDER = "order"
    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True)
class Param:
    """A parameter. `required`: the chart shows nothing without it; `choices`: all values, where they are few."""

    name: str
    kind: ParamKind
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class VizType:
    """A kind of chart.

    `defaults`: what a new chart has; `any_of`: groups of parameters of which at least one must be filled;
    `metric_at`, `by_at`: which parameters `--metric` and `--by` fill, in this order, the last with all that is left;
    `time_at`: the parameter that takes the dataset's column of time.
    """

    name: str
    title: str
    params: tuple[Param, ...]
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    any_of: tuple[tuple[str, ...], ...] = ()
    metric_at: tuple[str, ...] = ()
    by_at: tuple[str, ...] = ()
    time_at: str | None = None

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the parameters without which the chart shows nothing."""
        return tuple(param.name for param in self.params if param.required)

    def of(self, *kinds: ParamKind) -> tuple[str, ...]:
        """Return the names of the parameters of some kinds."""
        return tuple(param.name for param in self.params if param.kind in kinds)
