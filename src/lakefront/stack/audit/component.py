"""`audit`: the receiver of Trino's events, one Python process."""

from __future__ import annotations

from typing import Final

import httpx

from lakefront.config import Settings
from lakefront.stack.component import Component
from lakefront.stack.own import own_component
from lakefront.stack.probes import ask, http_status


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


COMPONENT: Final[Component] = own_component("audit", "Query audit", "audit", memory_mb=250, disk_mb=300, probe=_probe)
