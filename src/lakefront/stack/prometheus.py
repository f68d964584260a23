"""`prometheus`: scrapes the stack and evaluates the bundle's rules. Optional: `lakefront up --with ops`."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import urlsplit

from lakefront.config import LOOPBACK, Settings
from lakefront.stack.component import Component, Context, Launch
from lakefront.stack.probes import http_status
from lakefront.stack.programs import missing, required

#: The service account that reads Trino's figures: policies give it nothing but them.
SCRAPER: Final = "prometheus"
#: Components that tell figures. How the others are, the monitor tells: the job `lakefront`.
_SCRAPED: Final = ("trino", "audit", "superset", "explorer", "shipper", "monitor", "node", "alertmanager", "prometheus")
_JOBS: Final = {"monitor": "lakefront"}
_EVERY: Final = "5s"


def _prepare(context: Context) -> None:
    context.report("writing its configuration")
    # JSON is YAML, so any path and any name are quoted well.
    (context.etc / "prometheus.yml").write_text(json.dumps(configuration(context.settings), indent=1), encoding="utf-8")


def configuration(settings: Settings) -> dict[str, Any]:
    """Return what Prometheus is told: whom to scrape, the rules of `deploy/prometheus/rules`, whom to tell."""
    told = {"alertmanagers": [{"static_configs": [{"targets": [_target(settings, "alertmanager")]}]}]}
    scraped = [_job(settings, name) for name in _SCRAPED if name in settings.ports]
    return {
        "global": {
            "scrape_interval": _EVERY,
            "evaluation_interval": _EVERY,
            "external_labels": {"env": settings.env_name},
        },
        "rule_files": [str(settings.part("deploy") / "prometheus" / "rules" / "*.yml")],
        "scrape_configs": scraped,
        **({"alerting": told} if "alertmanager" in settings.ports else {}),
    }


def _job(settings: Settings, name: str) -> dict[str, Any]:
    job: dict[str, Any] = {
        "job_name": _JOBS.get(name, name),
        "scheme": urlsplit(settings.service(name).url).scheme,
        "static_configs": [{"targets": [_target(settings, name)]}],
    }
    if name == "trino":
        # It wants to know who asks; older versions of Prometheus can send no other header that says it.
        job |= {"basic_auth": {"username": SCRAPER, "password": ""}, "scrape_interval": "15s", "scrape_timeout": "10s"}
    return job


def _target(settings: Settings, name: str) -> str:
    return urlsplit(settings.service(name).url).netloc


def _launch(context: Context) -> Launch:
    argv = (
        str(required(context.settings, "prometheus")),
        f"--config.file={context.etc / 'prometheus.yml'}",
        f"--storage.tsdb.path={context.data}",
        f"--storage.tsdb.retention.time={context.settings.manifest.stack.metrics_kept}",
        f"--web.listen-address={LOOPBACK}:{context.port}",
        "--log.format=json",
    )
    return Launch(argv, cwd=context.data)


def _probe(settings: Settings) -> str | None:
    return http_status(f"{settings.service('prometheus').url}/-/ready")


COMPONENT: Final = Component(
    name="prometheus",
    title="Prometheus",
    prepare=_prepare,
    launch=_launch,
    probe=_probe,
    memory_mb=200,
    disk_mb=500,
    ready_within=60,
    missing=missing("prometheus"),
    beside=("alertmanager",),
)
