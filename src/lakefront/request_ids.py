"""The id that one request's log lines and Trino's queries share.

A request brings it as `X-Request-ID`, as proxies set it, or gets one; its answer tells it. Trino is told it as the
trace token of each query, which is in its event of the query.
https://trino.io/docs/476/develop/client-protocol.html
deploy/superset/request_ids.py is the same for Superset, where this package is not installed.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # a command line has no use for it
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER: Final = "X-Request-ID"
TRACE_TOKEN: Final = "X-Trino-Trace-Token"  # noqa: S105 - the name of a header
#: What proxies and tracers make: a UUID, hexadecimal digits, `Root=1-67891233-abcdef`. Nothing that a log, an
#: address, a header or a quoted word of Lucene reads otherwise.
_WELL_FORMED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:=-]{7,127}")
_CURRENT: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)
_refreshers: Final[list[Callable[[], None]]] = []


def is_well_formed(text: str) -> bool:
    """Return whether a text is taken for an id: 8 to 128 letters, digits and `. _ : = -` of ASCII."""
    return _WELL_FORMED.fullmatch(text) is not None


def accepted(brought: Sequence[str]) -> str:
    """Return the only id that a request brought, if it is well-formed, else a new one. `brought`: all that it did."""
    return brought[0] if len(brought) == 1 and is_well_formed(brought[0]) else uuid.uuid4().hex


def begin(request_id: str | None = None) -> str:
    """Take an id, or a new one, for what this thread or task does from now on; return it."""
    chosen = request_id or accepted(())
    _CURRENT.set(chosen)
    return chosen


def current() -> str | None:
    """Return the id of the request that is being answered; None where there is none, as on a command line."""
    for refresh in _refreshers:
        refresh()
    return _CURRENT.get()


def refresh_by(refresh: Callable[[], None]) -> None:
    """Call `refresh` before an id is told: for requests that do not come by HTTP, and begin where nobody is asked."""
    _refreshers.append(refresh)


class RequestIds:
    """ASGI middleware: a request and a websocket have an id while they are answered, and their answer tells it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id = accepted([value.decode("latin-1") for name, value in scope["headers"] if name.lower() == _NAME])

        async def tell(message: Message) -> None:
            if message["type"] in _BEGINNINGS:
                others = [each for each in message.get("headers", ()) if each[0].lower() != _NAME]
                message["headers"] = [*others, (_NAME, request_id.encode())]
            await send(message)

        token = _CURRENT.set(request_id)
        try:
            await self._app(scope, receive, tell)
        finally:
            _CURRENT.reset(token)


_NAME: Final = HEADER.lower().encode()
#: The messages of ASGI that carry the headers of an answer.
_BEGINNINGS: Final = ("http.response.start", "websocket.accept", "websocket.http.response.start")
