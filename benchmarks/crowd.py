"""Twenty people who browse the explorer at once for five minutes, against one alone in the same run."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import psutil

from benchmarks.report import Figure, publish
from lakefront.config import Settings
from lakefront.stack.state import read_state

#: Issue 9: seconds of a page at the 95th percentile, with so many people for so long.
_BOUND_SECONDS: Final = 2.0
_PEOPLE, _SECONDS, _ALONE_SECONDS = 20, 300, 60
#: Memory after the run over that after its first minute; beyond it, it would not be called flat.
_FLAT: Final = 1.10
#: A file of its own and no module of ours: what imports locust has all of Python's sockets and threads replaced.
_VISITORS: Final = Path(__file__).parent / "visitors" / "locustfile.py"


def run(settings: Settings) -> None:
    """Measure and publish."""
    process = _explorer(settings)
    alone = _browse(settings, people=1, seconds=_ALONE_SECONDS)
    with _Memory(process) as memory:
        crowd = _browse(settings, people=_PEOPLE, seconds=_SECONDS)
    figures = [
        Figure(f"page, p95, {_PEOPLE} people", crowd.percentile(95), "s", bound=_BOUND_SECONDS),
        Figure(f"page, median, {_PEOPLE} people", crowd.percentile(50), "s"),
        Figure("page, p95, one person", alone.percentile(95), "s"),
        Figure("p95 of the crowd over that of one", crowd.percentile(95) / alone.percentile(95), "times"),
        Figure("errors", crowd.failures + alone.failures, "", bound=0, note="; ".join(crowd.errors[:3])),
        Figure("pages", crowd.pages, "", note=f"{crowd.pages / _SECONDS:.1f} a second"),
        Figure("memory at the end over that after a minute", memory.growth, "times", bound=_FLAT),
        Figure("memory at the end", memory.samples[-1] / 1e6, "MB"),
    ]
    figures += [
        Figure(f"{name}, p95", crowd.percentile(95, name), "s", note=f"{sum(times.values())} pages")
        for name, times in sorted(crowd.times.items())
    ]
    publish("crowd", figures)


@dataclass
class Browsed:
    """What came of a run: times of pages in milliseconds -> how many, by the name of the page."""

    times: dict[str, Counter[int]] = field(default_factory=dict[str, Counter[int]])
    failures: int = 0
    errors: list[str] = field(default_factory=list[str])

    @property
    def pages(self) -> int:
        """How many pages were seen."""
        return sum(sum(times.values()) for times in self.times.values())

    def percentile(self, percent: int, name: str | None = None) -> float:
        """Return the seconds within which so many of the pages came."""
        times = self.times[name] if name else sum(self.times.values(), Counter[int]())
        left = sum(times.values()) * percent / 100
        for milliseconds in sorted(times):
            left -= times[milliseconds]
            if left <= 0:
                return milliseconds / 1000
        raise ValueError("no page was seen")


def _browse(settings: Settings, *, people: int, seconds: int) -> Browsed:
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder, "stats")
        command = [
            sys.executable, "-m", "locust", "--locustfile", str(_VISITORS), "--headless", "--only-summary",
            "--host", settings.service("explorer").url, "--users", str(people), "--spawn-rate", "2",
            "--run-time", f"{seconds}s", "--stop-timeout", "30", "--json-file", str(told), "--csv", str(told),
        ]  # fmt: skip
        ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=seconds + 120)  # noqa: S603 - our own words
        found = told.with_suffix(".json")
        if not found.exists():
            raise SystemExit(f"locust did not run:\n{ended.stderr}")
        stats = cast("list[dict[str, Any]]", json.loads(found.read_text(encoding="utf-8")))
        failed = Path(f"{told}_failures.csv").read_text(encoding="utf-8").splitlines()[1:]
    pages = [each for each in stats if each["method"] == "page"]
    return Browsed(
        {each["name"]: Counter({int(float(at)): n for at, n in each["response_times"].items()}) for each in pages},
        sum(int(each["num_failures"]) for each in stats),
        failed,
    )


def _explorer(settings: Settings) -> psutil.Process:
    """Return the process that serves the explorer's pages."""
    explorer = read_state(settings.home.state_file).components.get("explorer")
    if explorer is None or explorer.identity is None:
        raise SystemExit("no explorer of this home runs: start it by `lakefront up`")
    return psutil.Process(explorer.identity.pid)


class _Memory:
    """What a process holds, sampled while something runs."""

    def __init__(self, process: psutil.Process) -> None:
        self.samples: list[int] = []
        self._process, self._over = process, threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._began = time.monotonic()
        self._after_a_minute: int | None = None

    def __enter__(self) -> _Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def growth(self) -> float:
        """What is held at the end, over what was held after the first minute."""
        return self.samples[-1] / (self._after_a_minute or self.samples[0])

    def _sample(self) -> None:
        while not self._over.wait(1):
            self.samples.append(self._process.memory_info().rss)
            if self._after_a_minute is None and time.monotonic() - self._began >= 60:
                self._after_a_minute = self.samples[-1]
