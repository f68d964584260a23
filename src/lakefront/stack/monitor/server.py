"""The monitor's process, on loopback: `GET /metrics` gives the figures, `GET /healthz` says that it runs.

`GET /readyz`: 503 while the supervisor's account of the stack, which most figures are of, cannot be read.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import AsyncGenerator, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lakefront.config import Settings
from lakefront.media.objects import client
from lakefront.stack.monitor.figures import Bucket, Buckets, Figures
from lakefront.stack.own import begin, readiness, serve


def application(figures: Figures, buckets: Buckets) -> Starlette:
    """Return the server's application; buckets are counted while it runs."""
    registry, ended = CollectorRegistry(), threading.Event()
    registry.register(figures)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        threading.Thread(target=buckets.run, args=(ended,), name="buckets", daemon=True).start()
        yield
        ended.set()

    async def say_metrics(_: Request) -> Response:
        return Response(await run_in_threadpool(generate_latest, registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    async def say_health(_: Request) -> Response:
        return JSONResponse({"state": "ok"})

    async def say_readiness(_: Request) -> Response:
        return readiness(await run_in_threadpool(figures.problem))

    routes = [Route("/healthz", say_health), Route("/readyz", say_readiness), Route("/metrics", say_metrics)]
    return Starlette(routes=routes, lifespan=lifespan)


def count(settings: Settings) -> list[Bucket]:
    """Return what is in the warehouse's and the media's buckets. Raises what the S3 client raises."""
    s3 = client(settings)
    found: list[Bucket] = []
    for name in (settings.env.warehouse_bucket, settings.env.media_bucket):
        objects = size = 0
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name):
            for each in page.get("Contents", []):
                objects += 1
                size += each.get("Size", 0)
        found.append(Bucket(name, objects, size))
    return found


def main(argv: Sequence[str]) -> int:
    """Run the monitor of one home: `python -m lakefront.stack.monitor BUNDLE HOME ENV`."""
    settings = begin(argv)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    buckets = Buckets(lambda: count(settings))
    serve(application(Figures(settings, buckets), buckets), settings, "monitor")
    return 0
