"""The route of previews: peaks, spectrograms, strips of frames, made when somebody first asks for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, cast

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.store import NO_STORE, NOT_KEPT, StoreError
from lakefront.config import Settings
from lakefront.errors import BadInputError, CheckFailedError, LakefrontError
from lakefront.media.previewing import BUSY, PreviewMaker, may_see_preview
from lakefront.media.previews import MIME, Preview, key
from lakefront.media.thumbs_api import IMMUTABLE

#: Those who wait for a preview to be made; a little more than the maker lets wait, so that it is the one to say so.
#: Threads of their own: who waits for a slow file must not hold those that serve thumbnails.
_WAITERS: Final = 10
_LATER: Final = {**NOT_KEPT, "Retry-After": "5"}


def preview_route(settings: Settings, read: Callable[[str], bytes | None]) -> Route:
    """Return the route. `read` returns an object of the media bucket, or None; it raises StoreError."""
    maker = PreviewMaker(settings)
    waiters = ThreadPoolExecutor(_WAITERS, thread_name_prefix="previews")

    def found(preview: Preview, sha256: str, original: str) -> bytes:
        kept = read(key(preview, sha256))
        return maker.make(preview, sha256, original) if kept is None else kept

    async def preview(request: Request) -> Response:
        name, sha256 = str(request.path_params["preview"]), str(request.path_params["sha256"])
        original, signature = (request.query_params.get(part, "") for part in ("of", "sig"))
        if not may_see_preview(settings.secrets.signing_key, name, sha256, original, signature):
            return PlainTextResponse("This address is not signed by the explorer.\n", 403, headers=NOT_KEPT)
        wanted = cast("Preview", name)
        tag = f'"{sha256}-{wanted}"'
        headers = {"Cache-Control": IMMUTABLE, "ETag": tag, "X-Content-Type-Options": "nosniff"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        try:
            data = await asyncio.get_running_loop().run_in_executor(waiters, found, wanted, sha256, original)
        except (BadInputError, CheckFailedError) as error:
            busy = error.code == BUSY
            words = f"{error.what}; {error.fix}\n"
            return PlainTextResponse(words, 503 if busy else 422, headers=_LATER if busy else NOT_KEPT)
        except (StoreError, LakefrontError):
            return PlainTextResponse(NO_STORE, 503, headers=_LATER)
        return Response(data, headers=headers, media_type=MIME[wanted])

    return Route("/api/preview/{preview}/{sha256}", preview)
