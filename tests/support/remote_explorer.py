"""An environment whose services somebody else runs, and its explorer."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Mapping
from pathlib import Path

from lakefront.config import Settings
from tests.support.bundles import manifest, with_manifest
from tests.support.own_explorer import serving
from tests.support.services import HOST

REMOTE = "remote"


def remote_bundle(folder: Path, services: Mapping[str, str], login: str = "") -> Path:
    """Make a bundle that is this repository's, with an environment `remote` of services at these addresses.

    `login`: lines of its table `[env.remote.login]`; without any, nobody can log in.
    """
    lines = [f"\n[env.{REMOTE}]", *(f'{name} = "{address}"' for name, address in services.items())]
    lines += [f"[env.{REMOTE}.login]", login] if login else []
    return with_manifest(folder, "\n".join([manifest(), *lines, ""]))


def remote_services(stack: Settings, port: int) -> dict[str, str]:
    """Return the addresses of a stack's services, as of services that somebody else runs, and of an explorer here."""
    found = {name: stack.service(name).url for name in ("objects", "catalog", "trino", "superset")}
    return {**found, "explorer": f"http://{HOST}:{port}"}


@contextlib.contextmanager
def explorer(bundle: Path, home: Path, port: int, variables: Mapping[str, str]) -> Generator[str]:
    """Run the explorer of the environment `remote`; give its address. Its log is beside the bundle."""
    own = {"LAKEFRONT_BUNDLE": str(bundle), "LAKEFRONT_HOME": str(home), "LAKEFRONT_ENV": REMOTE}
    address, log = f"http://{HOST}:{port}", bundle.with_suffix(".log")
    with serving(address, {**own, **variables}, pages=bundle / "streamlit_app", log=log, ready="/healthz"):
        yield address
