"""`grafana_dashboards`: `definitions`, `alerts`, `recording` -> types, each mistake told with file, line and column."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lakefront.errors import BadFilesError, BadInputError, Location
from lakefront.grafana.alert_model import AlertFile, Notifications
from lakefront.grafana.model import Dashboard
from lakefront.grafana.recording_model import RecordingFile
from lakefront.semantic.source import Source
from lakefront.semantic.validation import parse_files

DEFINITIONS: Final = "definitions"
ALERTS: Final = "alerts"
NOTIFICATIONS: Final = "notifications.yml"
RECORDING: Final = "recording"
_EMPTY: Final = "a dashboard is a mapping with version, uid, title, description, time, rows"
_EMPTY_ALERTS: Final = "a file of alerts is a mapping with version, group, every, rules"
_EMPTY_RECORDING: Final = "a file of recording rules is a mapping with version, group, every, rules"
_EMPTY_NOTIFICATIONS: Final = "notifications are a mapping with version, contact_points, environments"
_PREFIX: Final = "grafana"


class DefinitionError(BadFilesError):
    """All that is wrong with the definitions, in the order of the files. The error itself is the first."""


@dataclass(frozen=True)
class Definitions:
    """What a person wrote, each file with the places of its keys."""

    folder: Path
    dashboards: tuple[tuple[Source, Dashboard], ...] = ()
    alerts: tuple[tuple[Source, AlertFile], ...] = ()
    notifications: tuple[Source, Notifications] | None = None
    recording: tuple[tuple[Source, RecordingFile], ...] = ()


def read_definitions(folder: Path) -> tuple[Definitions, list[BadInputError]]:
    """Read everything below `grafana_dashboards` that is well-formed, and return all that is wrong with the rest."""
    files = sorted((folder / DEFINITIONS).glob("*.yml"))
    if not files:
        missing = BadInputError(
            "grafana-missing",
            "there are no definitions of dashboards here",
            where=Location(folder / DEFINITIONS),
            fix="write one as NAME.yml, or correct grafana_dashboards in lakefront.toml",
        )
        return Definitions(folder), [missing]
    dashboards, problems = parse_files(files, Dashboard, empty=_EMPTY, prefix=_PREFIX)
    alert_files = [file for file in sorted((folder / ALERTS).glob("*.yml")) if file.name != NOTIFICATIONS]
    alerts, more = parse_files(alert_files, AlertFile, empty=_EMPTY_ALERTS, prefix=_PREFIX)
    problems += more
    recording_files = sorted((folder / RECORDING).glob("*.yml"))
    recording, more = parse_files(recording_files, RecordingFile, empty=_EMPTY_RECORDING, prefix=_PREFIX)
    problems += more
    notifications: list[tuple[Source, Notifications]] = []
    if (folder / ALERTS / NOTIFICATIONS).is_file():
        notifications, more = parse_files(
            [folder / ALERTS / NOTIFICATIONS], Notifications, empty=_EMPTY_NOTIFICATIONS, prefix=_PREFIX
        )
        problems += more
    told = next(iter(notifications), None)
    return Definitions(folder, tuple(dashboards), tuple(alerts), told, tuple(recording)), problems


def load_definitions(folder: Path) -> Definitions:
    """Read everything below `grafana_dashboards`. Raises DefinitionError with every problem found."""
    found, problems = read_definitions(folder)
    if problems:
        raise DefinitionError(problems)
    return found
