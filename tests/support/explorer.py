"""Explorers that tests start for themselves, of an environment of their own."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Generator, Mapping
from pathlib import Path

import httpx

from lakefront.config import Settings
from tests.support.cli import ROOT, environ
from tests.support.services import HOST
from tests.support.waiting import wait_for

REMOTE = "remote"


def remote_bundle(folder: Path, services: Mapping[str, str], login: str = "") -> Path:
    """Make a bundle that is this repository's, with an environment `remote` of services at these addresses.

    `login`: lines of its table `[env.remote.login]`; without any, nobody can log in.
    """
    folder.mkdir(parents=True)
    for part in ("semantic_layer", "superset_assets", "streamlit_app", "deploy"):
        (folder / part).symlink_to(ROOT / part)
    manifest = (ROOT / "lakefront.toml").read_text(encoding="utf-8")
    lines = [f"\n[env.{REMOTE}]", *(f'{name} = "{address}"' for name, address in services.items())]
    lines += [f"[env.{REMOTE}.login]", login] if login else []
    (folder / "lakefront.toml").write_text("\n".join([manifest, *lines, ""]), encoding="utf-8")
    return folder


def remote_services(stack: Settings, port: int) -> dict[str, str]:
    """Return the addresses of a stack's services, as of services that somebody else runs, and of an explorer here."""
    found = {name: stack.service(name).url for name in ("objects", "catalog", "trino", "superset")}
    return {**found, "explorer": f"http://{HOST}:{port}"}


@contextlib.contextmanager
def explorer(bundle: Path, home: Path, port: int, variables: Mapping[str, str]) -> Generator[str]:
    """Run the explorer of the environment `remote` as a container does; give its address."""
    own = {"LAKEFRONT_BUNDLE": str(bundle), "LAKEFRONT_HOME": str(home), "LAKEFRONT_ENV": REMOTE}
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "server.py", f"--server.port={port}", f"--server.address={HOST}"],
        cwd=bundle / "streamlit_app",
        env=environ({**own, **variables}),
    )
    address = f"http://{HOST}:{port}"

    def alive() -> bool:
        assert process.poll() is None, "the explorer ended"
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{address}/healthz", trust_env=False).status_code == 200
        return False

    try:
        wait_for(alive, within=60, what="the explorer answering")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)
