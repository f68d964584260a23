"""What Superset tells Prometheus at `/metrics`: requests by view, how long they take, charts that its cache answered.

Several processes add up where PROMETHEUS_MULTIPROC_DIR names a folder that they share, empty at the start.
"""

import os
import time

from flask import Flask, Response, g, request
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector

_REQUESTS = Counter("lakefront_superset_requests", "Requests.", ["view", "status"])
_SECONDS = Histogram(
    "lakefront_superset_request_seconds",
    "Time to answer.",
    ["view"],
    buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 120),
)
_CACHE = Counter(
    "lakefront_superset_cache", "Charts that were drawn, by whether the cache had their answer.", ["result"]
)
#: The beginnings of paths -> the view that a person would call it. What is not here is `other`.
_VIEWS = (
    (("/superset/dashboard", "/api/v1/dashboard", "/superset/embedded", "/embedded"), "dashboard"),
    (("/api/v1/chart", "/explore", "/superset/explore"), "chart"),
    (("/sqllab", "/api/v1/sqllab", "/api/v1/query"), "sql"),
    (("/login", "/logout", "/api/v1/security"), "login"),
)
#: Not a person's: files of the front end, its own reports of events, and whoever looks whether it is there.
_UNCOUNTED = ("/static/", "/superset/log/", "/health", "/readyz", "/metrics")
#: What a proxy adds for whoever is behind it. Prometheus asks the process itself.
_OF_PROXIES = ("X-Forwarded-For", "Forwarded", "X-Real-Ip")


def view_of(path: str) -> str | None:
    """Return the view of a path; None for what is not counted."""
    if path.startswith(_UNCOUNTED):
        return None
    return next((view for beginnings, view in _VIEWS if path.startswith(beginnings)), "other")


def drawn(*, cached: bool) -> None:
    """Count a chart that was drawn."""
    _CACHE.labels("hit" if cached else "miss").inc()


def tell(app: Flask) -> None:
    """Count the requests of an application, and tell of them at `/metrics`."""

    @app.before_request
    def begin() -> None:
        g.lakefront_began = time.perf_counter()

    @app.after_request
    def end(answer: Response) -> Response:
        view = view_of(request.path)
        began = g.get("lakefront_began")
        if view and began is not None:
            _REQUESTS.labels(view, str(answer.status_code)).inc()
            _SECONDS.labels(view).observe(time.perf_counter() - began)
        return answer

    @app.get("/metrics")
    def metrics() -> Response:
        if any(name in request.headers for name in _OF_PROXIES):
            return Response(status=404)
        registry = REGISTRY
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)
