"""Log files that are followed: by what they are, not by what they are called, since they are renamed and deleted.

Each has a second name in a folder of ours (a hard link), so that a file that was rotated away stays until it is read.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: The active file of a component, and those that were rotated away.
_NAME: Final = re.compile(r"(?P<service>[a-z][a-z0-9-]*)\.log(?:\.\d+)?")
_FIRST_LINE: Final = 4096
#: A line may have so many bytes; of a longer one this much is kept, and it says so.
LONGEST_LINE: Final = 4_000_000


@dataclass(frozen=True)
class LogFile:
    """A file by what it is: `key` stays the same whatever it is called. `live`: it still has a name among the logs."""

    key: str
    service: str
    path: Path
    size: int
    live: bool


@dataclass(frozen=True)
class Line:
    """A line without its end, where it begins, and where the next one does. `cut`: it was longer than is kept."""

    text: bytes
    start: int
    end: int
    cut: bool = False


class LogFolder:
    """The logs of a home, and the folder of second names."""

    def __init__(self, logs: Path, held: Path) -> None:
        self._logs, self._held = logs, held
        held.mkdir(parents=True, exist_ok=True)

    def files(self) -> list[LogFile]:
        """Return what there is to read, the oldest of each service first. Raises OSError."""
        here: dict[tuple[int, int], str] = {}
        for entry in os.scandir(self._logs):
            found = _NAME.fullmatch(entry.name)
            if found and entry.is_file(follow_symlinks=False):
                status = entry.stat()
                here[status.st_dev, status.st_ino] = found["service"]
                if status.st_size:
                    self._hold(Path(entry.path), found["service"])
        files: list[tuple[int, LogFile]] = []
        for path in self._held.iterdir():
            status = path.stat()
            service, _, key = path.name.rpartition("@")
            live = (status.st_dev, status.st_ino) in here
            files.append((status.st_mtime_ns, LogFile(key, service, path, status.st_size, live)))
        return [file for _, file in sorted(files, key=lambda item: item[0])]

    def _hold(self, path: Path, service: str) -> None:
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:  # it was rotated away as we looked
            key = _key(file.read(_FIRST_LINE), os.fstat(file.fileno()).st_ino)
            if key and not (mine := self._held / f"{service}@{key}").exists():
                with contextlib.suppress(FileExistsError):
                    mine.hardlink_to(path)

    def let_go(self, file: LogFile) -> None:
        """Forget a file: what nobody else has a name for is gone."""
        file.path.unlink(missing_ok=True)


def _key(beginning: bytes, inode: int) -> str | None:
    """Return what tells a file from another of the same number; None while its first line is not whole."""
    line, newline, _ = beginning.partition(b"\n")
    if not newline and len(beginning) < _FIRST_LINE:
        return None
    return f"{inode:x}-{hashlib.sha256(line).hexdigest()[:16]}"


def lines(file: LogFile, offset: int, most_bytes: int) -> Iterator[Line]:
    """Yield whole lines from a place on, some `most_bytes` of them; a line that is still being written waits.

    Raises OSError.
    """
    with file.path.open("rb") as stream:
        stream.seek(offset)
        until = offset + most_bytes
        while offset < until:
            text = stream.readline(LONGEST_LINE)
            if not text.endswith(b"\n") and len(text) < LONGEST_LINE:
                # A file that nobody writes to any more may end in the middle of a line.
                if text and not file.live:
                    yield Line(text, offset, offset + len(text))
                return
            start, offset, cut = offset, offset + len(text), not text.endswith(b"\n")
            if cut:
                while (more := stream.readline(LONGEST_LINE)) and not more.endswith(b"\n"):
                    offset += len(more)
                offset += len(more)
            yield Line(text.rstrip(b"\r\n"), start, offset, cut)
