"""From a request's body to a line that is safe: checked, each query once, many events to one `fsync`."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections import OrderedDict
from typing import Final

from lakefront.errors import BadInputError, CheckFailedError
from lakefront.stack.audit.dead_letters import DeadLetters
from lakefront.stack.audit.event import is_own_check, to_row
from lakefront.stack.audit.spool import SPOOL_FULL, Spool
from lakefront.stack.audit.telling import DashboardQueries

#: Ids that are known as taken, for events that Trino sends again: more than come in the two minutes in which it does.
_REMEMBERED: Final = 20_000


class Intake:
    """Takes events for a spool. Everything but `set_aside` and `take` runs on the event loop's thread.

    `readiness_user`: in whose name the stack asks whether Trino is ready, which is not kept.
    """

    def __init__(self, spool: Spool, dead_letters: DeadLetters, *, readiness_user: str) -> None:
        self.spool = spool
        self.dead_letters = dead_letters
        self.accepted = 0
        self.left_out = 0
        self.repeated = 0
        self.refused = 0
        self.waited_for = DashboardQueries()
        self._error: CheckFailedError | None = None
        self._readiness_user = readiness_user
        self._waiting: dict[str, tuple[bytes, asyncio.Future[None]]] = {}
        self._known: OrderedDict[str, None] = OrderedDict()
        self._flush = asyncio.Event()

    @property
    def problem(self) -> str | None:
        """Why events are not taken now, or None when they are."""
        if self._error is None or (self._error.code == SPOOL_FULL and self.spool.has_room):
            return None
        return self._error.what

    async def take(self, body: bytes) -> None:
        """Return when an event is safe, or set aside. Raises CheckFailedError (`audit-spool-…`) where it is not."""
        try:
            row = to_row(body, dt.datetime.now(dt.UTC))
        except BadInputError as error:
            await self.set_aside(error.what, body, len(body))
            return
        if is_own_check(row, self._readiness_user):
            self.left_out += 1
            return
        key = str(row["query_id"])
        if key in self._known:
            self.repeated += 1
            return
        if key not in self._waiting:
            line = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()
            self._waiting[key] = (line, asyncio.get_running_loop().create_future())
            self.waited_for.add(row)
            self._flush.set()
        await asyncio.shield(self._waiting[key][1])

    async def set_aside(self, reason: str, body: bytes, size: int) -> None:
        """Keep what is no event in the dead letters. Raises CheckFailedError (`audit-spool-failed`)."""
        try:
            await asyncio.to_thread(self.dead_letters.add, reason, body, size)
        except OSError as error:
            raise CheckFailedError(
                "audit-spool-failed", f"dead letters cannot be written: {error.strerror or error}",
                fix="free some space there, and see that this user may write to it",
            ) from None  # fmt: skip

    async def run(self) -> None:
        """Make safe what has come since the last time, all of it by one `fsync`, until cancelled."""
        while True:
            await self._flush.wait()
            self._flush.clear()
            taken = dict(self._waiting)
            try:
                await asyncio.to_thread(self.spool.append, [line for line, _ in taken.values()])
            except CheckFailedError as error:
                self._error = error
                self.refused += len(taken)
            else:
                self._error = None
                self.accepted += len(taken)
            for key, (_, future) in taken.items():
                del self._waiting[key]
                if self._error:
                    future.set_exception(self._error)
                else:
                    self._remember(key)
                    future.set_result(None)

    def _remember(self, key: str) -> None:
        self._known[key] = None
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
