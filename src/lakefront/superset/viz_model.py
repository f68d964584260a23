"""What is known of a kind of chart: its parameters, and what each of them is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from lakefront.superset.control_defaults import defaults_of


class ParamKind(StrEnum):
    """What a parameter of a chart is."""

    METRIC = "metric"
    METRICS = "metrics"
    COLUMN = "column"
    COLUMNS = "columns"
    TIME_GRAIN = "time grain"
    TIME_COLUMNS = "time columns"
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

    `defaults`: what a new chart says where Superset takes something else by itself (`control_defaults`); `any_of`:
    groups of parameters of which at least one must be filled; `raw_of`, `aggregate_of`: such a group for each query
    mode, in a type that has two; `metric_at`, `by_at`: which parameters `--metric` and `--by` fill, in this order, the
    last with all that is left; `time_at`: the parameter that takes the dataset's column of time.
    """

    name: str
    title: str
    params: tuple[Param, ...]
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    any_of: tuple[tuple[str, ...], ...] = ()
    raw_of: tuple[str, ...] = ()
    aggregate_of: tuple[str, ...] = ()
    metric_at: tuple[str, ...] = ()
    by_at: tuple[str, ...] = ()
    time_at: str | None = None

    def of(self, *kinds: ParamKind) -> tuple[str, ...]:
        """Return the names of the parameters of some kinds."""
        return tuple(param.name for param in self.params if param.kind in kinds)

    def missing(self, params: Mapping[str, Any]) -> list[tuple[str, ...]]:
        """Return what a chart of this kind shows nothing without and lacks: groups of which one must be filled."""
        of_mode = self.raw_of if is_raw(params) else self.aggregate_of
        groups = [*((param.name,) for param in self.params if param.required), *self.any_of]
        groups += [of_mode] if of_mode else []
        found = {**defaults_of(self.name), **params}
        return [group for group in groups if not any(found.get(name) for name in group)]


def is_raw(params: Mapping[str, Any]) -> bool:
    """Tell whether a chart shows rows as they are: by its query mode, or where it says none by what it has."""
    mode = params.get("query_mode")
    return mode == "raw" if mode in ("raw", "aggregate") else bool(params.get("all_columns"))
