"""A line of the log for a request to the explorer, under its id. What comes by the dozen has none while it is well."""

from __future__ import annotations

import logging
import time
from typing import Any, Final

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log: Final = logging.getLogger("explorer.requests")
#: Files, pictures, and whoever looks whether it is there.
_BY_THE_DOZEN: Final = ("/static/", "/_stcore/", "/media/", "/api/thumb/", "/healthz", "/readyz", "/metrics")
_LONGEST_PATH: Final = 300


class RequestsTold:
    """ASGI middleware that writes the lines, and answers where nothing else could. It stands within `RequestIds`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def heed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, heed)
        except Exception:
            # Here the id is known; whoever is around this would answer, and log, without it.
            _log.exception("failed to answer", extra={"fields": _fields(scope, 500, began)})
            if status:
                raise
            await PlainTextResponse("Internal Server Error", 500)(scope, receive, send)
            return
        if status >= 500 or not scope["path"].startswith(_BY_THE_DOZEN):
            level = logging.ERROR if status >= 500 else logging.INFO
            _log.log(level, "answered", extra={"fields": _fields(scope, status, began)})


def _fields(scope: Scope, status: int, began: float) -> dict[str, Any]:
    # Not the question: it may hold the signature that opens something.
    return {
        "method": scope["method"],
        "path": scope["path"][:_LONGEST_PATH],
        "status": status,
        "duration_ms": round((time.perf_counter() - began) * 1000),
    }
