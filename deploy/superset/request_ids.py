"""The id that one request's log lines and Trino's queries share; src/lakefront/request_ids.py says more.

A request brings it as `X-Request-ID`, as proxies set it, or gets one; its answer tells it. What a worker does has the
id of its task.
"""

import re
import uuid
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any

from celery import current_task
from flask import g, has_app_context

HEADER = "X-Request-ID"
TRACE_TOKEN = "X-Trino-Trace-Token"  # noqa: S105 - the name of a header
_ENVIRON = "HTTP_X_REQUEST_ID"
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:=-]{7,127}")
#: Of the thread that answers.
_CURRENT: ContextVar[str | None] = ContextVar("request_id", default=None)


def accepted(brought: str | None) -> str:
    """Return the id that a request brought if it is well-formed, else a new one."""
    return brought if brought and _WELL_FORMED.fullmatch(brought) else uuid.uuid4().hex


def current() -> str | None:
    """Return the id of the request that is answered, or of the task that is done; None where there is none."""
    found = _CURRENT.get()
    if found is None and has_app_context():
        # Superset runs statements in a second thread, which has a copy of what the first one keeps here.
        found = g.get("lakefront_request_id")
    if found is None and current_task:
        found = current_task.request.id
    return found


def remember() -> None:
    """Keep the id where Superset's second threads find it; for Flask's `before_request`."""
    g.lakefront_request_id = _CURRENT.get()


def forget() -> None:
    """End what `RequestIds` began, after the request has been written down."""
    _CURRENT.set(None)


class RequestIds:
    """WSGI middleware: a request has an id from its beginning, and its answer tells it."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        """Take the application to be answered by."""
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        request_id = accepted(environ.get(_ENVIRON))
        # Not reset when this returns: the answer may be read, and is written down, after it.
        _CURRENT.set(request_id)

        def tell(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            others = [each for each in headers if each[0].lower() != HEADER.lower()]
            return start_response(status, [*others, (HEADER, request_id)], *rest)

        return self._app(environ, tell)
