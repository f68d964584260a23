"""Names of Trino's metrics in dashboards and alerts, asked of a real Prometheus that looks at the stack's Trino."""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from lakefront.config import Settings
from lakefront.grafana.asking import Result, State, run
from lakefront.grafana.build import tables_here
from lakefront.grafana.load import load_definitions
from lakefront.grafana.model import Source
from tests.support.cli import ROOT
from tests.support.debian import program
from tests.support.services import free_port
from tests.support.waiting import wait_for

pytestmark = pytest.mark.stack
RECORDED = ROOT / "deploy" / "prometheus" / "rules" / "recording.yml"
FAILED = "lakefront:trino_failed:ratio_rate5m"
#: Trino takes the name without a password for who asks.
CONFIG = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: trino
    scrape_interval: 10s
    scrape_timeout: 10s
    basic_auth: {{username: prometheus}}
    static_configs: [{{targets: ["{trino}"]}}]
"""


@pytest.fixture(scope="module")
def with_prometheus(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The settings of commands that know a Prometheus; skipped where it is not installed."""
    prometheus = program("prometheus", "prometheus")
    folder = tmp_path_factory.mktemp("prometheus")
    trino = stack.service("trino").url.removeprefix("http://")
    (folder / "prometheus.yml").write_text(CONFIG.format(trino=trino, rules=RECORDED), encoding="utf-8")
    url = f"http://127.0.0.1:{free_port()}"
    with (folder / "log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [
                prometheus, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                f"--web.listen-address={url.removeprefix('http://')}",
            ],
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        wait_for(lambda: _scrapes(url) >= 3, within=120, what="Prometheus has looked at Trino three times", every=1)
        wait_for(lambda: _asked(url, FAILED), within=120, what="Prometheus has recorded how many queries fail", every=1)
        yield dataclasses.replace(stack, environ={**stack.environ, "LAKEFRONT_PROMETHEUS_URL": url})
    finally:
        process.terminate()
        process.wait(30)


def _scrapes(url: str) -> int:
    found = _asked(url, "count_over_time(trino_execution_name_QueryManager_RunningQueries[5m])")
    return int(found[0]["value"][1]) if found else 0


def _asked(url: str, query: str) -> list[dict[str, Any]]:
    try:
        answer = httpx.get(f"{url}/api/v1/query", params={"query": query}, timeout=5).json()
    except httpx.HTTPError:
        return []
    return list(answer["data"]["result"])


@pytest.fixture(scope="module")
def answers(with_prometheus: Settings) -> list[Result]:
    definitions = load_definitions(with_prometheus.part("grafana_dashboards"))
    return run(with_prometheus, definitions, tables_here(with_prometheus), lambda *_: None)


def test_every_panel_of_trinos_metrics_has_an_answer(answers: list[Result]) -> None:
    asked = [item for item in answers if item.where == "trino" and item.source is Source.PROMETHEUS]
    assert len(asked) > 20
    assert [(item.name, item.says) for item in asked if item.state is not State.OK] == []


def test_no_promql_is_refused(answers: list[Result]) -> None:
    asked = [item for item in answers if item.source is Source.PROMETHEUS]
    assert [(item.where, item.name, item.says) for item in asked if item.state is State.ERROR] == []
    alerts = {item.name: item.state for item in asked if item.kind == "alert"}
    assert alerts["Over 5 % of queries fail"] is State.OK
    assert alerts["Trino has no worker"] is State.OK


def test_dashboards_of_what_is_not_there_are_skipped(answers: list[Result]) -> None:
    states = {item.state for item in answers if item.where == "kubernetes"}
    assert states == {State.SKIPPED}
    assert {item.says for item in answers if item.where == "kubernetes"} == {"there is no metric kube_pod_info"}
