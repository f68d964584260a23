"""`node`: figures of this machine for Prometheus, by its node exporter. Optional: `lakefront up --with ops`."""

from __future__ import annotations

from typing import Final

from lakefront.config import LOOPBACK, Settings
from lakefront.stack.component import Component, Context, Launch, nothing_to_fetch
from lakefront.stack.probes import http_status
from lakefront.stack.programs import missing, required


def _launch(context: Context) -> Launch:
    address = f"--web.listen-address={LOOPBACK}:{context.port}"
    # systemd is asked over D-Bus, which a container has not: an error each time.
    argv = (str(required(context.settings, "node")), address, "--no-collector.systemd", "--log.format=json")
    return Launch(argv, cwd=context.data)


def _probe(settings: Settings) -> str | None:
    return http_status(f"{settings.service('node').url}/")


COMPONENT: Final = Component(
    name="node",
    title="Node exporter",
    prepare=nothing_to_fetch,
    launch=_launch,
    probe=_probe,
    memory_mb=30,
    disk_mb=0,
    ready_within=30,
    missing=missing("node"),
)
