"""Logs of the stack: whatever a component prints becomes JSON lines, one file a component, kept small.

A stack trace is one record with what it belongs to: the trace is its `stackTrace`.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import select
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Final, cast

_MAX_BYTES: Final = 20 * 1024 * 1024
_KEPT_FILES: Final = 3
_LEVEL = re.compile(r"\b(TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|CRITICAL)\b")
#: Lines that go on with the one before, as Java and Python write where something went wrong.
_GOES_ON: Final = re.compile(
    r"\s|Caused by: |Suppressed: |Traceback \(most recent call last\):|During handling of|The above ex"
)
#: What went wrong, on a line of its own below the words of who tells it, or at the end of Python's trace.
_NAMED: Final = re.compile(r"(?:[a-z_]\w*\.)*[A-Z]\w*(?:Exception|Error|Warning|Exit|Interrupt)(?::|$)")
#: Seconds that a record is held back for what may go on with it.
_HELD_SECONDS: Final = 0.1
_LONGEST_LINE: Final = 1_000_000
_LONGEST_TRACE: Final = 500


class LogFile:
    """Appends JSON lines `{timestamp, level, service, message, ...}` and rotates by size."""

    def __init__(self, path: Path, service: str) -> None:
        self._path = path
        self._service = service
        self._lock = threading.Lock()
        #: Records that a disk without room did not take since it took the last one.
        self._missing = 0
        self.recent: deque[str] = deque(maxlen=40)

    def pump(self, stream: IO[bytes]) -> threading.Thread:
        """Copy a process's output until it ends, in a thread of its own."""
        thread = threading.Thread(target=self._copy, args=(stream,), name=f"log-{self._service}", daemon=True)
        thread.start()
        return thread

    def write(self, line: str) -> None:
        """Append one line; a line that is a JSON object already keeps its fields."""
        self._append([[line]])

    def _append(self, groups: Sequence[Sequence[str]]) -> None:
        """Append records, each of the line that begins it and of the lines of its trace.

        What cannot be written is counted: a component whose output nobody takes would stand still.
        """
        records = [_record(line, self._service) | _trace(rest) for line, *rest in groups]
        self.recent.extend(str(record["message"]) for record in records)
        with self._lock:
            told = [_gap(self._missing, self._service)] if self._missing else []
            text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in [*told, *records])
            try:
                self._rotate()
                # Half of a pair of surrogates, which is no character, stays the escape that it came as.
                with self._path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                    # What was written last may have been cut off.
                    file.write("\n" + text if told else text)
            except OSError:
                self._missing += len(records)
            else:
                self._missing = 0

    def _copy(self, stream: IO[bytes]) -> None:
        groups: list[list[str]] = []
        begun = b""
        with stream:
            source = stream.fileno()
            while True:
                if groups and not select.select([source], [], [], _HELD_SECONDS)[0]:
                    self._append(groups)
                    groups = []
                data = os.read(source, 65536)
                *lines, begun = (begun + data).split(b"\n")
                if not data or len(begun) > _LONGEST_LINE:
                    lines, begun = [*lines, begun], b""
                for line in lines:
                    _join(groups, line.decode("utf-8", errors="replace").rstrip())
                held = groups[-1:] if data and groups and not _is_json(groups[-1][0]) else []
                if len(groups) > len(held):
                    self._append(groups[: len(groups) - len(held)])
                groups = held
                if not data:
                    return

    def _rotate(self) -> None:
        if not self._path.exists() or self._path.stat().st_size < _MAX_BYTES:
            return
        for number in range(_KEPT_FILES - 1, 0, -1):
            older = self._path.with_name(f"{self._path.name}.{number}")
            if older.exists():
                older.replace(self._path.with_name(f"{self._path.name}.{number + 1}"))
        self._path.replace(self._path.with_name(f"{self._path.name}.1"))


def _gap(missing: int, service: str) -> dict[str, Any]:
    return _record(f"ERROR {missing} lines before this could not be written here", service)


def _record(line: str, service: str) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    if _is_json(line):
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            data = None
        if isinstance(data, dict):
            fields = cast("dict[str, Any]", data)
            # Programs in Go say `ts` and `msg`, Grafana `t`.
            moment, words = fields.pop("t", fields.pop("ts", now)), fields.pop("msg", "")
            return {
                "timestamp": fields.pop("timestamp", moment),
                "level": str(fields.pop("level", "INFO")).upper(),
                "service": service,
                "message": fields.pop("message", words),
                **fields,
            }
    level = _LEVEL.search(line[:120])
    name = level[1].replace("WARNING", "WARN") if level else "INFO"
    return {"timestamp": now, "level": name, "service": service, "message": line}


def _join(groups: list[list[str]], line: str) -> None:
    """Put a line to the record that it goes on with, or begin another one."""
    if not line:
        return
    known = groups[-1] if groups else None
    if known and not _is_json(known[0]) and (_GOES_ON.match(line) or _NAMED.match(line)):
        if len(known) <= _LONGEST_TRACE:
            known.append(line)
    else:
        groups.append([line])


def _is_json(line: str) -> bool:
    return line.startswith("{")


def _trace(lines: Sequence[str]) -> dict[str, str]:
    return {"stackTrace": "\n".join(lines)} if lines else {}
