"""`prometheus`: scrapes the stack and evaluates the bundle's rules. Optional: `lakefront up --with ops`."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import urlsplit

from lakefront.config import LOOPBACK, Settings
from lakefront.grafana.scraping import EVERY, JOBS, Job, scrape_config
from lakefront.stack.component import Component, Context, Launch
from lakefront.stack.probes import http_status
from lakefront.stack.programs import missing, required


def _prepare(context: Context) -> None:
    context.report("writing its configuration")
    # JSON is YAML, so any path and any name are quoted well.
    (context.etc / "prometheus.yml").write_text(json.dumps(configuration(context.settings), indent=1), encoding="utf-8")


def configuration(settings: Settings) -> dict[str, Any]:
    """Return what Prometheus is told: whom to scrape, the rules of `deploy/prometheus/rules`, whom to tell."""
    told = {"alertmanagers": [{"static_configs": [{"targets": [_target(settings, "alertmanager")]}]}]}
    scraped = [_job(settings, job, name) for job in JOBS if (name := job.component) and name in settings.ports]
    return {
        "global": {
            "scrape_interval": EVERY,
            "evaluation_interval": EVERY,
            "external_labels": {"env": settings.env_name},
        },
        "rule_files": [str(settings.part("deploy") / "prometheus" / "rules" / "*.yml")],
        "scrape_configs": scraped,
        **({"alerting": told} if "alertmanager" in settings.ports else {}),
    }


def _job(settings: Settings, job: Job, component: str) -> dict[str, Any]:
    scheme = urlsplit(settings.service(component).url).scheme
    return scrape_config(job, scheme, _target(settings, component))


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
