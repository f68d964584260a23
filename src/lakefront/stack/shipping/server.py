"""The shipper's process: it sends log lines, deletes old indices once an hour, and says how it is.

`GET /healthz`: 200, also while OpenSearch is away (`state` is `behind` then); `GET /readyz`: 503 then; `GET /metrics`:
figures for Prometheus.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from typing import Any, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lakefront.config import Settings
from lakefront.errors import LakefrontError
from lakefront.stack.opensearch_setup import drop_old
from lakefront.stack.own import alone_in, begin, readiness, serve
from lakefront.stack.shipping.figures import Figures
from lakefront.stack.shipping.files import LogFolder
from lakefront.stack.shipping.offsets import Offsets
from lakefront.stack.shipping.sender import Sender
from lakefront.stack.shipping.shipper import Shipper

_log: Final = logging.getLogger("shipper")

#: Bytes of rotated logs that are kept while OpenSearch is away: ten minutes of 5,000 lines a second.
_MOST_HELD: Final = 1_000_000_000
_TIDY_EVERY: Final = 3600.0


def application(shipper: Shipper, figures: Figures, tidy: Callable[[], None]) -> Starlette:
    """Return the server's application; sending and tidying run while it does."""
    registry = CollectorRegistry()
    registry.register(figures)
    ended = threading.Event()

    def keep_tidy() -> None:
        while not ended.wait(_TIDY_EVERY):
            try:
                tidy()
            except LakefrontError as error:
                _log.warning("old indices are not deleted: %s", error.what)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        # Daemons: a request that hangs must not keep the process; what was not taken down is sent again.
        for name, work in (("shipper", shipper.run), ("tidy", keep_tidy)):
            threading.Thread(target=work, name=name, daemon=True).start()
        yield
        shipper.stop()
        ended.set()

    async def say_health(_: Request) -> Response:
        return JSONResponse(health(shipper))

    async def say_readiness(_: Request) -> Response:
        return readiness(shipper.told.problem)

    async def say_metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    routes = [Route("/healthz", say_health), Route("/readyz", say_readiness), Route("/metrics", say_metrics)]
    return Starlette(routes=routes, lifespan=lifespan)


def health(shipper: Shipper) -> dict[str, Any]:
    """Return the state: `ok`, or `behind` with what is wrong; `forgetful`: why places are not written down."""
    told = shipper.told
    return {
        "state": "behind" if told.problem else "ok",
        "problem": told.problem,
        "forgetful": shipper.forgetful,
        "behind_bytes": told.behind_bytes,
        "lost_bytes": told.lost_bytes,
    }


def main(argv: Sequence[str]) -> int:
    """Run the shipper of one home: `python -m lakefront.stack.shipping BUNDLE HOME ENV`."""
    settings = begin(argv)
    # It would have a line for each bulk, and a trace for each that fails.
    logging.getLogger("opensearch").setLevel(logging.CRITICAL)
    folder = settings.home.data / "shipper"
    with alone_in(folder) as alone:
        if not alone:
            _log.error("another shipper uses %s", folder)
            return 1
        _serve(settings, folder)
    return 0


def _serve(settings: Settings, folder: Path) -> None:
    sender = Sender(settings.service("opensearch").url, folder / "refused.jsonl")
    logs = LogFolder(settings.home.logs, folder / "held")
    shipper = Shipper(logs, Offsets(folder / "offsets.json"), sender, most_held=_MOST_HELD)
    serve(application(shipper, Figures(shipper, sender), lambda: drop_old(settings)), settings, "shipper")
