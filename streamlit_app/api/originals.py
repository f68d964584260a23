"""The route that tells whether an original is there: a browser that cannot load it is not told why."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.store import NO_STORE, NOT_KEPT, Store, StoreError
from lakefront.config import Settings
from lakefront.media.presence import may_ask

_READERS: Final = 4


def original_route(settings: Settings, store: Store) -> Route:
    """Return the route: 204 where there is the original, 404 where there is none, 503 where nobody can tell."""
    readers = ThreadPoolExecutor(_READERS, thread_name_prefix="originals")

    async def original(request: Request) -> Response:
        path, signature = (request.query_params.get(name, "") for name in ("of", "sig"))
        if not may_ask(settings.secrets.signing_key, path, signature):
            return PlainTextResponse("This address is not signed by the explorer.\n", 403, headers=NOT_KEPT)
        try:
            there = await asyncio.get_running_loop().run_in_executor(readers, store.has, path)
        except StoreError:
            return PlainTextResponse(NO_STORE, 503, headers={**NOT_KEPT, "Retry-After": "5"})
        if not there:
            return PlainTextResponse("There is no such object.\n", 404, headers=NOT_KEPT)
        return Response(status_code=204, headers=NOT_KEPT)

    return Route("/api/original", original)
