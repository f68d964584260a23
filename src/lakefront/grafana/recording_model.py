"""Recording rules, as a person writes them: `grafana_dashboards/recording/*.yml`."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from lakefront.grafana.model import Accepted, Period
from lakefront.semantic.model_base import Node, Text

#: level:metric:operation, as https://prometheus.io/docs/practices/rules/ names them.
RecordedName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(:[a-z][a-z0-9_]*){2}$")]
_TEXTS: Final = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`[^`]*`")
_RECORDED: Final = re.compile(r"(?<![\w:])[a-zA-Z_]\w*(?::\w+)+")


class RecordingRule(Node):
    """One series that Prometheus calculates and keeps. `description`: what it is, for who reads the definition."""

    name: RecordedName
    description: Text
    promql: Text
    accept: tuple[Accepted, ...] = ()


class RecordingFile(Node):
    """One file: a group of series that are calculated together, in their order."""

    version: Literal[1]
    group: Text
    every: Period = "30s"
    rules: tuple[RecordingRule, ...] = Field(min_length=1)


def recorded_names(promql: str) -> set[str]:
    """Return the names of recorded series that PromQL asks for."""
    return set(_RECORDED.findall(_TEXTS.sub("", promql)))
