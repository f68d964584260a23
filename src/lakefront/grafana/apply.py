"""Make a Grafana what git says: the dashboards of one folder, each saved over the version that was looked at."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from lakefront.config import Settings
from lakefront.errors import BadInputError, LakefrontError, PartlyDoneError
from lakefront.grafana.client import GrafanaClient
from lakefront.grafana.look import Look, Plan, look, message_of
from lakefront.versions.commit import commit_of
from lakefront.versions.steps import Action, Step


@dataclass(frozen=True)
class Shown:
    """A dashboard that git has, and where it is seen."""

    title: str
    url: str


@dataclass(frozen=True)
class Applied:
    """What was done."""

    plan: Plan
    dashboards: tuple[Shown, ...]
    seconds: float


def plan(settings: Settings, report: Callable[[str], None]) -> Plan:
    """Say what an apply would do; write nothing. Raises as `look`."""
    with GrafanaClient.from_settings(settings) as client:
        return look(settings, client, report).plan()


def apply(settings: Settings, report: Callable[[str], None]) -> Applied:
    """Make the environment's Grafana what git says. Raises as `look`, and PartlyDoneError (`grafana-partly`)."""
    began = time.monotonic()
    with GrafanaClient.from_settings(settings) as client:
        found = look(settings, client, report)
        made = found.plan()
        _require_ours(found, made, settings)
        if made.folder:
            grafana = settings.manifest.grafana
            client.create_folder(grafana.folder_uid, grafana.folder)
        message = message_of(settings, commit_of(settings.bundle))
        done: list[Step] = []
        for step in made.steps:
            report(f"{step.action} {step.title}")
            try:
                _carry_out(client, found, step, settings.manifest.grafana.folder_uid, message)
            except LakefrontError as error:
                raise _stopped(error, step, done, made) from error
            done.append(step)
        shown = [
            Shown(str(data["title"]), client.url + (found.live[uid].url if uid in found.live else f"/d/{uid}"))
            for uid, data in found.git.items()
        ]
    return Applied(made, tuple(shown), time.monotonic() - began)


def _carry_out(client: GrafanaClient, found: Look, step: Step, folder_uid: str, message: str) -> None:
    if step.action is Action.DELETE:
        client.delete(step.key)
        return
    live = found.live.get(step.key)
    client.save(found.git[step.key], folder_uid, message, over=live.version if live else None)


def _require_ours(found: Look, made: Plan, settings: Settings) -> None:
    """See that no dashboard of another folder has one of our uids. Raises BadInputError (`grafana-uid-elsewhere`)."""
    folder = settings.manifest.grafana.folder_uid
    for step in made.steps:
        live = found.live.get(step.key)
        if live is not None and live.folder_uid != folder and step.key not in found.base:
            raise BadInputError(
                "grafana-uid-elsewhere",
                f"Grafana has a dashboard '{step.key}' in another folder, which this bundle has never applied",
                fix=f"give {step.name} another uid, or move that dashboard into the folder '{folder}' first",
            )


def _stopped(error: LakefrontError, step: Step, done: list[Step], made: Plan) -> LakefrontError:
    if not done:
        return error
    return PartlyDoneError(
        "grafana-partly",
        f"{len(done)} of {len(made.steps)} changes were made, then '{step.title}' was not: {error.what}",
        fix=f"{error.fix}; then run `lakefront grafana apply` again, which does the rest",
    )
