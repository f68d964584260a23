"""A Grafana that the stack starts, asked by its own API: what it was told is what it has. Needs a real release.

GRAFANA_HOME names it (an unpacked release of 9.3 to 13); Grafana is in no package registry.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from lakefront.config import load_settings
from lakefront.grafana.client import LOCAL_ADMIN
from lakefront.stack.grafana import missing_plugins
from tests.support import own_stack
from tests.support.cli import ROOT
from tests.support.own_stack import OwnStack
from tests.support.waiting import wait_for

PARTS = ("--only", "monitor,alertmanager,prometheus,grafana", "--no-seed")
#: Dashboards of what has no metrics here.
HIDDEN = {"kubernetes", "pipelines"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnStack]:
    if not os.environ.get("GRAFANA_HOME"):
        pytest.skip("GRAFANA_HOME names no release of Grafana, which is in no package registry")
    home = tmp_path_factory.mktemp("grafana") / "home"
    with own_stack.running(home, *PARTS, env={"GRAFANA_URL": ""}):
        yield OwnStack(ROOT, home)


def grafana(stack: OwnStack, *, signed_in: bool = True) -> httpx.Client:
    settings = stack.settings
    auth = (LOCAL_ADMIN, settings.secrets.grafana_password) if signed_in else None
    return httpx.Client(base_url=settings.service("grafana").url, auth=auth, timeout=30, trust_env=False)


def asked(stack: OwnStack, path: str) -> Any:
    with grafana(stack) as client:
        return client.get(path).raise_for_status().json()


def test_it_is_well_and_listens_on_loopback_only(stack: OwnStack) -> None:
    assert asked(stack, "/api/health")["database"] == "ok"
    process = psutil.Process(stack.component("grafana")["pid"])
    members = [process, *process.children(recursive=True)]
    listening = [
        item.laddr.ip
        for member in members
        for item in member.net_connections(kind="inet")
        if item.status == psutil.CONN_LISTEN
    ]
    assert listening
    assert {address.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}


def test_nobody_sees_anything_without_signing_in(stack: OwnStack) -> None:
    with grafana(stack, signed_in=False) as client:
        assert client.get("/api/search").status_code == 401
        assert client.get("/api/datasources", auth=(LOCAL_ADMIN, "admin")).status_code == 401


def test_every_dashboard_that_has_metrics_is_there(stack: OwnStack) -> None:
    wanted = {file.stem for file in (ROOT / "grafana_dashboards" / "dashboards").glob("*.json")} - HIDDEN
    # Grafana answers before it has read its files.
    wait_for(
        lambda: wanted <= {row["uid"] for row in asked(stack, "/api/search?type=dash-db")},
        within=60, what="all dashboards read", every=1,
    )  # fmt: skip
    assert {row["uid"] for row in asked(stack, "/api/search?type=dash-db")} == wanted


def test_its_sources_have_the_addresses_of_this_stack_and_answer(stack: OwnStack) -> None:
    sources = {row["uid"]: row for row in asked(stack, "/api/datasources")}
    assert set(sources) == {"lakefront-prometheus", "lakefront-opensearch", "lakefront-trino"}
    assert sources["lakefront-prometheus"]["url"] == stack.settings.service("prometheus").url
    body = {
        "from": "now-5m",
        "to": "now",
        "queries": [
            {"refId": "A", "datasource": {"uid": "lakefront-prometheus"}, "expr": "up", "instant": True, "range": False}
        ],
    }
    with grafana(stack) as client:
        found = client.post("/api/ds/query", json=body).raise_for_status().json()
    assert found["results"]["A"]["frames"]


def test_alerts_of_prometheus_are_left_to_it(stack: OwnStack) -> None:
    rules = asked(stack, "/api/v1/provisioning/alert-rules")
    assert {"quality-rule-failing", "table-stale"} <= {rule["uid"] for rule in rules}
    assert {rule["data"][0]["datasourceUid"] for rule in rules} == {"lakefront-trino"}


def test_plugins_are_there_or_told(stack: OwnStack) -> None:
    environ = {name: value for name, value in os.environ.items() if name.startswith("GF_")}
    lacking = missing_plugins(load_settings(bundle=stack.bundle, home=stack.home, environ=environ))
    there = {row["id"] for row in asked(stack, "/api/plugins")}
    assert there.isdisjoint(lacking)
    assert {"grafana-opensearch-datasource", "trino-datasource"} <= there | set(lacking)


def test_a_plan_finds_nothing_to_do(stack: OwnStack) -> None:
    planned = stack.lakefront("grafana", "plan", "--detailed-exitcode")
    assert planned.returncode == 0, planned.stdout + planned.stderr


def test_no_secret_is_in_its_log(stack: OwnStack) -> None:
    secrets = stack.settings.secrets
    log = Path(stack.settings.home.logs / "grafana.log").read_text(encoding="utf-8")
    assert log
    assert secrets.grafana_password not in log
    assert secrets.grafana_secret_key not in log
