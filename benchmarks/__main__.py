"""`python -m benchmarks [NAME ...] [--home FOLDER]`: run all benchmarks, or the named ones.

A benchmark is a module here with `run()`; one that asks a running stack has `run(settings)`. To add one, write the
module and list it. All that ask a stack share the one of `--home`, or one that is started for them.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.support.cli import ROOT, lakefront

from lakefront.config import Settings, load_settings

#: Name of the module -> whether it asks a running stack.
BENCHMARKS = {
    "start": False,
    "models": False,
    "compile": False,
    "quality": True,
    "rollups": True,
    "validate": False,
    "policies": True,
    "audit": True,
    "shipping": False,
    "superset_sync": True,
    "dashboards": True,
    "gallery": True,
    "gallery_browser": True,
    "crowd": True,
    "media_states": True,
}


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure, print, write results/*.json.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument("--home", type=Path, help="home of a running stack with sample data (default: a new one)")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark '{unknown[0]}'; use one of: {', '.join(BENCHMARKS)}")
    with contextlib.ExitStack() as stack:
        settings: Settings | None = None
        for name in asked.names or BENCHMARKS:
            run = importlib.import_module(f"benchmarks.{name}").run
            if BENCHMARKS[name]:
                settings = settings or stack.enter_context(_running(asked.home))
                run = partial(run, settings)
            run()


@contextlib.contextmanager
def _running(home: Path | None) -> Iterator[Settings]:
    """Yield the settings of a running stack with sample data."""
    if home:
        yield load_settings(bundle=ROOT, home=home)
        return
    folder = Path(tempfile.mkdtemp(prefix="lakefront-bench-"))
    try:
        started = lakefront("up", "--ports", "auto", home=folder / "home", timeout=900)
        if started.returncode != 0:
            raise SystemExit(f"the stack did not start:\n{started.stderr}")
        yield load_settings(bundle=ROOT, home=folder / "home")
    finally:
        lakefront("down", home=folder / "home")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
