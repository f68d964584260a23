"""`explorer`: the Streamlit application of the bundle."""

from __future__ import annotations

import sys
from typing import Final

from lakefront.config import LOOPBACK, Settings
from lakefront.stack.component import Component, Context, Launch, nothing_to_fetch
from lakefront.stack.probes import http_status


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
    prepare=nothing_to_fetch,
    launch=_launch,
    probe=_probe,
    memory_mb=500,
    disk_mb=10,
    ready_within=60,
)
