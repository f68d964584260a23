"""Components that are Python processes of ours: how the supervisor starts them, and how they serve."""

from __future__ import annotations

import contextlib
import fcntl
import sys
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import cast

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response

from lakefront.config import LOOPBACK, Settings, load_settings
from lakefront.json_log import write_json_lines
from lakefront.stack.component import Component, Context, Launch, nothing_to_fetch
from lakefront.stack.probes import http_status


def own_component(
    name: str,
    title: str,
    package: str,
    *,
    memory_mb: int,
    disk_mb: int = 0,
    after: tuple[str, ...] = (),
    probe: Callable[[Settings], str | None] | None = None,
) -> Component:
    """Return the component that `python -m lakefront.stack.PACKAGE BUNDLE HOME ENV` is.

    Without a `probe`, it is ready when `/healthz` answers with 200.
    """

    def launch(context: Context) -> Launch:
        settings = context.settings
        argv = (sys.executable, "-m", f"lakefront.stack.{package}", str(settings.bundle), str(settings.home.root))
        return Launch((*argv, settings.env_name), cwd=context.data, env={"PYTHONUNBUFFERED": "1"})

    return Component(
        name=name,
        title=title,
        prepare=nothing_to_fetch,
        launch=launch,
        probe=probe or (lambda settings: http_status(f"{settings.service(name).url}/healthz")),
        memory_mb=memory_mb,
        disk_mb=disk_mb,
        ready_within=60,
        after=after,
    )


def begin(argv: Sequence[str]) -> Settings:
    """Return the settings that a process of ours was started for, and let it log."""
    bundle, home, env = argv
    write_json_lines()
    return load_settings(bundle=Path(bundle), home=Path(home), env=env)


@contextlib.contextmanager
def alone_in(folder: Path) -> Generator[bool]:
    """Make a folder and hold its lock until the block ends; give whether nobody else holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def readiness(problem: str | None) -> Response:
    """Return the answer of `/readyz`: 200, or 503 with what is wrong."""
    return JSONResponse({"ready": problem is None, "problem": problem}, status_code=503 if problem else 200)


def serve(app: Starlette, settings: Settings, name: str) -> None:
    """Serve a component's application on loopback, until told to stop."""
    port = settings.ports.get(name) or cast("int", getattr(settings.manifest.stack.ports, name))
    uvicorn.run(
        app, host=LOOPBACK, port=port, log_config=None, log_level="warning", access_log=False,
        timeout_graceful_shutdown=5,
    )  # fmt: skip
