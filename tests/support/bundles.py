"""Bundles for tests that want something else than this repository's own."""

from __future__ import annotations

import shutil
from pathlib import Path

from lakefront.superset.bundle import Bundle, read_bundle
from lakefront.superset.layout_check import charts_in
from tests.support.cli import ROOT

_PARTS = ("semantic_layer", "superset_assets", "grafana_dashboards", "streamlit_app", "deploy")


def with_manifest(folder: Path, text: str) -> Path:
    """Make a bundle that is this repository's, but for what its manifest says."""
    folder.mkdir(parents=True)
    for part in _PARTS:
        (folder / part).symlink_to(ROOT / part)
    (folder / "lakefront.toml").write_text(text, encoding="utf-8")
    return folder


def manifest(old: str = "", new: str = "") -> str:
    """Return this repository's manifest, with one thing said differently."""
    text = (ROOT / "lakefront.toml").read_text(encoding="utf-8")
    assert old in text
    return text.replace(old, new) if old else text


def without_policies(folder: Path) -> Path:
    """Make a bundle that is this repository's, but for its Trino: everybody sees everything."""
    return with_manifest(folder, manifest('access = "policies"', 'access = "open"'))


def with_media_elsewhere(folder: Path, schema: str) -> Path:
    """Make a bundle that is this repository's, but for the media, which are in another schema."""
    return with_manifest(folder, f'{manifest()}\n[env.local.schemas]\nmedia = "{schema}"\n')


def with_thumbnails_at(folder: Path, url: str) -> Path:
    """Make a bundle that is this repository's, but for where browsers fetch thumbnails from."""
    env = "[env.local]\n"
    return with_manifest(folder, manifest(env, f'{env}thumbnails_url = "{url}"\n'))


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
