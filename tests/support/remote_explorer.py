"""An environment whose services somebody else runs, and its explorer."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Mapping
from pathlib import Path

from lakefront.config import Settings
from tests.support.cli import ROOT
from tests.support.own_explorer import serving
from tests.support.services import HOST

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
    """Run the explorer of the environment `remote`; give its address. Its log is beside the bundle."""
    own = {"LAKEFRONT_BUNDLE": str(bundle), "LAKEFRONT_HOME": str(home), "LAKEFRONT_ENV": REMOTE}
    address, log = f"http://{HOST}:{port}", bundle.with_suffix(".log")
    with serving(address, {**own, **variables}, pages=bundle / "streamlit_app", log=log, ready="/healthz"):
        yield address
