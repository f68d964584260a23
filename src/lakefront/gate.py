"""A gate that is shut while a service does not answer: who asks next does not wait as long as the first one did."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from lakefront.errors import UnreachableError


@dataclass
class Gate:
    """Where what one process asks of a service passes: after one had no answer in time, the next fail at once.

    Else each question of a page would wait in turn. `seconds`: how long it stays shut. Safe to share between threads.
    """

    seconds: float
    _shut: tuple[float, UnreachableError] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def enter(self) -> None:
        """Pass; raises the UnreachableError that it was shut for."""
        with self._lock:
            if self._shut is None:
                return
            since, error = self._shut
            if time.monotonic() - since >= self.seconds:
                self._shut = None
                return
        raise UnreachableError(error.code, error.what, fix=error.fix)

    def shut(self, error: UnreachableError) -> None:
        """Let nobody pass for a while."""
        with self._lock:
            self._shut = (time.monotonic(), error)

    def open(self) -> None:
        """Let everybody pass: it is known that there is an answer again."""
        with self._lock:
            self._shut = None
