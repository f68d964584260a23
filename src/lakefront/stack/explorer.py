"""`explorer`: the Streamlit application of the bundle."""

from __future__ import annotations

import sys
from typing import Final

from lakefront.config import LOOPBACK, Settings
from lakefront.stack.component import Component, Context, Launch
from lakefront.stack.probes import http_status


def _prepare(context: Context) -> None:
    _ = context.settings.login  # what cannot work is told once, here, not by a process that dies again and again
    context.report("nothing to fetch")


def _launch(context: Context) -> Launch:
    settings = context.settings
    app = settings.part("streamlit_app")
    options = {
        "server.port": str(context.port),
        "server.address": LOOPBACK,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
    }
    argv = (sys.executable, "-m", "streamlit", "run", "server.py", *(f"--{k}={v}" for k, v in options.items()))
    env = {
        "LAKEFRONT_BUNDLE": str(settings.bundle),
        "LAKEFRONT_HOME": str(settings.home.root),
        "LAKEFRONT_ENV": settings.env_name,
        "PYTHONUNBUFFERED": "1",
    }
    return Launch(argv, cwd=app, env=env)


def _probe(settings: Settings) -> str | None:
    return http_status(f"{settings.service('explorer').url}/healthz")


COMPONENT: Final = Component(
    name="explorer",
    title="Media explorer",
    prepare=_prepare,
    launch=_launch,
    probe=_probe,
    memory_mb=500,
    disk_mb=10,
    ready_within=60,
)
