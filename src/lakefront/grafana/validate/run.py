"""All rules, in one call: no server, no network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lakefront.config import LookTable, Settings
from lakefront.errors import BadInputError, Location
from lakefront.grafana.alerts import Place, rules_file
from lakefront.grafana.build import read_handmade
from lakefront.grafana.dashboard import CompileError, compile_dashboard
from lakefront.grafana.load import Definitions, read_definitions
from lakefront.grafana.model import Accepted
from lakefront.grafana.sql import Tables
from lakefront.grafana.validate.alerts import Intervals, NoDollar, Runbooks, UniqueAlerts
from lakefront.grafana.validate.compiled import ClassicModel, Described, NoAddress, SourcesByVariable, TimeSaid
from lakefront.grafana.validate.definitions import (
    DefaultTimes,
    Descriptions,
    KnownVariables,
    Legends,
    Limits,
    ThresholdsSaid,
    UniqueTitles,
    Units,
)
from lakefront.grafana.validate.problem import Problem, Severity
from lakefront.grafana.validate.promql import PromQl
from lakefront.grafana.validate.recording import Recorded
from lakefront.grafana.validate.rule import Bundle, Rule

RULES: Final[tuple[type[Rule], ...]] = (
    UniqueTitles,
    Units,
    Descriptions,
    ThresholdsSaid,
    Legends,
    DefaultTimes,
    Limits,
    KnownVariables,
    SourcesByVariable,
    NoAddress,
    ClassicModel,
    TimeSaid,
    Described,
    Runbooks,
    NoDollar,
    UniqueAlerts,
    Intervals,
    Recorded,
    PromQl,
)
#: Below the bundle.
RUNBOOKS: Final = Path("docs/operations/runbooks")


@dataclass(frozen=True)
class Checked:
    """What was read, and what is wrong with it, by file and line; what the files accept among it."""

    definitions: Definitions
    dashboards: int
    panels: int
    alerts: int
    problems: tuple[Problem, ...]

    def of(self, severity: Severity) -> list[Problem]:
        """Return the problems of a severity that nobody accepts."""
        return [problem for problem in self.problems if problem.severity is severity and not problem.accepted]


def validate_here(settings: Settings, tables: Tables) -> Checked:
    """Check a bundle. Raises BadInputError for a semantic layer that cannot be read."""
    grafana = settings.manifest.grafana
    return validate(
        settings.part("grafana_dashboards"),
        tables,
        settings.manifest.look,
        Place(grafana.folder, grafana.runbooks),
        settings.bundle / RUNBOOKS,
    )


def validate(folder: Path, tables: Tables, look: LookTable, place: Place, runbooks: Path) -> Checked:
    """Read `grafana_dashboards`, whatever is wrong in it, and return all problems of it by file and line."""
    definitions, errors = read_definitions(folder)
    compiled: dict[str, tuple[Location, dict[str, Any]]] = {}
    titles = {said.uid: said.title for _, said in definitions.dashboards}
    try:
        handmade = read_handmade(folder, set(titles))
    except BadInputError as error:
        handmade = {}
        errors.append(error)
    titles |= {uid: str(data.get("title")) for uid, (_, data) in handmade.items()}
    for source, said in definitions.dashboards:
        if said.uid in compiled:
            what = f"the uid '{said.uid}' is that of {compiled[said.uid][0].file.name} already"
            where = source.at_value(("uid",))
            errors.append(BadInputError("grafana-uid-twice", what, where=where, fix="give this one its own"))
            continue
        try:
            compiled[said.uid] = (Location(source.file, 1, 1), compile_dashboard(source, said, tables, look, titles))
        except CompileError as error:
            errors += error.problems
    try:
        rules_file(definitions.alerts, {said.uid: said for _, said in definitions.dashboards}, tables, place)
    except CompileError as error:
        errors += error.problems
    everything = compiled | {uid: (Location(file, 1, 1), data) for uid, (file, data) in handmade.items()}
    bundle = Bundle(definitions, everything, tables, runbooks)
    found = [_of_error(error) for error in errors]
    found += [problem for rule in RULES for problem in rule().check(bundle)]
    found += _needless(bundle, found)
    found.sort(key=lambda item: (str(item.where.file), item.where.line, item.where.column, item.rule, item.what))
    panels = sum(len(said.panels) for _, said in definitions.dashboards)
    alerts = sum(len(said.rules) for _, said in definitions.alerts)
    return Checked(definitions, len(everything), panels, alerts, tuple(found))


def _of_error(error: BadInputError) -> Problem:
    return Problem(error.code, Severity.ERROR, error.what, error.where or Location(Path()), error.fix)


def _needless(bundle: Bundle, found: list[Problem]) -> Iterator[Problem]:
    """Yield what is accepted and not broken, or is no rule."""
    used = {(problem.rule, problem.accepted) for problem in found if problem.accepted}
    known = {rule.name for rule in RULES}
    for accepted, where in _all_accepted(bundle):
        if accepted.rule not in known:
            what = f"there is no rule '{accepted.rule}'"
            yield Problem("accept", Severity.ERROR, what, where, f"use one of: {', '.join(sorted(known))}")
        elif (accepted.rule, accepted.reason) not in used:
            what = f"'{accepted.rule}' is accepted here, and not broken"
            yield Problem("accept", Severity.WARNING, what, where, "remove it from `accept`")


def _all_accepted(bundle: Bundle) -> Iterator[tuple[Accepted, Location]]:
    for source, said in bundle.definitions.dashboards:
        for number, accepted in enumerate(said.accept):
            yield accepted, source.at_value(("accept", number))
    for here, panel, _ in bundle.panels():
        for number, accepted in enumerate(panel.accept):
            yield accepted, here.at("accept", number)
    for here, variable, _ in bundle.variables():
        for number, accepted in enumerate(variable.accept):
            yield accepted, here.at("accept", number)
    for here, rule, _ in (*bundle.alerts(), *bundle.recorded()):
        for number, accepted in enumerate(rule.accept):
            yield accepted, here.at("accept", number)
