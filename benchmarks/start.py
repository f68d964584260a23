"""Time from nothing to all-ready, cold and warm; the seed; memory of each component.

Cold is a new home with the downloads and unpacked servers in the cache (what a second clone on a machine meets);
warm is the next start of the same home. The baseline in the same run is the slowest single component: what a start
would take if nothing ran side by side is the sum.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from pathlib import Path

from tests.support.cli import lakefront

from benchmarks.report import Figure, publish

#: Issue 3: a warm start is ready within 60 s on 2 cores, all components together stay under 6 GiB.
_WARM_SECONDS = 60.0
_MEMORY_MB = 6 * 1024 * 1.048576


def run() -> None:
    """Measure and publish."""
    folder = Path(tempfile.mkdtemp(prefix="lakefront-bench-"))
    home = folder / "home"
    try:
        figures = [_start("cold start, no seed", home, "--no-seed")]
        began = time.monotonic()
        rows = json.loads(_must("seed", "--format", "json", home=home))
        figures.append(Figure("seed", time.monotonic() - began, "s", 120, f"{sum(row['rows'] for row in rows):,} rows"))
        figures += _memory(home)
        _must("down", home=home)
        warm = _start("warm start", home, bound=_WARM_SECONDS)
        figures.append(warm)
        _must("down", home=home)
        alone = _one_after_another(home)
        figures.append(Figure("components one after another", alone, "s", note="baseline of the warm start"))
        figures.append(Figure("warm start / one after another", warm.value / alone, "x"))
        publish("start", figures)
    finally:
        lakefront("down", home=home)
        shutil.rmtree(folder, ignore_errors=True)


def _must(*arguments: str, home: Path) -> str:
    run = lakefront(*arguments, home=home, timeout=900)
    if run.returncode != 0:
        raise SystemExit(f"lakefront {' '.join(arguments)} ended with {run.returncode}:\n{run.stderr}")
    return run.stdout


def _start(name: str, home: Path, *options: str, bound: float | None = None) -> Figure:
    began = time.monotonic()
    _must("up", "--ports", "auto", *options, home=home)
    return Figure(name, time.monotonic() - began, "s", bound)


def _memory(home: Path) -> list[Figure]:
    rows = json.loads(_must("status", "--format", "json", home=home))
    each = [Figure(f"memory of {row['component']}", row["memory_mb"], "MB") for row in rows]
    total = sum(figure.value for figure in each)
    return [*each, Figure("memory of all", total, "MB", _MEMORY_MB, "resident, after the seed")]


def _one_after_another(home: Path) -> float:
    began = time.monotonic()
    for names in ("objects", "catalog", "trino", "superset", "explorer"):
        _must("up", "--ports", "auto", "--no-seed", "--only", names, home=home)
    _must("down", home=home)
    return time.monotonic() - began
