"""Who is told of an alert: Alertmanager's configuration from the bundle's notifications, for each environment."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lakefront.config import load_settings
from lakefront.errors import BadInputError
from lakefront.grafana.load import load_definitions
from lakefront.stack.alert_routes import routes, silent
from tests.support.cli import ROOT

ADDRESSES = {
    "LAKEFRONT_ALERT_WEBHOOK": "http://127.0.0.1:9/hook",
    "LAKEFRONT_ALERT_PAGE_WEBHOOK": "https://page.example.com/x",
    "LAKEFRONT_ALERT_SLACK_URL": "https://chat.example.com/services/T/B/secret",
    "LAKEFRONT_ALERT_EMAIL": "ops@example.com",
    "LAKEFRONT_SMTP_URL": "smtp://robot:p%40ss@mail.example.com:2525?starttls=no",
    "LAKEFRONT_MAIL_FROM": "lakefront@example.com",
}


def _told(tmp_path: Path, environment: str, **variables: str) -> dict[str, Any]:
    settings = load_settings(bundle=ROOT, home=tmp_path / "home", env=environment, environ=variables)
    text = routes(settings)
    amtool = shutil.which("amtool")
    if amtool:  # Debian's package has it; without it the form is checked by the stack test that starts the server
        file = tmp_path / "alertmanager.yml"
        file.write_text(text)
        run = subprocess.run([amtool, "check-config", str(file)], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
    return json.loads(text)


def _route(told: dict[str, Any], severity: str) -> dict[str, Any]:
    return next(each for each in told["route"]["routes"] if each["matchers"] == [f'severity="{severity}"'])


@pytest.mark.parametrize("environment", ["local", "dev", "staging", "prod"])
def test_each_environment_tells_those_whom_it_names(tmp_path: Path, environment: str) -> None:
    told = _told(tmp_path, environment, **ADDRESSES)
    notifications = load_definitions(ROOT / "grafana_dashboards").notifications
    assert notifications
    said = notifications[1].environments[environment]
    assert (_route(told, "page")["receiver"], _route(told, "ticket")["receiver"]) == (said.page, said.ticket)
    assert tuple(_route(told, "ticket").get("mute_time_intervals", ())) == said.mute_tickets


def test_addresses_come_from_the_environment(tmp_path: Path) -> None:
    receivers = {each["name"]: each for each in _told(tmp_path, "prod", **ADDRESSES)["receivers"]}
    (mail,) = receivers["The platform's mailbox"]["email_configs"]
    assert (mail["to"], mail["smarthost"], mail["auth_password"]) == (
        "ops@example.com",
        "mail.example.com:2525",
        "p@ss",
    )
    assert mail["require_tls"] is False
    (slack,) = receivers["The platform's channel"]["slack_configs"]
    assert slack["api_url"] == ADDRESSES["LAKEFRONT_ALERT_SLACK_URL"]
    (hook,) = receivers["Somebody on call"]["webhook_configs"]
    assert hook == {"url": "https://page.example.com/x", "send_resolved": True}


def test_of_a_contact_point_without_an_address_nobody_is_told_and_that_is_known(tmp_path: Path) -> None:
    told = _told(tmp_path, "staging")
    assert {"name": "The platform's mailbox"} in told["receivers"]
    notifications = load_definitions(ROOT / "grafana_dashboards").notifications
    assert notifications
    wanted = ["LAKEFRONT_ALERT_SLACK_URL", "LAKEFRONT_ALERT_EMAIL"]
    assert silent(notifications[1], "staging", {}) == wanted
    assert silent(notifications[1], "staging", dict.fromkeys(wanted, "x")) == []
    assert silent(notifications[1], "nowhere", {}) == []


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("LAKEFRONT_ALERT_WEBHOOK", "page.example.com", "an address that begins with https://"),
        ("LAKEFRONT_ALERT_EMAIL", "ops", "an address such as ops@example.com"),
        ("LAKEFRONT_SMTP_URL", "", "the server that sends mail"),
    ],
)
def test_what_is_no_address_is_told_with_its_variable(tmp_path: Path, variable: str, value: str, words: str) -> None:
    with pytest.raises(BadInputError, match=words) as error:
        _told(tmp_path, "local", **{**ADDRESSES, variable: value})
    assert variable in error.value.what
    assert error.value.where
    assert error.value.where.file.name == "notifications.yml"
