"""`python -m benchmarks [NAME ...]`: run all benchmarks, or the named ones."""

from __future__ import annotations

import importlib
import sys

BENCHMARKS = ("start",)

for benchmark in sys.argv[1:] or BENCHMARKS:
    if benchmark not in BENCHMARKS:
        raise SystemExit(f"there is no benchmark '{benchmark}'; use one of: {', '.join(BENCHMARKS)}")
    importlib.import_module(f"benchmarks.{benchmark}").run()
