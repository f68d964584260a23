"""Explorers that tests start for themselves, of a stack that runs already."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import httpx

from lakefront.config import Settings
from tests.support.cli import ROOT, environ
from tests.support.services import free_port
from tests.support.waiting import wait_for


@contextlib.contextmanager
def running(stack: Settings, folder: Path, *, bundle: Path = ROOT, **services: str) -> Generator[str]:
    """Run an explorer and give its address.

    `folder`: where its log goes. `services`: addresses that are not the stack's.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = {"LAKEFRONT_BUNDLE": str(bundle), "LAKEFRONT_HOME": str(stack.home.root), "LAKEFRONT_EXPLORER_URL": url}
    env |= {f"LAKEFRONT_{name.upper()}_URL": address for name, address in services.items()}
    argv = ["-m", "streamlit", "run", "server.py", "--server.address=127.0.0.1", f"--server.port={port}"]
    log = folder / "explorer.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *argv], cwd=ROOT / "streamlit_app", env=environ(env), stdout=output, stderr=output
        )

    def answers() -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{url}/readyz").status_code == 200
        return False

    try:
        wait_for(answers, within=60, what=f"an explorer, see {log}")
        yield url
    finally:
        process.terminate()
        process.wait(30)
