"""Logs of the stack: whatever a component prints becomes JSON lines, one file a component, kept small."""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
from collections import deque
from pathlib import Path
from typing import IO, Any, Final, cast

_MAX_BYTES: Final = 20 * 1024 * 1024
_KEPT_FILES: Final = 3
_LEVEL = re.compile(r"\b(TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|CRITICAL)\b")


class LogFile:
    """Appends JSON lines `{timestamp, level, service, message, ...}` and rotates by size."""

    def __init__(self, path: Path, service: str) -> None:
        self._path = path
        self._service = service
        self._lock = threading.Lock()
        self.recent: deque[str] = deque(maxlen=40)

    def pump(self, stream: IO[bytes]) -> threading.Thread:
        """Copy a process's output until it ends, in a thread of its own."""
        thread = threading.Thread(target=self._copy, args=(stream,), name=f"log-{self._service}", daemon=True)
        thread.start()
        return thread

    def write(self, line: str) -> None:
        """Append one line; a line that is a JSON object already keeps its fields."""
        record = _record(line, self._service)
        self.recent.append(str(record["message"]))
        with self._lock:
            self._rotate()
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")

    def _copy(self, stream: IO[bytes]) -> None:
        with stream:
            for raw in stream:
                line = raw.decode("utf-8", errors="replace").rstrip()
                if line:
                    self.write(line)

    def _rotate(self) -> None:
        if not self._path.exists() or self._path.stat().st_size < _MAX_BYTES:
            return
        for number in range(_KEPT_FILES - 1, 0, -1):
            older = self._path.with_name(f"{self._path.name}.{number}")
            if older.exists():
                older.replace(self._path.with_name(f"{self._path.name}.{number + 1}"))
        self._path.replace(self._path.with_name(f"{self._path.name}.1"))


def _record(line: str, service: str) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    if line.startswith("{"):
        try:
            data = json.loads(line)
        except ValueError:
            data = None
        if isinstance(data, dict):
            fields = cast("dict[str, Any]", data)
            return {
                "timestamp": fields.pop("timestamp", now),
                "level": str(fields.pop("level", "INFO")).upper(),
                "service": service,
                "message": fields.pop("message", ""),
                **fields,
            }
    level = _LEVEL.search(line[:120])
    name = level[1].replace("WARNING", "WARN") if level else "INFO"
    return {"timestamp": now, "level": name, "service": service, "message": line}
