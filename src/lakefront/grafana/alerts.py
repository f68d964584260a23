"""Alert rules, contact points, policies and mute timings -> Grafana's file provisioning (`apiVersion: 1`).

Grafana replaces `$NAME` in these files by its environment, everywhere. So no query or text here has a `$` of another
meaning: labels are `{{ .Labels.job }}`, times are the query's own.
Format: https://grafana.com/docs/grafana/latest/alerting/set-up/provision-alerting-resources/file-provisioning/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lakefront.errors import BadInputError
from lakefront.grafana.alert_model import AlertFile, AlertRule, ContactPoint, MuteTiming, Notifications
from lakefront.grafana.dashboard import CompileError, numbers_of
from lakefront.grafana.model import Dashboard, Lucene, Source
from lakefront.grafana.sql import SqlError, Tables, qualified
from lakefront.grafana.targets import PLUGINS, UIDS, lucene
from lakefront.semantic.source import Source as YamlSource

_EXPRESSION: Final = "__expr__"
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "M": 2_592_000, "y": 31_536_000}
_STATES: Final = {"fine": "OK", "fires": "Alerting", "told": "NoData"}
_ORGANISATION: Final = 1
Json = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where rules are kept and pages are found. `folder`: the title; `runbooks`: the address that pages are below."""

    folder: str
    runbooks: str


def seconds(period: str) -> int:
    """Return a period such as `5m` in seconds."""
    found = re.fullmatch(r"([0-9]+)(ms|[smhdwMy])", period)
    if not found:
        raise ValueError(period)
    return int(found[1]) // 1000 if found[2] == "ms" else int(found[1]) * _UNITS[found[2]]


def rules_file(
    files: Iterable[tuple[YamlSource, AlertFile]],
    dashboards: Mapping[str, Dashboard],
    tables: Tables,
    place: Place,
) -> Json:
    """Return the file of alert rules. `dashboards`: by uid. Raises CompileError with all that is wrong."""
    groups: list[Json] = []
    problems: list[BadInputError] = []
    for source, said in files:
        rules: list[Json] = []
        for number, rule in enumerate(said.rules):
            where = source.at_value(("rules", number))
            try:
                rules.append(_rule(rule, dashboards, tables, place))
            except SqlError as error:
                fix = "correct the SQL; `lakefront grafana validate` runs it"
                problems.append(BadInputError("grafana-sql", str(error), where=where, fix=fix))
            except BadInputError as error:
                problems.append(BadInputError(error.code, error.what, where=where, fix=error.fix))
        groups.append({
            "orgId": _ORGANISATION, "name": said.group, "folder": place.folder, "interval": said.every, "rules": rules,
        })  # fmt: skip
    if problems:
        raise CompileError(problems)
    return {"apiVersion": 1, "groups": groups}


def _rule(rule: AlertRule, dashboards: Mapping[str, Dashboard], tables: Tables, place: Place) -> Json:
    annotations = {
        "summary": rule.summary,
        "description": rule.description,
        "runbook_url": f"{place.runbooks.rstrip('/')}/{rule.runbook}.md",
        **_shown_by(rule, dashboards),
    }
    made: Json = {
        "uid": rule.uid,
        "title": rule.title,
        "condition": "C",
        "data": _data(rule, tables),
        "for": rule.lasting,
        "noDataState": _STATES[rule.silent],
        "execErrState": "Error",
        "annotations": annotations,
        "labels": {"severity": rule.severity, "origin": "lakefront", **rule.labels},
        "isPaused": False,
    }
    if rule.dashboard:
        made["dashboardUid"] = rule.dashboard
        if "__panelId__" in annotations:
            made["panelId"] = int(annotations["__panelId__"])
    return made


def _shown_by(rule: AlertRule, dashboards: Mapping[str, Dashboard]) -> dict[str, str]:
    if not rule.dashboard:
        return {}
    found = dashboards.get(rule.dashboard)
    if found is None:
        raise BadInputError(
            "grafana-link", f"there is no dashboard '{rule.dashboard}'", fix="name the uid of a dashboard"
        )
    shown = {"__dashboardUid__": rule.dashboard}
    if rule.panel:
        ids = {panel.title: number for panel, number in zip(found.panels, numbers_of(found), strict=True)}
        if rule.panel not in ids:
            raise BadInputError(
                "grafana-link",
                f"the dashboard '{rule.dashboard}' has no panel '{rule.panel}'",
                fix=f"use the title of one of its panels: {', '.join(sorted(ids))}",
            )
        shown["__panelId__"] = str(ids[rule.panel])
    return shown


def alert_query(rule: AlertRule, tables: Tables) -> Json:
    """Return what a rule asks. Raises SqlError."""
    head: Json = {"refId": "A", "datasource": {"type": PLUGINS[rule.source], "uid": UIDS[rule.source]}}
    if rule.promql:
        return head | {"expr": rule.promql, "instant": True, "range": False, "editorMode": "code"}
    if rule.search:
        return head | lucene(Lucene(search=rule.search, shows="count"))
    return head | {"rawSQL": qualified(rule.sql or "", tables), "format": 1}


def _data(rule: AlertRule, tables: Tables) -> list[Json]:
    query = {
        "refId": "A",
        "relativeTimeRange": {"from": seconds(rule.window), "to": 0},
        "datasourceUid": UIDS[rule.source],
        "model": alert_query(rule, tables),
    }
    # A table has one number for each series already; the others have a line that ends in it, or counts to be added up.
    reducer = "sum" if rule.source is Source.OPENSEARCH else "last"
    reduced = [_expression("B", {"type": "reduce", "expression": "A", "reducer": reducer})]
    steps = [] if rule.source is Source.TRINO else reduced
    kind, bound = ("gt", rule.over) if rule.over is not None else ("lt", rule.under)
    condition = {"evaluator": {"type": kind, "params": [bound]}}
    judged = {"type": "threshold", "expression": "B" if steps else "A", "conditions": [condition]}
    return [query, *steps, _expression("C", judged)]


def _expression(letter: str, model: Json) -> Json:
    reference = {"type": _EXPRESSION, "uid": _EXPRESSION}
    return {
        "refId": letter,
        "relativeTimeRange": {"from": 0, "to": 0},
        "datasourceUid": _EXPRESSION,
        "model": {"refId": letter, "datasource": reference, **model},
    }


def notification_files(said: Notifications, environment: str) -> dict[str, Json]:
    """Return contact points, policies and mute timings of one environment: file name -> data.

    Only contact points that somebody is told by are there: one whose variable is not set would keep Grafana from
    starting. Raises BadInputError (`grafana-notifications`).
    """
    routing = said.environments.get(environment)
    if routing is None:
        raise BadInputError(
            "grafana-notifications",
            f"it is not said who is told of alerts in the environment '{environment}'",
            fix=f"add it to `environments` in alerts/notifications.yml, beside {', '.join(said.environments)}",
        )
    told = {routing.page, routing.ticket}
    points = [_contact_point(point) for point in said.contact_points if point.name in told]
    muted = [_mute_timing(timing) for timing in said.mute_timings if timing.name in routing.mute_tickets]
    tickets: Json = {"receiver": routing.ticket, "object_matchers": [["severity", "=", "ticket"]]}
    if muted:
        tickets["mute_time_intervals"] = list(routing.mute_tickets)
    policy: Json = {
        "orgId": _ORGANISATION,
        "receiver": routing.ticket,
        "group_by": ["grafana_folder", "alertname"],
        "group_wait": "30s",
        "group_interval": "5m",
        "repeat_interval": "4h",
        "routes": [
            {"receiver": routing.page, "object_matchers": [["severity", "=", "page"]], "repeat_interval": "1h"},
            tickets,
        ],
    }
    files: dict[str, Json] = {
        "contact-points": {"apiVersion": 1, "contactPoints": points},
        "policies": {"apiVersion": 1, "policies": [policy]},
    }
    return files | ({"mute-timings": {"apiVersion": 1, "muteTimes": muted}} if muted else {})


def _contact_point(point: ContactPoint) -> Json:
    address = f"${point.address_from}"
    settings: dict[str, Json] = {
        "slack": {"url": address, **({"recipient": point.channel} if point.channel else {})},
        "email": {"addresses": address, "singleEmail": True},
        "webhook": {"url": address, "httpMethod": "POST"},
    }
    receiver = {
        "uid": f"lakefront-{re.sub(r'[^a-z0-9]+', '-', point.name.lower())}"[:40],
        "type": point.kind,
        "settings": settings[point.kind],
        "disableResolveMessage": False,
    }
    return {"orgId": _ORGANISATION, "name": point.name, "receivers": [receiver]}


def _mute_timing(timing: MuteTiming) -> Json:
    interval: Json = {}
    if timing.weekdays:
        interval["weekdays"] = list(timing.weekdays)
    if timing.times:
        interval["times"] = [{"start_time": begin, "end_time": end} for begin, end in timing.times]
    if timing.zone != "UTC":
        interval["location"] = timing.zone
    return {"orgId": _ORGANISATION, "name": timing.name, "time_intervals": [interval]}
