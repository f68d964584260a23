"""What was received and is not in the table yet, on disk: a folder of segments, each a file of JSON lines.

A segment is one batch. The newest is appended to until it is sealed; a file is deleted when its batch is in the table.
`append` returns when its lines are on the disk (`fsync`), so a crash at any moment loses nothing that was answered; a
line that a crash cut short was not answered, has no newline, and is left out.
"""

from __future__ import annotations

import json
import os
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from lakefront.errors import CheckFailedError

SPOOL_FULL: Final = "audit-spool-full"
_SUFFIX: Final = ".jsonl"
#: A spool that was full takes events again when so much of it is free.
_ROOM: Final = 0.1


@dataclass
class Segment:
    """One file of the spool. `since` is the monotonic time of its first event, `doubtful` whether a writer tried it."""

    path: Path
    events: int = 0
    size: int = 0
    since: float = field(default_factory=time.monotonic)
    doubtful: bool = False

    @property
    def batch(self) -> str:
        """The name of the batch: no two segments ever have the same."""
        return self.path.stem


class Spool:
    """The segments of one folder. One process at a time; safe to share between threads."""

    def __init__(self, folder: Path, *, limit_bytes: int) -> None:
        self._folder = folder
        self._limit = limit_bytes
        self._changed = threading.Condition()
        folder.mkdir(parents=True, exist_ok=True)
        # What an earlier process left may have been written already: it was killed before it could delete the file.
        self._sealed = [_found(path) for path in sorted(folder.glob(f"*{_SUFFIX}"))]
        self._open: Segment | None = None
        self._descriptor = -1

    @property
    def events(self) -> int:
        """How many events wait."""
        with self._changed:
            return sum(segment.events for segment in self._all())

    @property
    def size(self) -> int:
        """How many bytes wait."""
        with self._changed:
            return sum(segment.size for segment in self._all())

    @property
    def oldest(self) -> float | None:
        """The monotonic time since which the oldest event waits, or None when none does."""
        with self._changed:
            return min((segment.since for segment in self._all()), default=None)

    @property
    def has_room(self) -> bool:
        """Whether more may wait."""
        return self.size <= self._limit * (1 - _ROOM)

    def append(self, lines: Sequence[bytes]) -> None:
        """Add events, each one line without its end, and return when they are safe.

        Raises CheckFailedError (`audit-spool-full`, `audit-spool-failed`): then none of them is there.
        """
        data = b"".join(line + b"\n" for line in lines)
        with self._changed:
            waiting = sum(segment.size for segment in self._all())
            if waiting + len(data) > self._limit:
                raise CheckFailedError(
                    SPOOL_FULL,
                    f"{waiting / 1e6:,.0f} MB of events wait for the table, and no more may",
                    fix="see `lakefront logs audit` for why they cannot be written, or raise [audit] spool_mb",
                )
            try:
                segment = self._opened()
                self._write(segment, data)
            except OSError as error:
                raise CheckFailedError(
                    "audit-spool-failed", f"{self._folder} cannot be written: {error.strerror or error}",
                    fix="free some space there, and see that this user may write to it",
                ) from None  # fmt: skip
            segment.events += len(lines)
            segment.size += len(data)
            self._changed.notify_all()

    def wait(self, seconds: float | None) -> None:
        """Wait until something is appended or `wake` is called, at most `seconds`."""
        with self._changed:
            self._changed.wait(seconds)

    def wake(self) -> None:
        """Let `wait` return."""
        with self._changed:
            self._changed.notify_all()

    def sealed(self) -> list[Segment]:
        """Close the segment that is appended to, and return all, oldest first."""
        with self._changed:
            self._seal()
            return list(self._sealed)

    def drop(self, segment: Segment) -> None:
        """Forget a segment whose batch is in the table."""
        segment.path.unlink(missing_ok=True)
        with self._changed:
            self._sealed.remove(segment)

    def _all(self) -> list[Segment]:
        return [*self._sealed, *([self._open] if self._open else [])]

    def _opened(self) -> Segment:
        if self._open is None:
            path = self._folder / f"{time.time_ns():020d}-{uuid.uuid4().hex[:12]}{_SUFFIX}"
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            self._open = Segment(path)
            _sync_folder(self._folder)
        return self._open

    def _write(self, segment: Segment, data: bytes) -> None:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._descriptor, view) :]
            os.fsync(self._descriptor)
        except OSError:
            # What is half there must not be joined by the next line, nor counted as received.
            try:
                os.ftruncate(self._descriptor, segment.size)
            except OSError:
                self._retire(segment)
            raise

    def _seal(self) -> None:
        if self._open and self._open.events:
            self._retire(self._open)

    def _retire(self, segment: Segment) -> None:
        os.close(self._descriptor)
        self._sealed.append(segment)
        self._open = None


def read_events(segment: Segment) -> tuple[list[dict[str, Any]], list[bytes]]:
    """Return a segment's events, and the lines that are no events: a damaged disk's, not a crash's."""
    *lines, _unfinished = segment.path.read_bytes().split(b"\n")
    events: list[dict[str, Any]] = []
    damaged: list[bytes] = []
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if isinstance(event, dict):
            events.append(cast("dict[str, Any]", event))
        else:
            damaged.append(line)
    return events, damaged


def _found(path: Path) -> Segment:
    data = path.read_bytes()
    return Segment(path, events=data.count(b"\n"), size=len(data), doubtful=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
