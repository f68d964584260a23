"""Explorers that tests start for themselves: of a stack that runs already, or of an environment of their own."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Generator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from lakefront.config import Settings
from tests.support.cli import ROOT, environ
from tests.support.services import HOST, free_port
from tests.support.waiting import wait_for


@contextlib.contextmanager
def serving(
    url: str, variables: Mapping[str, str], *, pages: Path, log: Path, ready: str = "/readyz"
) -> Generator[str]:
    """Run an explorer as a container does, at an address of this machine, until the block ends.

    `pages`: its `streamlit_app`. `log`: the file that its words go to. `ready`: the route that says it is.
    """
    argv = ["-m", "streamlit", "run", "server.py", f"--server.address={HOST}", f"--server.port={urlsplit(url).port}"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *argv], cwd=pages, env=environ(dict(variables)), stdout=output, stderr=output
        )

    def answers() -> bool:
        assert process.poll() is None, f"the explorer ended, see {log}"
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{url}{ready}", trust_env=False).status_code == 200
        return False

    try:
        wait_for(answers, within=60, what=f"an explorer, see {log}")
        yield
    finally:
        process.terminate()
        process.wait(30)


@contextlib.contextmanager
def running(
    stack: Settings, folder: Path, *, bundle: Path = ROOT, ready: str = "/readyz", **services: str
) -> Generator[str]:
    """Run an explorer of a stack and give its address.

    `folder`: where its log goes. `ready`: the route that says it is. `services`: addresses that are not the stack's.
    """
    url = f"http://{HOST}:{free_port()}"
    variables = {"LAKEFRONT_BUNDLE": str(bundle), "LAKEFRONT_HOME": str(stack.home.root), "LAKEFRONT_EXPLORER_URL": url}
    variables |= {f"LAKEFRONT_{name.upper()}_URL": address for name, address in services.items()}
    with serving(url, variables, pages=ROOT / "streamlit_app", log=folder / "explorer.log", ready=ready):
        yield url
