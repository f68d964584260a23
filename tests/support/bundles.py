"""Bundles for tests that want something else than this repository's own."""

from __future__ import annotations

import shutil
from pathlib import Path

from lakefront.superset.bundle import Bundle, read_bundle
from lakefront.superset.layout_check import charts_in
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


def with_media_elsewhere(folder: Path, schema: str) -> Path:
    """Make a bundle that is this repository's, but for the media, which are in another schema."""
    folder.mkdir(parents=True)
    for part in ("semantic_layer", "superset_assets", "grafana_dashboards", "streamlit_app", "deploy"):
        (folder / part).symlink_to(ROOT / part)
    manifest = (ROOT / "lakefront.toml").read_text(encoding="utf-8")
    (folder / "lakefront.toml").write_text(f'{manifest}\n[env.local.schemas]\nmedia = "{schema}"\n', encoding="utf-8")
    return folder


def with_thumbnails_at(folder: Path, url: str) -> Path:
    """Make a bundle that is this repository's, but for where browsers fetch thumbnails from."""
    folder.mkdir(parents=True)
    for part in ("semantic_layer", "superset_assets", "grafana_dashboards", "streamlit_app", "deploy"):
        (folder / part).symlink_to(ROOT / part)
    manifest = (ROOT / "lakefront.toml").read_text(encoding="utf-8")
    env = "[env.local]\n"
    assert env in manifest
    (folder / "lakefront.toml").write_text(manifest.replace(env, f'{env}thumbnails_url = "{url}"\n'), encoding="utf-8")
    return folder


def with_own_assets(folder: Path, *dashboards: str) -> Path:
    """Make a bundle that is this repository's, with a copy of its Superset assets that a test may change.

    `dashboards`: which of them, with the charts that they show; all where none is named.
    """
    folder.mkdir(parents=True)
    for part in ("semantic_layer", "grafana_dashboards", "streamlit_app", "deploy", "lakefront.toml"):
        (folder / part).symlink_to(ROOT / part)
    assets = folder / "superset_assets"
    shutil.copytree(ROOT / "superset_assets", assets)
    if dashboards:
        kept = {asset.file for asset in only_dashboards(read_bundle(assets), *dashboards).assets}
        for file in [*(assets / "charts").iterdir(), *(assets / "dashboards").iterdir()]:
            if file not in kept:
                file.unlink()
    return folder


def only_dashboards(bundle: Bundle, *dashboards: str) -> Bundle:
    """Return a bundle without other dashboards, and without charts that those do not show."""
    shown = [asset for asset in bundle.of("dashboards") if asset.slug in dashboards]
    kept = {slug for asset in shown for _, slug in charts_in(asset.data["layout"])}
    charts = [asset for asset in bundle.of("charts") if asset.slug in kept]
    others = [asset for asset in bundle.assets if asset.folder not in {"charts", "dashboards"}]
    return Bundle((*shown, *others, *charts))
