"""What was sent and is no event that can be kept: aside, in a file of its own, so that it stops nobody."""

from __future__ import annotations

import datetime as dt
import json
import os
import threading
from pathlib import Path
from typing import Final

#: Of one letter's body, and of the file before it becomes the one old file that is kept beside it.
KEPT_BYTES: Final = 64 * 1024
_FILE_BYTES: Final = 16 * 1024 * 1024


class DeadLetters:
    """A file of JSON lines `{received_at, reason, size, body}`. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self.count = 0

    def add(self, reason: str, body: bytes, size: int) -> None:
        """Keep the beginning of what was sent, `size` bytes in all, with the reason. Raises OSError."""
        letter = {
            "received_at": dt.datetime.now(dt.UTC).isoformat(),
            "reason": reason,
            "size": size,
            "body": body[:KEPT_BYTES].decode("utf-8", errors="replace"),
        }
        line = (json.dumps(letter) + "\n").encode()
        with self._lock:
            self.count += 1
            if self._path.exists() and self._path.stat().st_size + len(line) > _FILE_BYTES:
                self._path.replace(self._path.with_name(f"{self._path.name}.1"))
            with os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
