"""The loop that reads what is new and sends it. Where a line is done is taken down after it is in OpenSearch.

Never more than one bulk is in memory: while OpenSearch is away nothing is read, and the files wait.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from lakefront.errors import UnreachableError
from lakefront.stack.shipping.documents import Document, document, moment_of
from lakefront.stack.shipping.files import LogFile, LogFolder, lines
from lakefront.stack.shipping.offsets import Offsets
from lakefront.stack.shipping.sender import Sender

_log: Final = logging.getLogger("shipper")

#: Seconds between two looks while all is sent: no file tells that it has grown, and lines are cheaper by the hundred.
_LOOK_EVERY: Final = 0.1
_BULK_BYTES: Final = 2_000_000
_BULK_LINES: Final = 5000
#: Bytes before a line in which a time is looked for, for one that tells none.
_LOOKED_AT: Final = 64_000
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 10.0


@dataclass
class Told:
    """What the shipper says of itself. Counts begin with the process.

    `behind`: service -> bytes that wait; `since`: service -> when it was seen to wait first, or got on last.
    """

    lines: dict[str, int] = field(default_factory=dict)
    behind: dict[str, int] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict)
    failures: int = 0
    lost_bytes: int = 0
    problem: str | None = None
    last_sent: float | None = None
    #: Whether the last bulk had no room for all that was there.
    has_more: bool = False

    @property
    def behind_bytes(self) -> int:
        """How many bytes wait, of all services."""
        return sum(self.behind.values())

    def wait(self, waiting: Iterable[tuple[str, int]]) -> None:
        """Take down what waits."""
        self.behind = {}
        for service, size in waiting:
            self.behind[service] = self.behind.get(service, 0) + size
        now = time.monotonic()
        self.since = {service: self.since.get(service, now) for service in self.behind}


class Shipper:
    """Sends the lines of a folder of logs. `most_held` bytes of files that were rotated away are kept for it."""

    def __init__(self, folder: LogFolder, offsets: Offsets, sender: Sender, *, most_held: int) -> None:
        self._folder, self._offsets, self._sender = folder, offsets, sender
        self._most_held = most_held
        self._stopping = threading.Event()
        #: How far each file is, and the time that a line before told last.
        self._moments: dict[str, tuple[int, dt.datetime]] = {}
        self.told = Told()

    @property
    def forgetful(self) -> str | None:
        """Why it is not written down how far files are, None when it is: lines are sent again after the next start."""
        return self._offsets.problem

    def stop(self) -> None:
        """End after the bulk that is under way."""
        self._stopping.set()

    def run(self) -> None:
        """Send what comes, until told to stop."""
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                wait = 0.0 if self.step() and self.told.has_more else _LOOK_EVERY
                pause = _FIRST_PAUSE
            except Exception as error:  # noqa: BLE001 - a thread that ended would leave a process that looks well
                expected = isinstance(error, UnreachableError | OSError)
                said = error.what if isinstance(error, UnreachableError) else f"{type(error).__name__}: {error}"
                if self.told.problem is None:
                    _log.warning("%s; trying again", said, exc_info=not expected)
                self.told.problem = said
                self.told.failures += 1
                wait, pause = pause, min(pause * 2, _LONGEST_PAUSE)
            self._stopping.wait(wait)

    def step(self) -> bool:
        """Send one bulk of what is new; return whether there was anything. Raises UnreachableError, OSError."""
        files = self._tidy(self._folder.files())
        bulk: list[Document] = []
        places: dict[str, int] = {}
        room = _BULK_BYTES
        # Each gets its share, so that one that writes without end does not silence the others.
        waiting = [file for file in files if self._offsets.of(file.key) < file.size]
        for number, file in enumerate(waiting):
            taken = self._read(file, room // (len(waiting) - number), _BULK_LINES - len(bulk))
            if taken:
                documents, places[file.key] = taken
                bulk += documents
                room -= sum(each.size for each in documents)
        self.told.wait((file.service, file.size - self._offsets.of(file.key)) for file in waiting)
        if not places:
            return False
        self._sender.send(bulk)
        self._offsets.advance(places)
        if self.told.problem:
            _log.info("OpenSearch takes log lines again")
        self.told.problem, self.told.last_sent = None, time.monotonic()
        self.told.has_more = any(self._offsets.of(file.key) < file.size for file in waiting)
        for each in bulk:
            service = str(each.body["service"])
            self.told.lines[service] = self.told.lines.get(service, 0) + 1
            self.told.since.pop(service, None)
        return True

    def _read(self, file: LogFile, most_bytes: int, most_lines: int) -> tuple[list[Document], int] | None:
        """Return the documents of what is new in a file, and where the next one begins; None for none."""
        start = end = self._offsets.of(file.key)
        known = self._moments.get(file.key)
        moment = known[1] if known and known[0] == start else _moment_before(file, start)
        found: list[Document] = []
        for line in lines(file, start, max(most_bytes, 1)):
            if len(found) >= most_lines:
                break
            end = line.end
            if line.text:
                found.append(document(line, file, moment))
                moment = found[-1].moment
        if end == start:
            return None
        self._moments[file.key] = end, moment
        return found, end

    def _tidy(self, files: list[LogFile]) -> list[LogFile]:
        """Let go of files that are read and have no other name, and of the oldest where too much of them waits."""
        kept: list[LogFile] = []
        for file in files:
            if not file.live and self._offsets.of(file.key) >= file.size:
                self._folder.let_go(file)
            else:
                kept.append(file)
        held = sum(file.size for file in kept if not file.live)
        for file in [file for file in kept if not file.live]:
            if held <= self._most_held:
                break
            lost = file.size - self._offsets.of(file.key)
            _log.error("%s bytes of %s are given up: more than %s wait", lost, file.service, self._most_held)
            self.told.lost_bytes += lost
            held -= file.size
            self._folder.let_go(file)
            kept.remove(file)
        keys = {file.key for file in kept}
        self._offsets.forget_all_but(keys)
        self._moments = {key: moment for key, moment in self._moments.items() if key in keys}
        return kept


def _moment_before(file: LogFile, offset: int) -> dt.datetime:
    """Return the time that a line tells before a place, or behind it: the same whenever it is asked.

    A file that tells none at all gets the day of its first look: a line of it that is sent again is known that day.
    """
    for start, most in ((max(0, offset - _LOOKED_AT), min(offset, _LOOKED_AT)), (offset, _LOOKED_AT)):
        told = [moment_of(line.text.decode("utf-8", errors="replace")) for line in lines(file, start, most)]
        found = [moment for moment in told if moment]
        if found:
            return found[-1] if start < offset else found[0]
    return dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
