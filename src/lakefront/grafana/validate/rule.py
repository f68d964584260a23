"""A rule is a class: what it is called, what it is about, and what breaks it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from lakefront.errors import Location
from lakefront.grafana.alert_model import AlertFile, AlertRule
from lakefront.grafana.load import Definitions
from lakefront.grafana.model import Accepted, Dashboard, Panel, Variable
from lakefront.grafana.recording_model import RecordingFile, RecordingRule
from lakefront.grafana.sql import Tables
from lakefront.grafana.validate.problem import Problem, Severity
from lakefront.semantic.source import Path_, Source


@dataclass(frozen=True)
class Here:
    """A thing in a file: where it is, and which broken rules its file accepts there."""

    source: Source
    path: Path_
    accepted: tuple[Accepted, ...] = ()

    def at(self, *further: str | int) -> Location:
        """Return where a key of it is written; where it is not, where the thing starts."""
        path = (*self.path, *further)
        return self.source.at_key(path) if path in self.source.keys else self.source.at_value(path)


@dataclass(frozen=True)
class PanelHere(Here):
    """A panel of a definition."""

    panel: Panel | None = None
    dashboard: Dashboard | None = None


@dataclass(frozen=True)
class Bundle:
    """What rules look at. `compiled`: dashboards as Grafana gets them, by uid, and where each comes from.

    `tables`: None where the semantic layer has not been read. `docs`: the folder of the pages that alerts name.
    """

    definitions: Definitions
    compiled: Mapping[str, tuple[Location, Mapping[str, Any]]]
    tables: Tables
    runbooks: Path

    def panels(self) -> Iterator[tuple[PanelHere, Panel, Dashboard]]:
        """Yield every panel of every definition."""
        for source, said in self.definitions.dashboards:
            for number, row in enumerate(said.rows):
                for place, panel in enumerate(row.panels):
                    path: Path_ = ("rows", number, "panels", place)
                    yield PanelHere(source, path, (*panel.accept, *said.accept), panel, said), panel, said

    def variables(self) -> Iterator[tuple[Here, Variable, Dashboard]]:
        """Yield every variable of every definition."""
        for source, said in self.definitions.dashboards:
            for number, variable in enumerate(said.variables):
                accepted = (*variable.accept, *said.accept)
                yield Here(source, ("variables", number), accepted), variable, said

    def alerts(self) -> Iterator[tuple[Here, AlertRule, AlertFile]]:
        """Yield every alert rule."""
        for source, said in self.definitions.alerts:
            for number, rule in enumerate(said.rules):
                yield Here(source, ("rules", number), rule.accept), rule, said

    def recorded(self) -> Iterator[tuple[Here, RecordingRule, RecordingFile]]:
        """Yield every recording rule."""
        for source, said in self.definitions.recording:
            for number, rule in enumerate(said.rules):
                yield Here(source, ("rules", number), rule.accept), rule, said


class Rule(ABC):
    """One rule. `name`: what a file accepts it by, and what its entry in docs/reference/grafana-rules.md is called."""

    name: ClassVar[str]
    about: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR

    @abstractmethod
    def check(self, bundle: Bundle) -> Iterator[Problem]:
        """Yield what breaks it."""

    def broken(self, what: str, where: Location, fix: str, accepted: Sequence[Accepted] = ()) -> Problem:
        """Return a problem of this rule, with the reason where its file accepts it."""
        reason = next((item.reason for item in accepted if item.rule == self.name), "")
        return Problem(self.name, self.severity, what, where, fix, reason)
