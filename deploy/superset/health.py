"""Whether Superset runs (`/healthz`), and whether it can answer people (`/readyz`): 200, else 503.

Ready is who reaches the metadata database and, where there is one, Redis. Not Trino: dashboards open without it, and
taking Superset away from people would not bring it back.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from flask import Flask, Response, jsonify
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError


def tell(app: Flask, cache: Redis | None) -> None:
    """Answer at both addresses. `cache`: the Redis of caches and sessions, where there is one."""
    parts: dict[str, Callable[[], Any]] = {"database": _ask_database}
    if cache is not None:
        parts["cache"] = cache.ping

    @app.get("/healthz")
    def healthz() -> Response:
        return Response("ok\n", content_type="text/plain")

    @app.get("/readyz")
    def readyz() -> tuple[Response, int]:
        found = {name: _answers(ask) for name, ask in parts.items()}
        ready = all(found.values())
        return jsonify(ready=ready, components=found), 200 if ready else 503


def _ask_database() -> None:
    session = import_module("superset").db.session
    session.execute(text("SELECT 1"))
    session.rollback()


def _answers(ask: Callable[[], Any]) -> bool:
    try:
        ask()
    except (SQLAlchemyError, RedisError, OSError):
        return False
    return True
