"""Whom Prometheus asks for figures, and how: one list for the local stack, for Docker Compose and for Kubernetes.

Formats: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config and ServiceMonitor of
https://prometheus-operator.dev/docs/api-reference/api/ (`monitoring.coreos.com/v1`)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

#: The service account that reads Trino's figures: policies give it nothing but them.
SCRAPER: Final = "prometheus"
#: The secret of Kubernetes with the keys `username` and `password` of that account.
SCRAPER_SECRET: Final = "lakefront-trino-scraper"  # noqa: S105 - the name of a secret
EVERY: Final = "5s"
#: What `deploy/compose.yaml` starts itself and has figures: job -> host and port.
COMPOSED: Final = {"node": "node:9100", "prometheus": "localhost:9090"}
#: Where its Prometheus finds rules, the addresses of all other jobs, and the password of SCRAPER.
RULES_THERE: Final = "/etc/prometheus/rules"
TARGETS_THERE: Final = "/etc/prometheus/targets"
PASSWORD_THERE: Final = "/run/secrets/trino-scraper-password"  # noqa: S105 - the name of a file
MONITORED_BY: Final = {"app.kubernetes.io/part-of": "lakefront"}
_NAME: Final = "app.kubernetes.io/name"
Json = dict[str, Any]


@dataclass(frozen=True)
class InCluster:
    """Which Services of Kubernetes have a job's figures. `labels`: of the Service; `port`: the name of its port.

    `anywhere`: in any namespace, not only in that of the ServiceMonitor.
    """

    labels: tuple[tuple[str, str], ...]
    port: str = "http"
    anywhere: bool = False


@dataclass(frozen=True)
class Job:
    """One job of Prometheus. `component`: of the local stack; None for what has figures in a cluster only.

    `signs_in`: whether it wants to know who asks. `cluster`: None for what brings a ServiceMonitor of its own.
    """

    name: str
    component: str | None
    cluster: InCluster | None
    path: str = "/metrics"
    every: str = EVERY
    timeout: str = EVERY
    signs_in: bool = False


def _named(name: str, *further: tuple[str, str]) -> InCluster:
    return InCluster(((_NAME, name), *further))


#: In the order in which they are shown. How those are that have no figures, the monitor tells: the job `lakefront`.
JOBS: Final = (
    # Older versions of Prometheus can send no other header that says who asks; workers have no figures of queries.
    Job(
        "trino", "trino", _named("trino", ("app.kubernetes.io/component", "coordinator")),
        every="15s", timeout="10s", signs_in=True,
    ),
    Job("audit", "audit", _named("lakefront-audit")),
    Job("superset", "superset", _named("superset")),
    Job("explorer", "explorer", _named("lakefront-explorer")),
    Job("shipper", "shipper", _named("lakefront-shipper")),
    Job("lakefront", "monitor", _named("lakefront-monitor")),
    Job("node", "node", InCluster(((_NAME, "prometheus-node-exporter"),), port="http-metrics", anywhere=True)),
    # The operator has these asked already.
    Job("alertmanager", "alertmanager", None),
    Job("prometheus", "prometheus", None),
    # The local server has no plugins, and so no figures; in a cluster, its plugin prometheus-exporter has them.
    Job("opensearch", None, _named("opensearch"), path="/_prometheus/metrics"),
)  # fmt: skip


def scrape_config(job: Job, scheme: str, target: str) -> Json:
    """Return the job as Prometheus' own configuration says it. `target`: host and port."""
    made: Json = {
        "job_name": job.name,
        "scheme": scheme,
        "metrics_path": job.path,
        "scrape_interval": job.every,
        "scrape_timeout": job.timeout,
        "static_configs": [{"targets": [target]}],
    }
    return made | ({"basic_auth": {"username": SCRAPER, "password": ""}} if job.signs_in else {})


def composed_config() -> Json:
    """Return the configuration of the Prometheus that `deploy/compose.yaml` starts, the same in all environments.

    What is not started beside it is asked where the environment's folder of targets says, and not where there is none.
    """
    return {
        "global": {
            "scrape_interval": EVERY,
            "evaluation_interval": EVERY,
            "external_labels": {"env": "${LAKEFRONT_ENV}"},
        },
        "rule_files": [f"{RULES_THERE}/*.yml"],
        "scrape_configs": [_composed_job(job) for job in JOBS],
    }


def _composed_job(job: Job) -> Json:
    made = scrape_config(job, "http", COMPOSED.get(job.name, ""))
    if job.name not in COMPOSED:
        del made["static_configs"]
        made["file_sd_configs"] = [{"files": [f"{TARGETS_THERE}/{job.name}.yml"]}]
    if job.signs_in:
        made["basic_auth"] = {"username": SCRAPER, "password_file": PASSWORD_THERE}
    return made


def service_monitors() -> Iterator[Json]:
    """Yield the ServiceMonitor of each job that a cluster has."""
    for job in JOBS:
        if job.cluster is not None:
            yield _service_monitor(job, job.cluster)


def _service_monitor(job: Job, cluster: InCluster) -> Json:
    endpoint: Json = {
        "port": cluster.port,
        "scheme": "http",
        "path": job.path,
        "interval": job.every,
        "scrapeTimeout": job.timeout,
        # The name that dashboards and alerts know it by, and not that of its Service.
        "relabelings": [{"action": "replace", "targetLabel": "job", "replacement": job.name}],
    }
    if job.signs_in:
        endpoint["basicAuth"] = {key: {"name": SCRAPER_SECRET, "key": key} for key in ("username", "password")}
    spec: Json = {"selector": {"matchLabels": dict(cluster.labels)}, "endpoints": [endpoint]}
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": {"name": f"lakefront-{job.component or job.name}", "labels": MONITORED_BY},
        "spec": spec | ({"namespaceSelector": {"any": True}} if cluster.anywhere else {}),
    }


def prometheus_rule(name: str, rules: Json) -> Json:
    """Return a file of rules as the operator wants it."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": f"lakefront-{name}", "labels": MONITORED_BY},
        "spec": rules,
    }
