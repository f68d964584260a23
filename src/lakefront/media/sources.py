"""Where media come from: files and folders here, and objects in S3, each read once and whole."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from lakefront.errors import BadInputError, LakefrontError, NotAllowedError
from lakefront.media.objects import ObjectStore

_LONGEST_NAME: Final = 200
#: What does not belong on a screen: controls, and what turns the direction of writing.
_UNSHOWN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


class Source(Protocol):
    """A file to take in. `stamp` changes when its content does, as far as can be told without reading it."""

    @property
    def address(self) -> str:
        """The file's path, or `s3://bucket/key`."""
        ...

    @property
    def size(self) -> int:
        """Its size in bytes."""
        ...

    @property
    def stamp(self) -> str:
        """What it is known by from one run to the next, beside its address and size."""
        ...

    def read(self) -> bytes:
        """Return its bytes. Raises LakefrontError."""
        ...


def shown(text: str) -> str:
    """Return a name as it may be shown: on one line, in one direction, not endless."""
    plain = _UNSHOWN.sub(
        lambda found: f"\\x{ord(found[0]):02x}" if found[0] < "\x80" else f"\\u{ord(found[0]):04x}", text
    )
    return plain if len(plain) <= _LONGEST_NAME else f"{plain[: _LONGEST_NAME - 1]}…"


def title_of(address: str) -> str:
    """Return the title of a file for which nobody gave one: its name without folder and ending, in words."""
    name = PurePosixPath(address.replace("\\", "/")).name
    stem = name.rsplit(".", 1)[0] if "." in name.strip(".") else name
    words = " ".join(_UNSHOWN.sub(" ", stem).replace("_", " ").split())
    return words[:_LONGEST_NAME] or "Untitled"


@dataclass(frozen=True)
class LocalFile:
    """A file of this machine."""

    path: Path
    size: int
    stamp: str

    @property
    def address(self) -> str:
        """Its path."""
        return str(self.path)

    def read(self) -> bytes:
        """Return its bytes. Raises BadInputError (`media-unreadable`)."""
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise _unreadable(self.path, error) from None


@dataclass(frozen=True)
class StoredObject:
    """An object in S3."""

    store: ObjectStore
    key: str
    size: int
    stamp: str

    @property
    def address(self) -> str:
        """`s3://bucket/key`."""
        return self.store.path(self.key)

    def read(self) -> bytes:
        """Return its bytes. Raises CheckFailedError (`object-missing`), UnreachableError, NotAllowedError."""
        return self.store.get(self.key)


@dataclass(frozen=True)
class Bytes:
    """Bytes that are here already, as an upload has them."""

    address: str
    data: bytes
    stamp: str = ""

    @property
    def size(self) -> int:
        """How many they are."""
        return len(self.data)

    def read(self) -> bytes:
        """Return them."""
        return self.data


def find_sources(places: Sequence[str], store: ObjectStore) -> Iterator[Source]:
    """Yield the files below folders and prefixes, in the order of their names; hidden files are left out.

    `store` is any bucket of the object store that addresses in S3 are read from.
    Raises BadInputError (`media-source`, `media-unreadable`) or NotAllowedError.
    """
    for place in places:
        if place.startswith("s3://"):
            yield from _below_prefix(place, store)
        else:
            yield from _below_folder(Path(place))


def _below_folder(path: Path) -> Iterator[LocalFile]:
    if path.is_dir():
        for folder, folders, files in os.walk(path, onerror=_refuse):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                if not name.startswith("."):
                    yield from _file(Path(folder) / name)
    elif path.exists():
        yield from _file(path)
    else:
        raise BadInputError(
            "media-source",
            f"there is no file or folder {shown(str(path))}",
            fix="give one that is there, or s3://bucket/prefix",
        )


def _file(path: Path) -> Iterator[LocalFile]:
    try:
        found = path.stat()
    except OSError:  # a link to nothing, or gone meanwhile
        return
    if path.is_file():  # no pipe, no device
        yield LocalFile(path, found.st_size, str(found.st_mtime_ns))


def _refuse(error: OSError) -> None:
    raise _unreadable(Path(error.filename or "."), error)


def _unreadable(path: Path, error: OSError) -> LakefrontError:
    kind = NotAllowedError if isinstance(error, PermissionError) else BadInputError
    reason = error.strerror or type(error).__name__
    return kind(
        "media-unreadable", f"{shown(str(path))} cannot be read: {reason}", fix="give this user the right to read it"
    )


def _below_prefix(place: str, store: ObjectStore) -> Iterator[StoredObject]:
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    if not bucket:
        raise BadInputError("media-source", f"'{shown(place)}' names no bucket", fix="write it as s3://bucket/prefix")
    there = replace(store, bucket=bucket)
    empty = True
    for item in there.listed(prefix):
        empty = False
        if item.size or not item.key.endswith("/"):  # some tools make empty objects for folders
            yield StoredObject(there, item.key, item.size, item.etag)
    if empty:
        raise BadInputError(
            "media-source", f"there is nothing below {shown(place)}", fix="give a prefix that has objects"
        )
