"""What checking 2,000 of Superset's assets takes, beside only reading the same files with PyYAML's C loader.

The bound is on the static checks, reading included. Superset's own import schemas run meanwhile in its environment,
and their answer is kept until a file changes: what they take is told by itself, where the environment is installed.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import yaml
from tests.support.cli import ROOT

from benchmarks.large_assets import ASSETS, write_assets
from benchmarks.report import Figure, publish
from lakefront.config import load_settings
from lakefront.stack.superset import environment_python
from lakefront.superset.validate import SchemaCheck, validate_folder

_SECONDS = 5.0


def run() -> None:
    """Measure and publish."""
    with tempfile.TemporaryDirectory(prefix="lakefront-bench-") as name:
        folder = Path(name) / "superset_assets"
        write_assets(folder)
        publish("validate", [*_static(folder), *_schemas(folder)])


def _static(folder: Path) -> list[Figure]:
    # The first of both is the slower one: the files come from the disk, and SQL is parsed for the first time.
    # The processor's time: on a busy machine the clock tells how busy it is.
    began = time.process_time()
    checked = validate_folder(folder, None)
    seconds = time.process_time() - began
    if checked.problems or len(checked.bundle.assets) != ASSETS:
        raise SystemExit(f"the generated assets are not sound: {checked.problems[:1]}")
    began = time.process_time()
    for file in folder.rglob("*.yaml"):
        yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)
    baseline = time.process_time() - began
    return [
        Figure(
            f"{ASSETS:,} assets checked", seconds, "s", _SECONDS, "the processor's; static, without Superset's schemas"
        ),
        Figure("PyYAML's C loader on the same files", baseline, "s", note="the baseline: reading only"),
        Figure("checked / read by PyYAML", seconds / baseline, "x"),
    ]


def _schemas(folder: Path) -> list[Figure]:
    settings = load_settings(bundle=ROOT)
    python = environment_python(settings)
    if python is None:
        print("not measured: Superset's own schemas, because its environment is not installed")
        return []
    check = SchemaCheck(python, folder.parent / "cache", settings.environ)
    figures: list[Figure] = []
    for what, note in (("asked", "one process, most of it Superset's imports"), ("kept", "the same files again")):
        began = time.perf_counter()
        if validate_folder(folder, None, check).problems:
            raise SystemExit("Superset refuses the generated assets")
        figures.append(Figure(f"with Superset's schemas, {what}", time.perf_counter() - began, "s", note=note))
    return figures
