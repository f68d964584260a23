"""`alertmanager`: who is told of an alert, and how. Optional: `lakefront up --with ops`."""

from __future__ import annotations

from typing import Final

from lakefront.config import LOOPBACK, Settings
from lakefront.stack.alert_routes import routes
from lakefront.stack.component import Component, Context, Launch
from lakefront.stack.probes import http_status
from lakefront.stack.programs import missing, required


def _prepare(context: Context) -> None:
    context.report("writing its configuration")
    file = context.etc / "alertmanager.yml"
    file.touch(mode=0o600)  # addresses that it holds may be secrets
    file.write_text(routes(context.settings), encoding="utf-8")


def _launch(context: Context) -> Launch:
    argv = (
        str(required(context.settings, "alertmanager")),
        f"--config.file={context.etc / 'alertmanager.yml'}",
        f"--storage.path={context.data}",
        f"--web.listen-address={LOOPBACK}:{context.port}",
        "--cluster.listen-address=",  # one alone: no other is looked for
        "--log.format=json",
    )
    return Launch(argv, cwd=context.data)


def _probe(settings: Settings) -> str | None:
    return http_status(f"{settings.service('alertmanager').url}/-/ready")


COMPONENT: Final = Component(
    name="alertmanager",
    title="Alertmanager",
    prepare=_prepare,
    launch=_launch,
    probe=_probe,
    memory_mb=60,
    disk_mb=50,
    ready_within=30,
    missing=missing("alertmanager"),
)
