"""The server that Trino sends its events to: it answers when an event is safe in the spool.

`POST /v1/events` takes one event (204; 503 while the spool takes none, which Trino tries again). `GET /healthz` says
whether events are taken (200, else 503) and written, `GET /readyz` the first of it only, `GET /metrics` the figures for
Prometheus. It listens on loopback.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from lakefront.config import Settings
from lakefront.errors import LakefrontError
from lakefront.stack.audit.dead_letters import KEPT_BYTES, DeadLetters
from lakefront.stack.audit.intake import Intake
from lakefront.stack.audit.lake import MANY_FILES, Lake
from lakefront.stack.audit.listener import EVENTS_PATH
from lakefront.stack.audit.spool import Spool
from lakefront.stack.audit.telling import health, metrics
from lakefront.stack.audit.writer import Upkeep, Writer
from lakefront.stack.own import alone_in, begin, readiness, serve

_log: Final = logging.getLogger("audit")

#: Trino's events have 20 to 200 KB; plans of very large queries have more.
LARGEST_EVENT: Final = 16_000_000


def application(intake: Intake, writer: Writer, upkeep: Upkeep) -> Starlette:
    """Return the server's application; the writer's thread runs while it does."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        # A daemon: a commit that hangs must not keep the process; its batch stays in the spool.
        threading.Thread(target=writer.run, name="writer", daemon=True).start()
        flushing = asyncio.create_task(intake.run())
        yield
        writer.stop()
        flushing.cancel()

    async def take(request: Request) -> Response:
        try:
            body, size = await _read(request)
            if size > LARGEST_EVENT:
                await intake.set_aside(f"it has more than {LARGEST_EVENT:,} bytes", body, size)
            else:
                await intake.take(body)
        except ClientDisconnect:
            return Response(status_code=400)
        except LakefrontError as error:
            return JSONResponse(error.as_dict(), status_code=503)
        return Response(status_code=204)

    async def say_health(_: Request) -> Response:
        said = health(intake, writer)
        return JSONResponse(said, status_code=200 if said["taking"] else 503)

    async def say_readiness(_: Request) -> Response:
        said = health(intake, writer)
        return readiness(None if said["taking"] else str(said["problem"]))

    async def say_metrics(_: Request) -> Response:
        return PlainTextResponse(metrics(intake, writer, upkeep), media_type="text/plain; version=0.0.4")

    routes = [
        Route(EVENTS_PATH, take, methods=["POST"]),
        Route("/healthz", say_health),
        Route("/readyz", say_readiness),
        Route("/metrics", say_metrics),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


async def _read(request: Request) -> tuple[bytes, int]:
    """Return a body and its size; of one that is too large only the beginning, but all of it is read.

    Trino takes a connection that is closed on it for a receiver that is away, and would send it again.
    """
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        parts.append(part)
        if size > LARGEST_EVENT:
            parts = [b"".join(parts)[:KEPT_BYTES]]
    return b"".join(parts), size


def main(argv: Sequence[str]) -> int:
    """Run the receiver of one home: `python -m lakefront.stack.audit BUNDLE HOME ENV`."""
    settings = begin(argv)
    # The catalog's server deletes old metadata, too: PyIceberg finds it gone, and would say so at each commit.
    logging.getLogger("pyiceberg.catalog").setLevel(logging.ERROR)
    folder = settings.home.data / "audit"
    with alone_in(folder) as alone:
        if not alone:
            _log.error("another receiver uses %s", folder)
            return 1
        _serve(settings, folder)
    return 0


def _serve(settings: Settings, folder: Path) -> None:
    asked = settings.manifest.audit
    spool = Spool(folder / "spool", limit_bytes=asked.spool_mb * 1_000_000)
    dead_letters = DeadLetters(folder / "dead-letters.jsonl")
    table = Lake(settings)
    upkeep = Upkeep(table.keep_up, every=MANY_FILES)
    writer = Writer(
        spool,
        dead_letters,
        table,
        flush_seconds=asked.flush_seconds,
        flush_events=asked.flush_events,
        after_commit=upkeep,
    )
    if spool.events:
        _log.info("%d events of an earlier run wait", spool.events)
    intake = Intake(spool, dead_letters, readiness_user=settings.env.trino_user)
    serve(application(intake, writer, upkeep), settings, "audit")
