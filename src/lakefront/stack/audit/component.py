"""`audit`: the receiver of Trino's events, one Python process."""

from __future__ import annotations

import sys
from typing import Final

import httpx

from lakefront.config import Settings
from lakefront.stack.component import Component, Context, Launch
from lakefront.stack.probes import ask, http_status


def _prepare(context: Context) -> None:
    context.report("nothing to fetch")


def _launch(context: Context) -> Launch:
    settings = context.settings
    argv = (sys.executable, "-m", "lakefront.stack.audit", str(settings.bundle), str(settings.home.root))
    return Launch((*argv, settings.env_name), cwd=context.data, env={"PYTHONUNBUFFERED": "1"})


def _probe(settings: Settings) -> str | None:
    url = f"{settings.service('audit').url}/healthz"
    problem = http_status(url, accept=(200, 503))
    if problem:
        return problem
    try:
        answer = ask(url)
        return None if answer.is_success else str(answer.json()["problem"])
    except (httpx.HTTPError, ValueError, KeyError) as error:
        return f"no health that can be read ({type(error).__name__})"


COMPONENT: Final = Component(
    name="audit",
    title="Query audit",
    prepare=_prepare,
    launch=_launch,
    probe=_probe,
    memory_mb=250,
    disk_mb=300,
    ready_within=60,
)
