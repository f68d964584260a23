"""What Prometheus records and alerts on, as Prometheus itself reads it; and the same for its operator."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from lakefront.config import load_settings
from lakefront.errors import BadInputError
from lakefront.grafana.load import RECORDING, load_definitions
from lakefront.grafana.recording_model import recorded_names
from lakefront.stack.prometheus import configuration
from lakefront.stack.registry import COMPONENTS
from tests.support.cli import ROOT
from tests.support.debian import program
from tests.support.grafana_bundle import GrafanaBundle

RULES = ROOT / "deploy" / "prometheus" / "rules"
MONITORING = ROOT / "deploy" / "kubernetes" / "monitoring"
DEFINITIONS = load_definitions(ROOT / "grafana_dashboards")
RECORDED = {rule.name for _, said in DEFINITIONS.recording for rule in said.rules}
MONITORS = list(yaml.safe_load_all((MONITORING / "service-monitors.yaml").read_text(encoding="utf-8")))
#: What the operator's own monitors ask.
OF_THE_OPERATOR = {"alertmanager", "prometheus"}
#: What has figures in a cluster only: the local OpenSearch has no plugins.
OF_A_CLUSTER = {"opensearch"}


def promtool(*arguments: str | Path) -> str:
    tool = program("promtool", "prometheus")
    done = subprocess.run([tool, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prometheus_reads_every_rule() -> None:
    said = promtool("check", "rules", RULES / "alerts.yml", RULES / "recording.yml")
    assert f"SUCCESS: {len(RECORDED)} rules found" in said


def series(name: str, each_minute: int, **labels: str) -> dict[str, str]:
    said = ",".join(f'{key}="{value}"' for key, value in labels.items())
    return {"series": f"{name}{{{said}}}", "values": f"0+{each_minute}x800"}


def at(time: str, name: str, value: float, labels: str = "{}") -> dict[str, Any]:
    """Expect a series to have a value then, to four digits: rounding leaves its labels and takes its name."""
    return {"expr": f"round({name}, 0.0001)", "eval_time": time, "exp_samples": [{"labels": labels, "value": value}]}


def test_prometheus_calculates_what_is_meant(tmp_path: Path) -> None:
    """Of a hundred queries a minute, twenty are slow; of ten pages a minute, one fails; and so on."""
    slow = "lakefront_dashboard_query_seconds"
    page, request = "lakefront_explorer_page_seconds_bucket", "lakefront_superset_request_seconds_bucket"
    failures = ("Internal", "External", "InsufficientResources")
    given = [
        series(f"{slow}_bucket", 80, job="audit", le="5"),
        series(f"{slow}_count", 100, job="audit"),
        series("lakefront_explorer_requests_total", 1, outcome="error", page="Gallery"),
        series("lakefront_explorer_requests_total", 9, outcome="ok", page="Gallery"),
        series("lakefront_superset_requests_total", 3, status="503", view="chart"),
        series("lakefront_superset_requests_total", 7, status="404", view="chart"),
        *(series(page, count, page="Gallery", le=le) for le, count in (("1", 50), ("2", 100), ("+Inf", 100))),
        *(series(request, count, view="chart", le=le) for le, count in (("1", 50), ("2", 100), ("+Inf", 100))),
        *(series(f"trino_execution_name_QueryManager_{name}Failures", 2) for name in failures),
        series("trino_execution_name_QueryManager_CompletedQueries", 60),
        series("node_cpu_seconds_total", 15, instance="a", cpu="0", mode="idle"),
        series("node_filesystem_avail_bytes", 0, instance="a", mountpoint="/", fstype="ext4"),
        series("node_filesystem_size_bytes", 1, instance="a", mountpoint="/", fstype="ext4"),
    ]
    wanted = [
        *(at("2h", f"lakefront:dashboard_query_slow:ratio_rate{window}", 0.2) for window in ("5m", "30m", "1h")),
        at("7h", "lakefront:dashboard_query_slow:ratio_rate6h", 0.2),
        at("7h", "lakefront:dashboard_query_slow:ratio_increase30d", 0.2),
        at("1h", "lakefront:explorer_failed:ratio_rate5m", 0.1),
        at("1h", "lakefront:superset_failed:ratio_rate5m", 0.3),
        at("1h", "lakefront:trino_failed:ratio_rate5m", 0.1),
        at("1h", "lakefront:explorer_page_seconds:p50_rate5m", 1),
        at("1h", "lakefront:explorer_page_seconds:p95_rate5m", 1.9),
        at("1h", "page:explorer_page_seconds:p95_rate5m", 1.9, '{page="Gallery"}'),
        at("1h", "lakefront:superset_request_seconds:p50_rate5m", 1),
        at("1h", "lakefront:superset_request_seconds:p95_rate5m", 1.9),
        at("1h", "view:superset_request_seconds:p95_rate5m", 1.9, '{view="chart"}'),
        at("1h", "instance:node_cpu_busy:ratio_rate5m", 0.75, '{instance="a"}'),
        at("1h", "instance_mountpoint:node_filesystem_used:ratio", 1, '{instance="a", mountpoint="/"}'),
    ]
    assert {name for item in wanted for name in recorded_names(item["expr"])} == RECORDED
    firing = "ALERTS{alertstate='firing', uid=~'slo-.*|trino-error-rate|front-end-errors|disk-full'}"
    alerts = {
        "expr": f"count by (uid) ({firing})",
        "eval_time": "7h",
        "exp_samples": [
            {"labels": f'{{uid="{uid}"}}', "value": 1}
            for uid in ("disk-full", "front-end-errors", "slo-fast-burn", "slo-slow-burn", "trino-error-rate")
        ],
    }
    test = {"interval": "1m", "input_series": given, "promql_expr_test": [*wanted, alerts]}
    files = [str(RULES / "recording.yml"), str(RULES / "alerts.yml")]
    file = tmp_path / "test.json"
    file.write_text(json.dumps({"rule_files": files, "evaluation_interval": "1m", "tests": [test]}), encoding="utf-8")
    promtool("test", "rules", file)


def test_what_is_recorded_is_asked_for_and_told() -> None:
    folder = ROOT / "grafana_dashboards"
    said = [*folder.glob("definitions/*.yml"), *folder.glob("alerts/*.yml")]
    texts = " ".join(file.read_text(encoding="utf-8") for file in said)
    page = (ROOT / "docs" / "operations" / "metrics.md").read_text(encoding="utf-8")
    assert len(RECORDED) > 10
    assert [name for name in sorted(RECORDED) if name not in texts or f"`{name}`" not in page] == []
    assert set(re.findall(r"`(\w+:\w+:\w+)`", page)) == RECORDED


@pytest.mark.parametrize(
    ("promql", "names"),
    [
        ("1 - a:b:c / 0.01", {"a:b:c"}),
        ('sum by (x) (a:b:c{x="d:e:f"}) or up', {"a:b:c"}),
        ("min_over_time(sum(queued)[10m:1m])", set[str]()),
        ("rate(a:b:rate5m[1h:5m]) > on (x) c:d", {"a:b:rate5m", "c:d"}),
    ],
)
def test_names_of_recorded_series_are_told_from_texts_and_windows(promql: str, names: set[str]) -> None:
    assert recorded_names(promql) == names


@pytest.mark.parametrize("name", ["busy", "machine:busy", "Machine:busy:ratio", "machine:busy:ratio:x", "machine::x"])
def test_a_name_of_another_form_is_refused_with_its_place(tmp_path: Path, name: str) -> None:
    bundle = GrafanaBundle(tmp_path / "bundle")
    folder = bundle.folder / "grafana_dashboards" / RECORDING
    folder.mkdir()
    text = f'version: 1\ngroup: G\nrules:\n  - {{name: "{name}", description: D., promql: busy}}\n'
    (folder / "g.yml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInputError) as caught:
        load_definitions(bundle.folder / "grafana_dashboards")
    assert caught.value.where is not None
    assert (caught.value.where.file.name, caught.value.where.line) == ("g.yml", 4)


class TestKubernetes:
    def local(self, tmp_path: Path) -> dict[str, dict[str, Any]]:
        """Return the jobs of a local stack of all components, by name."""
        settings = load_settings(bundle=ROOT, home=tmp_path / "home", environ={})
        ports = {item.name: number for number, item in enumerate(COMPONENTS, start=1)}
        made = configuration(dataclasses.replace(settings, ports=ports))
        return {job["job_name"]: job for job in made["scrape_configs"]}

    def endpoints(self) -> dict[str, dict[str, Any]]:
        """Return the one endpoint of each ServiceMonitor, by the job that it is known by."""
        found: dict[str, dict[str, Any]] = {}
        for monitor in MONITORS:
            (endpoint,) = monitor["spec"]["endpoints"]
            (relabeling,) = endpoint["relabelings"]
            assert (relabeling["action"], relabeling["targetLabel"]) == ("replace", "job")
            found[relabeling["replacement"]] = endpoint
        return found

    def test_a_cluster_has_the_jobs_of_the_local_stack(self, tmp_path: Path) -> None:
        assert set(self.endpoints()) == set(self.local(tmp_path)) - OF_THE_OPERATOR | OF_A_CLUSTER

    def test_each_is_asked_as_here(self, tmp_path: Path) -> None:
        local = self.local(tmp_path)
        for name, endpoint in self.endpoints().items():
            if name in OF_A_CLUSTER:
                continue
            job = local[name]
            there = [endpoint[key] for key in ("path", "interval", "scrapeTimeout", "scheme")]
            assert there == [job[key] for key in ("metrics_path", "scrape_interval", "scrape_timeout", "scheme")]
            assert ("basicAuth" in endpoint) == ("basic_auth" in job)
            # Here each component has one port, and so has its Service: the one that is called http.
            assert endpoint["port"] == ("http-metrics" if name == "node" else "http")

    def test_each_is_a_manifest_of_its_own_without_a_secret(self) -> None:
        names = [monitor["metadata"]["name"] for monitor in MONITORS]
        assert len(names) == len(set(names)) >= 8
        for monitor in MONITORS:
            assert (monitor["apiVersion"], monitor["kind"]) == ("monitoring.coreos.com/v1", "ServiceMonitor")
            assert monitor["metadata"]["labels"] == {"app.kubernetes.io/part-of": "lakefront"}
            assert monitor["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"]
        (trino,) = (monitor for monitor in MONITORS if monitor["metadata"]["name"] == "lakefront-trino")
        auth = trino["spec"]["endpoints"][0]["basicAuth"]
        assert auth["password"] == {"name": "lakefront-trino-scraper", "key": "password"}

    @pytest.mark.parametrize("name", ["alerts", "recording"])
    def test_its_rules_are_those_of_prometheus(self, name: str) -> None:
        rule = yaml.safe_load((MONITORING / f"{name}.yaml").read_text(encoding="utf-8"))
        assert (rule["apiVersion"], rule["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
        assert rule["spec"] == yaml.safe_load((RULES / f"{name}.yml").read_text(encoding="utf-8"))

    def test_the_page_lists_every_job(self) -> None:
        page = (ROOT / "docs" / "operations" / "kubernetes-monitoring.md").read_text(encoding="utf-8")
        for name, endpoint in self.endpoints().items():
            (row,) = (line for line in page.splitlines() if line.startswith("| ") and f"`{name}`" in line.split("|")[1])
            assert [cell.strip().strip("`") for cell in row.split("|")[3:6]] == [
                endpoint["port"], endpoint["path"], endpoint["interval"],
            ]  # fmt: skip
