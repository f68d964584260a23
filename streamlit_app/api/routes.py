"""Routes beside Streamlit's own: `/healthz`, `/readyz`, `/metrics`, thumbnails, previews, originals and exports."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

import metrics
from api.exports import export_routes
from api.health import HealthChecks
from api.originals import original_route
from api.previews import preview_route
from api.store import NO_STORE, NOT_KEPT, READERS, Store, StoreError
from lakefront.config import Settings
from lakefront.media.assets import thumbnail_key
from lakefront.media.thumbs_api import IMMUTABLE, ThumbnailCache, may_see_thumbnail
from people import NOBODY


def routes(settings: Settings) -> list[Route]:
    """Return the routes of one environment."""
    health = HealthChecks(settings)
    signing_key = settings.secrets.signing_key
    # Pages ask why a picture failed. Where it comes by another origin, a browser tells them only of what anyone may
    # read, and whoever has a signed address may read it.
    shared = {"Access-Control-Allow-Origin": "*"} if settings.env.thumbnails_url else {}
    not_kept = {**NOT_KEPT, **shared}
    # Threads of their own: a store that hangs must not hold those that serve the pages.
    readers = ThreadPoolExecutor(READERS, thread_name_prefix="thumbnails")
    store = Store(settings)
    thumbnails = ThumbnailCache(lambda size, sha256: store.read(thumbnail_key(sha256, size)))

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok\n", headers=NOT_KEPT)

    def readyz(_request: Request) -> Response:
        found = health.run(("trino", "objects"))
        ready = all(part.up for part in found)
        body = json.dumps({"ready": ready, "components": {part.name: part.as_dict() for part in found}})
        return Response(body + "\n", 200 if ready else 503, headers=NOT_KEPT, media_type="application/json")

    async def thumbnail(request: Request) -> Response:
        size, sha256 = int(request.path_params["size"]), str(request.path_params["sha256"])
        if not may_see_thumbnail(signing_key, size, sha256, request.query_params.get("sig", "")):
            return PlainTextResponse("This address is not signed by the explorer.\n", 403, headers=not_kept)
        tag = f'"{sha256}-{size}"'
        headers = {"Cache-Control": IMMUTABLE, "ETag": tag, "X-Content-Type-Options": "nosniff", **shared}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        data, source = thumbnails.kept(size, sha256), "cache"
        if data is None:
            try:
                data = await asyncio.get_running_loop().run_in_executor(readers, thumbnails.get, size, sha256)
                source = "missing" if data is None else "stored"
            except StoreError:
                metrics.thumbnail("failed")
                return PlainTextResponse(NO_STORE, 503, headers={**not_kept, "Retry-After": "5"})
        metrics.thumbnail(source)
        if data is None:
            return PlainTextResponse("There is no thumbnail of this content.\n", 404, headers=not_kept)
        return Response(data, headers=headers, media_type="image/webp")

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        metrics.ROUTE,
        Route("/api/thumb/{size:int}/{sha256}.webp", thumbnail),
        preview_route(settings, store.read),
        original_route(settings, store),
        *export_routes(settings, principal=NOBODY),
    ]
