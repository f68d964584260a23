"""Alertmanager's configuration, from the bundle's `grafana_dashboards/alerts/notifications.yml`.

Addresses come from the variables that it names. Of a contact point whose variable is not set nobody is told; its alerts
are on Alertmanager's own page. Format: https://prometheus.io/docs/alerting/latest/configuration/
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from lakefront.config import Settings
from lakefront.errors import BadInputError, Location
from lakefront.grafana.alert_model import ContactPoint, MuteTiming, Notifications
from lakefront.grafana.load import load_definitions

#: Where mail goes, as Superset's reports have it: smtp://user:password@host:587, smtps:// for TLS from the start.
_SMTP, _SENDER = "LAKEFRONT_SMTP_URL", "LAKEFRONT_MAIL_FROM"
_NOBODY: Final = "nobody"
_DOWN: Final = 'uid="component-down"'
_TEXT: Final = "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ .Annotations.runbook_url }}\n{{ end }}"
Json = dict[str, Any]


def routes(settings: Settings) -> str:
    """Return the configuration for the environment, as JSON, which is YAML. It may hold secrets.

    Raises BadInputError (`alert-address`) for a variable that holds no address, and as `load_definitions`.
    """
    found = load_definitions(settings.part("grafana_dashboards")).notifications
    if found is None:
        return json.dumps({"route": {"receiver": _NOBODY}, "receivers": [{"name": _NOBODY}]})
    source, said = found
    return json.dumps(configuration(said, settings.env_name, settings.environ, Location(source.file)), indent=1)


def silent(said: Notifications, environment: str, environ: Mapping[str, str]) -> list[str]:
    """Return the variables that are wanted in an environment and are not set: nobody is told there."""
    routing = said.environments.get(environment)
    wanted = {routing.page, routing.ticket} if routing else set[str]()
    points = [point for point in said.contact_points if point.name in wanted]
    return [point.address_from for point in points if not environ.get(point.address_from)]


def configuration(said: Notifications, environment: str, environ: Mapping[str, str], where: Location) -> Json:
    """Return what Alertmanager is told. Raises BadInputError (`alert-address`)."""
    routing = said.environments.get(environment)
    receivers: list[Json] = [{"name": _NOBODY}]
    receivers += [_receiver(point, environ, where) for point in said.contact_points]
    # Those of one fault come together, and what goes on is said again twice a day.
    route: Json = {
        "receiver": _NOBODY,
        "group_by": ["alertname"],
        "group_wait": "10s",
        "group_interval": "1m",
        "repeat_interval": "12h",
    }
    if routing:
        muted = {"mute_time_intervals": list(routing.mute_tickets)} if routing.mute_tickets else {}
        route["routes"] = [
            {"matchers": ['severity="page"'], "receiver": routing.page},
            {"matchers": ['severity="ticket"'], "receiver": routing.ticket, **muted},
        ]
    return {
        "route": route,
        "receivers": receivers,
        "time_intervals": [_interval(timing) for timing in said.mute_timings],
        # A component that is down explains what else is wrong with it.
        "inhibit_rules": [
            {
                "source_matchers": ['uid="component-down"'],
                "target_matchers": ['uid!="component-down"'],
                "equal": ["job"],
            }
        ],
    }


def _receiver(point: ContactPoint, environ: Mapping[str, str], where: Location) -> Json:
    address = environ.get(point.address_from, "").strip()
    if not address:
        return {"name": point.name}
    if point.kind == "email":
        return {"name": point.name, "email_configs": [_mail(point, address, environ, where)]}
    if not re.fullmatch(r"https?://[^\s]+", address):
        raise _bad(point.address_from, "an address that begins with https://", where)
    if point.kind == "slack":
        slack = {"api_url": address, "text": _TEXT, "send_resolved": True}
        return {"name": point.name, "slack_configs": [slack | ({"channel": point.channel} if point.channel else {})]}
    return {"name": point.name, "webhook_configs": [{"url": address, "send_resolved": True}]}


def _mail(point: ContactPoint, address: str, environ: Mapping[str, str], where: Location) -> Json:
    server = urlsplit(environ.get(_SMTP, "").strip())
    if "@" not in address:
        raise _bad(point.address_from, "an address such as ops@example.com", where)
    if not server.hostname or not environ.get(_SENDER):
        raise _bad(f"{_SMTP} and {_SENDER}", "the server that sends mail, and its sender", where)
    return {
        "to": address,
        "from": environ[_SENDER],
        "smarthost": f"{server.hostname}:{server.port or (465 if server.scheme == 'smtps' else 587)}",
        "auth_username": unquote(server.username or ""),
        "auth_password": unquote(server.password or ""),
        "require_tls": server.scheme != "smtps" and parse_qs(server.query).get("starttls") != ["no"],
        "send_resolved": True,
    }


def _interval(timing: MuteTiming) -> Json:
    times = [{"start_time": start, "end_time": end} for start, end in timing.times]
    said = {"weekdays": list(timing.weekdays), "times": times, "location": timing.zone}
    return {"name": timing.name, "time_intervals": [{name: value for name, value in said.items() if value}]}


def _bad(variable: str, wanted: str, where: Location) -> BadInputError:
    what = f"{variable} should hold {wanted}"
    return BadInputError("alert-address", what, where=where, fix="set it right, or take the contact point out")
