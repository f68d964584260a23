"""What earlier runs have read: a file whose size and time are the same need not be read again to know its content."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Final

from lakefront.errors import NotAllowedError
from lakefront.media.sources import Source

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS read_before (
    address TEXT PRIMARY KEY, size INTEGER NOT NULL, stamp TEXT NOT NULL, sha256 TEXT NOT NULL
) WITHOUT ROWID
"""


class Journal:
    """A small database beside the home's data. It saves work and decides nothing: it may be deleted at any time."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = _open(path)
        except (OSError, sqlite3.DatabaseError):
            self._database = _open_anew(path)

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def content_of(self, source: Source) -> str | None:
        """Return the SHA-256 of a file that was read before and has not changed since, else None."""
        asked = (_named(source), source.size, source.stamp)
        sql = "SELECT sha256 FROM read_before WHERE address = ? AND size = ? AND stamp = ?"
        with self._lock:
            found = self._database.execute(sql, asked).fetchone()
        return str(found[0]) if found and source.stamp else None

    def keep(self, read: Iterable[tuple[Source, str]]) -> None:
        """Remember the SHA-256 of files."""
        rows = [(_named(source), source.size, source.stamp, sha256) for source, sha256 in read if source.stamp]
        # A disk that is full, or another run that holds the database for long: the files are read again next time.
        with contextlib.suppress(sqlite3.OperationalError), self._lock, self._database:
            self._database.executemany("INSERT OR REPLACE INTO read_before VALUES (?, ?, ?, ?)", rows)


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=30, check_same_thread=False)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute(_TABLE)
    return database


def _open_anew(path: Path) -> sqlite3.Connection:
    """Begin with an empty database, where the one that is there is none."""
    try:
        path.unlink(missing_ok=True)
        return _open(path)
    except (OSError, sqlite3.DatabaseError) as error:
        raise NotAllowedError(
            "home-not-writable",
            f"{path} cannot be written: {error}",
            fix="give this user the right to write there, or choose another place with --home DIR",
        ) from None


def _named(source: Source) -> str:
    # A file's name may be bytes that are no text.
    return source.address.encode("utf-8", "backslashreplace").decode()
