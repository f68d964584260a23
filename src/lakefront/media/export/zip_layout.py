"""Zip files of stored entries, whose length is known before their first byte is there.

Nothing is compressed: pictures, sounds and films are already. An entry's checksum follows it, since it is known when
the bytes have gone. Format: PKWARE APPNOTE.TXT 6.3.10, 4.3 and 4.5.3 (Zip64).
"""

from __future__ import annotations

import datetime as dt
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lakefront.errors import CheckFailedError

#: What does not fit into 32 or 16 bits is written in Zip64's wider fields, and these say so.
_WIDE: Final = 0xFFFFFFFF
_MANY: Final = 0xFFFF
#: A checksum that follows the entry, and names in UTF-8.
_FLAGS: Final = 1 << 3 | 1 << 11
_VERSION: Final = 45
_UNIX: Final = 3 << 8
#: A file that everybody may read.
_MODE: Final = 0o100644 << 16
_FIRST_YEAR, _LAST_YEAR = 1980, 2107


@dataclass(frozen=True)
class Entry:
    """One file of a zip: its name, how many bytes it has, and when it was made."""

    name: str
    size: int
    moment: dt.datetime

    @property
    def wide(self) -> bool:
        """Whether its size needs 64 bits."""
        return self.size >= _WIDE


def length(entries: Sequence[Entry]) -> int:
    """Return how many bytes a zip of these entries has."""
    at = 0
    central = 0
    for entry in entries:
        central += len(_central(entry, 0, at))
        at += len(_local(entry)) + entry.size + len(_descriptor(entry, 0))
    return at + central + len(_end(len(entries), central, at))


def zipped(entries: Iterable[tuple[Entry, Iterator[bytes]]]) -> Iterator[bytes]:
    """Yield a zip of entries, each with its bytes.

    Raises CheckFailedError (`export-changed`) where an entry has other bytes than its size says.
    """
    at, listed = 0, list[bytes]()
    for entry, pieces in entries:
        yield (head := _local(entry))
        checksum, sent = 0, 0
        for piece in pieces:
            sent += len(piece)
            if sent > entry.size:
                raise _changed(entry)
            checksum = zlib.crc32(piece, checksum)
            yield piece
        if sent != entry.size:
            raise _changed(entry)
        yield (tail := _descriptor(entry, checksum))
        listed.append(_central(entry, checksum, at))
        at += len(head) + entry.size + len(tail)
    yield from listed
    yield _end(len(listed), sum(map(len, listed)), at)


def _local(entry: Entry) -> bytes:
    name = entry.name.encode()
    # Of sizes that follow the entry, this is how a reader knows that they have 64 bits.
    extra = struct.pack("<HHQQ", 1, 16, 0, 0) if entry.wide else b""
    size = _WIDE if entry.wide else 0
    sizes = (0, size, size, len(name), len(extra))
    return struct.pack("<4sHHHIIIIHH", b"PK\3\4", _VERSION, _FLAGS, 0, _stamp(entry), *sizes) + name + extra


def _descriptor(entry: Entry, checksum: int) -> bytes:
    return struct.pack("<4sIQQ" if entry.wide else "<4sIII", b"PK\7\x08", checksum, entry.size, entry.size)


def _central(entry: Entry, checksum: int, at: int) -> bytes:
    name = entry.name.encode()
    wide = ((entry.size, entry.size) if entry.wide else ()) + ((at,) if at >= _WIDE else ())
    extra = struct.pack(f"<HH{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    size = min(entry.size, _WIDE)
    head = struct.pack("<4sHHHHI", b"PK\1\2", _UNIX | _VERSION, _VERSION, _FLAGS, 0, _stamp(entry))
    places = struct.pack("<HHHHHII", len(name), len(extra), 0, 0, 0, _MODE, min(at, _WIDE))
    return head + struct.pack("<III", checksum, size, size) + places + name + extra


def _end(number: int, central: int, at: int) -> bytes:
    wide = b""
    if number >= _MANY or central >= _WIDE or at >= _WIDE:
        record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, _VERSION, _VERSION, 0, 0, number, number, central, at)
        wide = record + struct.pack("<4sIQI", b"PK\6\7", 0, at + central, 1)
    counts = (0, 0, min(number, _MANY), min(number, _MANY))
    return wide + struct.pack("<4sHHHHIIH", b"PK\5\6", *counts, min(central, _WIDE), min(at, _WIDE), 0)


def _stamp(entry: Entry) -> int:
    """Return a moment as MS-DOS wrote it: the time in the lower 16 bits, the date in the upper ones, in UTC."""
    moment = entry.moment.astimezone(dt.UTC)
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        moment = dt.datetime(_FIRST_YEAR, 1, 1, tzinfo=dt.UTC)
    date = (moment.year - _FIRST_YEAR) << 9 | moment.month << 5 | moment.day
    return date << 16 | moment.hour << 11 | moment.minute << 5 | moment.second // 2


def _changed(entry: Entry) -> CheckFailedError:
    what = f"'{entry.name}' changed in the object store while it was being sent"
    return CheckFailedError("export-changed", what, fix="start the export again")
