"""Batches from the spool into the table, one after the other, in a thread of its own."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from lakefront.stack.audit.dead_letters import DeadLetters
from lakefront.stack.audit.spool import Segment, Spool, read_events

_log: Final = logging.getLogger("audit")

#: Trino may send again, so long after a start, what an earlier receiver has taken and written.
_DOUBTFUL_SECONDS: Final = 600.0
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0
_WINDOW_SECONDS: Final = 600.0
#: So many commits within the window double the time that a batch waits.
_COMMITS_PER_DOUBLING: Final = 12


class Sink(Protocol):
    """Where batches go: the table."""

    def prepare(self) -> None:
        """Make what is needed before the first batch."""
        ...

    def check(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Raise ValueError or TypeError where a row does not fit."""
        ...

    def append(self, batch: str, rows: Sequence[Mapping[str, Any]], *, doubtful: bool) -> int:
        """Add the rows that are not there. Return how many."""
        ...

    def forget(self) -> None:
        """Look again before the next append."""
        ...


@dataclass
class Written:
    """What the writer has done since it began, and what is wrong now."""

    events: int = 0
    duplicates: int = 0
    commits: int = 0
    failures: int = 0
    problem: str | None = None
    last_commit_seconds: float = 0.0


class Writer:
    """Moves segments into a sink. `after_commit` is called after each commit, for upkeep; it must not raise."""

    def __init__(
        self,
        spool: Spool,
        dead_letters: DeadLetters,
        sink: Sink,
        *,
        flush_seconds: float,
        flush_events: int,
        after_commit: Callable[[], None] = lambda: None,
    ) -> None:
        self._spool = spool
        self._dead_letters = dead_letters
        self._sink = sink
        self._flush_seconds = flush_seconds
        self._flush_events = flush_events
        self._after_commit = after_commit
        self._prepared = False
        self._began = time.monotonic()
        self._recent: deque[float] = deque()
        self._stopping = threading.Event()
        self.done = Written()

    def run(self) -> None:
        """Write what is due until `stop`; after a failure, try again with longer and longer pauses."""
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            due_in = self.due_in() if self._prepared else 0.0
            if due_in is None or due_in > 0:
                self._spool.wait(due_in)
                continue
            if self.write():
                pause = _FIRST_PAUSE
            else:
                self._stopping.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    def stop(self) -> None:
        """End `run` after the batch that is being written. What waits stays in the spool."""
        self._stopping.set()
        self._spool.wake()

    def due_in(self) -> float | None:
        """Return in how many seconds a batch is due, or None while nothing waits.

        The more commits there were in the last minutes, the longer: few events are seen at once, and many do not make
        thousands of files.
        """
        oldest = self._spool.oldest
        if oldest is None:
            return None
        if self._spool.events >= self._flush_events:
            return 0.0
        now = time.monotonic()
        while self._recent and self._recent[0] < now - _WINDOW_SECONDS:
            self._recent.popleft()
        patience = self._flush_seconds * (1 + len(self._recent) / _COMMITS_PER_DOUBLING)
        return max(0.0, oldest + patience - now)

    def write(self) -> bool:
        """Write all that waits. Return whether it is in the table."""
        try:
            if not self._prepared:
                self._sink.prepare()
                self._prepared = True
            for segment in self._spool.sealed():
                self._write(segment)
        except Exception as error:  # noqa: BLE001 - whatever the catalog, the store or a library does, nothing may be lost
            self._sink.forget()
            self.done.failures += 1
            problem = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            if problem != self.done.problem:
                _log.warning("%d events wait, the table cannot be written: %s", self._spool.events, problem)
            self.done.problem = problem
            return False
        if self.done.problem:
            _log.info("the table can be written again")
        self.done.problem = None
        return True

    def _write(self, segment: Segment) -> None:
        events, damaged = read_events(segment)
        for line in damaged:
            self._dead_letters.add("a damaged line of the spool", line, len(line))
        rows = self._sound(events)
        began = time.monotonic()
        doubtful = segment.doubtful or began - self._began < _DOUBTFUL_SECONDS
        # Also when this process ends before it knows.
        segment.doubtful = True
        added = self._sink.append(segment.batch, rows, doubtful=doubtful) if rows else 0
        self._spool.drop(segment)
        self.done.events += added
        self.done.duplicates += len(rows) - added
        self.done.last_commit_seconds = time.monotonic() - began
        if added:
            self.done.commits += 1
            self._recent.append(time.monotonic())
            self._after_commit()

    def _sound(self, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        try:
            self._sink.check(events)
        except (ValueError, TypeError, OverflowError):
            return [event for event in events if self._is_sound(event)]
        return events

    def _is_sound(self, event: dict[str, Any]) -> bool:
        try:
            self._sink.check([event])
        except (ValueError, TypeError, OverflowError) as error:
            body = repr(event).encode("utf-8", errors="replace")
            self._dead_letters.add(f"it does not fit the table: {error}", body, len(body))
            return False
        return True


class Upkeep:
    """Does `work` after so many commits, on the first one, and on each new day."""

    def __init__(self, work: Callable[[], object], *, every: int) -> None:
        self._work = work
        self._every = every
        self._commits = 0
        self._day: dt.date | None = None
        self.failures = 0

    def __call__(self) -> None:
        """Count a commit, and do what is due. A failure is logged: the next time does it."""
        self._commits += 1
        today = dt.datetime.now(dt.UTC).date()
        if self._commits < self._every and self._day == today:
            return
        self._commits, self._day = 0, today
        try:
            _log.info("upkeep: %s", self._work())
        except Exception as error:  # noqa: BLE001 - events are more important than the table's shape
            self.failures += 1
            _log.warning("upkeep: %s: %s", type(error).__name__, " ".join(str(error).split())[:300])
