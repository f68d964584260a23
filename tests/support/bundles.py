"""Bundles for tests that want something else than this repository's own."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.cli import ROOT


def without_policies(folder: Path) -> Path:
    """Make a bundle that is this repository's, but for its Trino: everybody sees everything."""
    folder.mkdir(parents=True)
    for part in ("semantic_layer", "superset_assets", "grafana_dashboards", "streamlit_app", "deploy"):
        (folder / part).symlink_to(ROOT / part)
    manifest = (ROOT / "lakefront.toml").read_text(encoding="utf-8")
    obeyed = 'access = "policies"'
    assert obeyed in manifest
    (folder / "lakefront.toml").write_text(manifest.replace(obeyed, 'access = "open"'), encoding="utf-8")
    return folder


def with_own_assets(folder: Path) -> Path:
    """Make a bundle that is this repository's, with a copy of its Superset assets that a test may change."""
    folder.mkdir(parents=True)
    for part in ("semantic_layer", "grafana_dashboards", "streamlit_app", "deploy", "lakefront.toml"):
        (folder / part).symlink_to(ROOT / part)
    shutil.copytree(ROOT / "superset_assets", folder / "superset_assets")
    return folder
