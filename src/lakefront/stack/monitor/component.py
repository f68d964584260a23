"""`monitor`: what the stack as a whole tells Prometheus. One Python process."""

from __future__ import annotations

import sys
from typing import Final

from lakefront.config import Settings
from lakefront.stack.component import Component, Context, Launch
from lakefront.stack.probes import http_status


def _prepare(context: Context) -> None:
    context.report("nothing to fetch")


def _launch(context: Context) -> Launch:
    settings = context.settings
    argv = (sys.executable, "-m", "lakefront.stack.monitor", str(settings.bundle), str(settings.home.root))
    return Launch((*argv, settings.env_name), cwd=context.data, env={"PYTHONUNBUFFERED": "1"})


def _probe(settings: Settings) -> str | None:
    return http_status(f"{settings.service('monitor').url}/healthz")


COMPONENT: Final = Component(
    name="monitor",
    title="Monitor",
    prepare=_prepare,
    launch=_launch,
    probe=_probe,
    memory_mb=120,
    disk_mb=0,
    ready_within=60,
)
