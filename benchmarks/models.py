"""Load and check 300 models with 3,000 metrics, each time in a new process, against parsing the same YAML and no more.

The seconds are the processor's: one thread reads local files, so on an idle machine the clock shows the same, and on a
busy one the clock shows its neighbours.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.large_model import METRICS, MODELS, write_models
from benchmarks.report import Figure, publish

#: Issue 5: 300 models with 3,000 metrics are loaded and checked in under 2 s.
_SECONDS = 2.0
_ROUNDS = 5
_LOAD = "from lakefront.semantic import load_layer; work = lambda folder: len(load_layer(folder).metrics)"
_PARSE = (
    "import yaml; work = lambda folder: "
    "len([yaml.load(file.read_text(), yaml.{loader}) for file in (folder / 'models').glob('*.yml')])"
)
_WORKS = {
    "load and check": _LOAD,
    "PyYAML's C parser, nothing checked": _PARSE.format(loader="CSafeLoader"),
    "PyYAML in Python, nothing checked": _PARSE.format(loader="SafeLoader"),
}


def run() -> None:
    """Measure and publish."""
    with tempfile.TemporaryDirectory(prefix="lakefront-bench-") as name:
        folder = Path(name)
        size = write_models(folder)
        # The slowest, for information, runs once.
        seconds = {
            work: [_seconds(code, folder) for _ in range(1 if work.startswith("PyYAML in") else _ROUNDS)]
            for work, code in _WORKS.items()
        }
    load, parse, slow = (statistics.median(taken) for taken in seconds.values())
    note = f"median of {_ROUNDS} processes"
    publish(
        "models",
        [
            Figure("load and check", load, "s", _SECONDS, f"{MODELS} files, {METRICS:,} metrics, {size / 1e6:.1f} MB"),
            Figure("PyYAML's C parser", parse, "s", note=f"the baseline, nothing checked; {note}"),
            Figure("load and check / C parser", load / parse, "x"),
            Figure("PyYAML in Python", slow, "s", note="nothing checked; one process"),
        ],
    )


def _seconds(code: str, folder: Path) -> float:
    """Return the processor's seconds of `work(folder)` in a new process, after imports."""
    program = (
        f"import json, sys, time\nfrom pathlib import Path\n{code}\nbegan = time.process_time()\n"
        "assert work(Path(sys.argv[1])) > 0\nprint(json.dumps(time.process_time() - began))"
    )
    done = subprocess.run(  # noqa: S603 - our own Python, our own text
        [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True
    )
    return float(json.loads(done.stdout))
