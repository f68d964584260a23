"""Streamlit apps that a benchmark starts for itself: the explorer as the stack starts it, or a page of our own."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import threading
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from tests.support.cli import environ
from tests.support.services import free_port
from tests.support.waiting import wait_for

from lakefront.config import LOOPBACK, Settings
from lakefront.stack.component import Context
from lakefront.stack.explorer import COMPONENT
from lakefront.stack.probes import http_status


@contextlib.contextmanager
def running_app(settings: Settings, objects: str, page: Path | None = None) -> Generator[str]:
    """Run the explorer, or a page in its place, with an object store of another address; yield where it answers."""
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    ours = replace(settings, ports={**settings.ports, "explorer": port})
    launch = COMPONENT.launch(Context("explorer", ours, lambda *_: None, threading.Event()))
    argv = [str(page) if page and word == "server.py" else word for word in launch.argv]
    services = {"LAKEFRONT_OBJECTS_URL": objects, "LAKEFRONT_EXPLORER_URL": url}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(  # noqa: S603 - what the stack runs
            argv, cwd=launch.cwd, env=environ({**launch.env, **services}), stdout=log, stderr=log
        )
        try:
            health = f"{url}/_stcore/health"
            wait_for(lambda: process.poll() is not None or http_status(health) is None, within=90, what=f"{url}")
            if process.poll() is not None:
                log.seek(0)
                raise SystemExit(f"{argv[4]} did not start:\n{log.read().decode()[-2000:]}")
            yield url
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
