"""Plan and apply of Superset's assets: 200 and more compared, 140 and more applied against the bare import of the same.

The baselines run in the same run on the same server: the import call alone on the same 140 files (what no tool can
undercut), and preset-cli's `sync native` on the same files, in an environment of its own. Each timed apply or import
finds all of its files changed. At the end the reference bundle is there again.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from tests.support.bundles import with_own_assets

from benchmarks.report import Figure, publish
from lakefront.config import Settings, load_settings
from lakefront.semantic.emit.superset import asset_uuid
from lakefront.superset.apply import apply, plan
from lakefront.superset.archive import pack_files
from lakefront.superset.canonical import to_import
from lakefront.superset.client import SupersetClient
from lakefront.superset.text import dump, dump_for_superset, leading_comments
from lakefront.superset.wanted import Wanted, read_wanted

#: Issue 6: a plan of 200 assets in 5 s, an apply of 140 files within 1.5 times the bare import.
_PLAN_SECONDS = 5.0
_OVER_IMPORT = 1.5
_FILES, _ASSETS, _TURNS = 140, 200, 3
#: preset-cli imports pkg_resources, which newer setuptools do not have.
_PRESET_CLI = ("preset-cli==0.3.13", "setuptools<81")
_CHART = "charts/sales-by-country.yaml"


def run(settings: Settings) -> None:
    """Measure and publish."""
    folder = Path(tempfile.mkdtemp(prefix="lakefront-bench-"))
    try:
        bundle = with_own_assets(folder / "bundle")
        ours = load_settings(bundle=bundle, home=settings.home.root, environ=settings.environ)
        figures = _against_import(ours)
        figures += _baseline(ours, folder)
        assets = _fill(ours, _ASSETS)
        apply(ours, _quiet)
        seconds = [_timed(lambda: plan(ours, _quiet)) for _ in range(_TURNS)]
        figures.append(
            Figure(f"plan, {assets} assets", statistics.median(seconds), "s", _PLAN_SECONDS, "nothing to do")
        )
        publish("superset_sync", figures)
    finally:
        apply(settings, _quiet)
        shutil.rmtree(folder, ignore_errors=True)


def _against_import(settings: Settings) -> list[Figure]:
    """Time applies and imports in turns, so that both meet the same server."""
    files = _fill(settings, _FILES)
    apply(settings, _quiet)
    applied: list[float] = []
    imported: list[float] = []
    with SupersetClient.from_settings(settings, timeout=180) as client:
        for turn in range(_TURNS):
            _change(settings, f"import {turn}")
            packed = pack_files(_files(read_wanted(settings)))
            imported.append(_timed(lambda packed=packed: client.import_assets(packed)))
            _change(settings, f"apply {turn}")
            applied.append(_timed(lambda: apply(settings, _quiet)))
    bare, ours = statistics.median(imported), statistics.median(applied)
    again = _timed(lambda: apply(settings, _quiet))
    return [
        Figure(f"bare import, {files} files", bare, "s", note="baseline"),
        Figure(f"apply, {files} files, all changed", ours, "s"),
        Figure("apply / bare import", ours / bare, "x", _OVER_IMPORT),
        Figure(f"apply, {files} files, nothing to do", again, "s"),
    ]


def _baseline(settings: Settings, folder: Path) -> list[Figure]:
    """Time preset-cli on the same files. It is installed in an environment of its own."""
    environment = folder / "preset-cli"
    python = environment / "bin" / "python"
    uv = (sys.executable, "-m", "uv")
    try:
        for arguments in (
            ("venv", "--python", "3.11", environment),
            ("pip", "install", "--python", python, *_PRESET_CLI),
        ):
            subprocess.run([*uv, *arguments, "--quiet"], check=True)  # noqa: S603 - its own arguments
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"no baseline of preset-cli: it cannot be installed here: {error}")
        return []
    _change(settings, "preset-cli")
    native, wanted = folder / "native", _files(read_wanted(settings))
    for name, data in wanted.items():
        file = native / name
        file.parent.mkdir(parents=True, exist_ok=True)
        # It takes every file for a template, and what Superset fills in for one of its own names.
        file.write_text(f"{{% raw %}}{dump_for_superset(data)}{{% endraw %}}", encoding="utf-8")
    metadata = {"version": "1.0.0", "type": "assets", "timestamp": "2000-01-01T00:00:00+00:00"}
    (native / "metadata.yaml").write_text(dump_for_superset(metadata), encoding="utf-8")
    url = settings.service("superset").url
    login = ("-u", settings.env.superset_user, "-p", settings.secrets.superset_password)
    command = [environment / "bin" / "superset-cli", *login, url, "sync", "native", "--overwrite", native]
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)  # noqa: S603 - its own program
    if done.returncode != 0:
        print(f"no baseline of preset-cli: it ended with {done.returncode}: {done.stderr[-400:]}")
        return []
    return [Figure(f"preset-cli sync native, {len(wanted)} files", time.monotonic() - began, "s", note="baseline")]


def _files(wanted: Wanted) -> dict[str, dict[str, object]]:
    entries = (entry for entry in wanted.entries.values() if entry.imported)
    return {entry.name: to_import(entry.folder, entry.data, wanted.names) for entry in entries}


def _fill(settings: Settings, count: int) -> int:
    """Add copies of a chart until there are at least so many files that the import takes; return how many there are."""
    folder = settings.part("superset_assets")
    text = (folder / _CHART).read_text(encoding="utf-8")
    there = sum(
        1 for kind in ("databases", "datasets", "charts", "dashboards") for _ in (folder / kind).rglob("*.yaml")
    )
    for number in range(count - there):
        slug = f"bench-{there + number}"
        copy = text.replace(asset_uuid("chart", "sales-by-country"), str(uuid.uuid4()))
        (folder / "charts" / f"{slug}.yaml").write_text(
            copy.replace("Sales by country (one row a country)", slug), encoding="utf-8"
        )
    return max(count, there)


def _change(settings: Settings, word: str) -> None:
    """Change every file that the import takes."""
    wanted = read_wanted(settings)
    for asset in wanted.bundle.assets:
        data = wanted.tidied(asset)
        if asset.folder == "databases":
            data["cache_timeout"] = int(data.get("cache_timeout", 0)) + 1
        else:
            data["description"] = f"{word}: {asset.title}"
        asset.file.write_text(dump(data, leading_comments(asset.file.read_text(encoding="utf-8"))), encoding="utf-8")


def _timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _quiet(_text: str) -> None:
    """Take what is reported."""
