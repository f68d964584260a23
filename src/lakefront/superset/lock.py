"""A lock on the server against two applies at once.

It is a group: the one thing in Superset's REST API whose name the database holds unique and that has room, in the same
row, for who holds it. It has no members and no roles, so it lets nobody do anything.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import math
import os
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import psutil

from lakefront.errors import CheckFailedError, LakefrontError
from lakefront.superset.client import SupersetClient
from lakefront.versions.commit import who_is_here

_PATH: Final = "/security/groups/"
_NAME_LENGTH: Final = 100
_TRIES: Final = 3
#: Tokens of this process whose apply has ended, given back or not: a process lives longer than an apply.
_ENDED: Final[set[str]] = set()


@dataclass(frozen=True)
class Holder:
    """Who holds the lock. `space`: where `pid` means something: this start of this machine, and its process space."""

    token: str
    who: str
    pid: int
    space: str
    born: float
    since: str

    @property
    def gone(self) -> bool:
        """Whether it was an apply of this process, or a process of this machine, that has ended.

        Of others nothing is known.
        """
        if self.token in _ENDED:
            return True
        if not self.space or self.space != _space():
            return False
        try:
            return abs(psutil.Process(self.pid).create_time() - self.born) > 1
        except psutil.NoSuchProcess:
            return True
        except psutil.Error:
            return False


def this_process() -> Holder:
    """Return what a lock of this process says."""
    return Holder(
        token=secrets.token_hex(8),
        who=who_is_here()[:120],
        pid=os.getpid(),
        space=_space(),
        born=psutil.Process().create_time(),
        since=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    )


class Lock:
    """Held while a bundle is applied. Use it as a context manager; it is given back in whichever way the block ends.

    Raises CheckFailedError (`superset-locked`) when another holds it. One that a dead process of this machine left is
    taken over; `force`: whoever holds it.
    """

    def __init__(self, client: SupersetClient, bundle: str, *, force: bool = False) -> None:
        self.name = f"Lakefront lock: {bundle}"[:_NAME_LENGTH]
        self._client = client
        self._force = force
        self._mine = this_process()
        self._seen = -math.inf

    def __enter__(self) -> Self:
        try:
            self._take()
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release()

    def check(self, *, within: float = 0.0) -> None:
        """See that it is still ours, unless that was seen so many seconds ago or less.

        Raises CheckFailedError (`superset-lock-lost`).
        """
        if time.monotonic() - self._seen <= within:
            return
        _, holder = self._find()
        if holder is None or holder.token != self._mine.token:
            taken = f"{_words(holder)} has it now" if holder else "nobody has it now"
            raise CheckFailedError(
                "superset-lock-lost",
                f"somebody took the lock of this apply away: {taken}",
                fix="see that no other apply runs, then run `lakefront superset apply` again",
            )
        self._seen = time.monotonic()

    def _take(self) -> None:
        for _ in range(_TRIES):
            refused = self._post()
            number, holder = self._find()
            if holder is not None and holder.token == self._mine.token:
                return
            if number is None:
                if refused is not None:
                    raise refused
                continue
            if self._force or holder is None or holder.gone:
                # What stands in its place now is checked by its token: two who take over do not both go on.
                with contextlib.suppress(CheckFailedError):
                    self._client.remove(f"{_PATH}{number}")
                self._force = False
                continue
            raise _locked(holder)
        _, holder = self._find()
        raise _locked(holder)

    def _post(self) -> CheckFailedError | None:
        body: dict[str, Any] = {
            "name": self.name,
            "label": "",
            "description": json.dumps(asdict(self._mine)),
            "roles": [],
            "users": [],
        }
        try:
            self._client.post(_PATH, body)
        except CheckFailedError as refused:
            return refused  # there is one already, or it is something else: the list tells
        return None

    def _find(self) -> tuple[int | None, Holder | None]:
        row = next(self._client.rows(_PATH, where=("name", self.name)), None)
        if row is None:
            return None, None
        try:
            return int(row["id"]), Holder(**json.loads(str(row["description"])))
        except (ValueError, TypeError):
            return int(row["id"]), None

    def _release(self) -> None:
        _ENDED.add(self._mine.token)
        # When the server is gone, so is the way to give it back; the next apply on this machine takes it over.
        with contextlib.suppress(LakefrontError):
            number, holder = self._find()
            if number is not None and holder is not None and holder.token == self._mine.token:
                self._client.remove(f"{_PATH}{number}")


def _locked(holder: Holder | None) -> CheckFailedError:
    return CheckFailedError(
        "superset-locked",
        f"another apply of this bundle is running: {_words(holder) if holder else 'it began this moment'}",
        fix="wait for it to end; if it is dead, `lakefront superset apply --force-unlock`",
    )


def _words(holder: Holder | None) -> str:
    return f"{holder.who}, process {holder.pid}, since {holder.since}" if holder else "nobody"


def _space() -> str:
    """Name this start of this machine and the process space; empty where a system does not tell."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""
