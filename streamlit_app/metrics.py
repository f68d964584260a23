"""What the explorer tells Prometheus at `/metrics`: docs/operations/metrics.md lists it."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from streamlit.runtime import Runtime
from streamlit.runtime.stats import ACTIVE_SESSIONS_FAMILY, GaugeStat

import script_runs

_REGISTRY: Final = CollectorRegistry()
_REQUESTS: Final = Counter("lakefront_explorer_requests", "Page views.", ["page", "outcome"], registry=_REGISTRY)
_SECONDS: Final = Histogram(
    "lakefront_explorer_page_seconds",
    "Time to draw a page, on the server.",
    ["page"],
    buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 12),
    registry=_REGISTRY,
)
_THUMBNAILS: Final = Counter(
    "lakefront_explorer_thumbnails", "Thumbnails that were asked for.", ["source"], registry=_REGISTRY
)
_UPLOADS: Final = Counter("lakefront_explorer_uploads", "Files that were uploaded.", ["outcome"], registry=_REGISTRY)
_SESSIONS: Final = Gauge("lakefront_explorer_sessions", "Browsers that have a page open.", registry=_REGISTRY)
#: What a proxy adds for whoever is behind it. Prometheus asks the process itself.
_OF_PROXIES: Final = ("x-forwarded-for", "forwarded", "x-real-ip")


@contextmanager
def page_view(page: str) -> Generator[None]:
    """Count a run of a page and how long it takes. One that is cut short, as it is for the next, counts as none."""
    began = time.perf_counter()
    try:
        yield
    except Exception:  # Streamlit ends a run by what is none of these
        _REQUESTS.labels(page, "error").inc()
        script_runs.tell(page, "error", time.perf_counter() - began)
        raise
    took = time.perf_counter() - began
    _REQUESTS.labels(page, "ok").inc()
    _SECONDS.labels(page).observe(took)
    script_runs.tell(page, "ok", took)


def uploaded(outcome: str, number: int = 1) -> None:
    """Count uploaded files: `added`, `known`, `refused` or `failed`."""
    _UPLOADS.labels(outcome).inc(number)


def thumbnail(source: str) -> None:
    """Count a thumbnail: of this process's `cache`, `stored` in S3, `missing` there, or not to be had (`failed`)."""
    _THUMBNAILS.labels(source).inc()


def _sessions() -> int:
    told = Runtime.instance().stats_mgr.get_stats([ACTIVE_SESSIONS_FAMILY]) if Runtime.exists() else {}
    return sum(each.value for each in told.get(ACTIVE_SESSIONS_FAMILY, ()) if isinstance(each, GaugeStat))


async def _say(request: Request) -> Response:
    if any(name in request.headers for name in _OF_PROXIES):
        return Response(status_code=404)
    _SESSIONS.set(_sessions())
    return Response(generate_latest(_REGISTRY), media_type=CONTENT_TYPE_PLAIN_0_0_4)


#: Not for those who come through a proxy: what it tells is not theirs.
ROUTE: Final = Route("/metrics", _say)
