"""What S3 holds and what the table says, compared: objects without a row, rows without their object, bytes that differ.

An object is an orphan when no row names it now and none did a week ago: older states of the table may still be shown,
and an ingest that runs now has stored objects that its commit will name. New originals are stored under the day they
come in, so a key that is a week old is never written again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby, islice, product
from typing import Final, Literal, TypeVar

from lakefront.config import Settings
from lakefront.media.assets import TABLE, original_folder, split_path, thumbnail_key
from lakefront.media.catalog import MediaCatalog
from lakefront.media.filters import midnight
from lakefront.media.objects import Listed, ObjectStore
from lakefront.media.previews import PREVIEWS
from lakefront.media.rows import of_snapshot, table_as_of
from lakefront.media.thumbnails import SIZES
from lakefront.trino import Trino

T = TypeVar("T")
Kind = Literal["orphan", "left behind", "lost", "differs", "no thumbnail"]

#: Objects that no row has named for so long may go.
GRACE: Final = dt.timedelta(days=7)
_CONNECTIONS: Final = 16
#: Values of one question to Trino.
_AT_ONCE: Final = 500
#: Rows whose thumbnails are compared at once, more or less.
_SHARD_ROWS: Final = 100_000
_MD5: Final = re.compile(r"[0-9a-f]{32}")
_THUMBNAIL: Final = re.compile(r"thumbs/(\d+)/([0-9a-f]{64})\.webp")
_PREVIEW: Final = re.compile(r"previews/[a-z]+/([0-9a-f]{64})\.\w+")


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be.

    `orphan`: an object that no row names; `left behind`: one that an ingest had not yet put in its place; `lost`: a
    row whose object is not there; `differs`: an object that is not what its row says; `no thumbnail`: one that is to be
    made of `original`. `may_go`: whether it is old enough to be removed.
    """

    kind: Kind
    path: str
    detail: str
    asset_id: str | None = None
    sha256: str | None = None
    original: str | None = None
    size: int | None = None
    may_go: bool = False


@dataclass(frozen=True)
class _Row:
    asset_id: str
    s3_path: str
    file_size: int
    sha256: str
    md5: str


class Reconcile:
    """Compares the table of media with the media bucket of an environment. `report` is told what is looked at."""

    def __init__(
        self, settings: Settings, *, report: Callable[[str], None] = lambda _: None, now: dt.datetime | None = None
    ) -> None:
        self._store = ObjectStore.from_settings(settings, connections=_CONNECTIONS)
        self._trino = Trino.from_settings(settings, source="lakefront-reconcile")
        self._table = self._trino.schemas.table(TABLE)
        self._report = report
        self._now = now or dt.datetime.now(dt.UTC)
        table = MediaCatalog.from_settings(settings).table()
        self._empty = table is None or table.current_snapshot() is None
        before = int((self._now - GRACE).timestamp() * 1000)
        ago = table.snapshot_as_of_timestamp(before) if table else None
        self._week_ago = ago.snapshot_id if ago else None

    def find(self, *, checksums: bool = False) -> Iterator[Finding]:
        """Yield what is wrong, as it is found; with `checksums`, each object is read and its SHA-256 compared."""
        self._store.ensure_bucket()
        yield from self._originals(checksums=checksums)
        yield from self.thumbnails()
        self._report("staging")
        for item in self._store.listed("staging/"):
            yield self._unnamed("left behind", item)

    def remove(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Remove the objects that may go, each looked at once more before; yield those that are gone."""
        for finding in findings:
            if not finding.may_go:
                continue
            _, key = split_path(finding.path)
            known = self._store.head(key)
            if known is None or self._now - known.modified < GRACE:
                continue
            self._store.remove(key)
            yield finding

    def _originals(self, *, checksums: bool) -> Iterator[Finding]:
        """Compare one folder, which is a kind and a day, after the other, in the order of their names."""
        days = self._days()
        for folder, items in groupby(self._store.listed("raw/"), key=lambda item: "/".join(item.key.split("/")[:3])):
            self._report(folder)
            there = {self._store.path(item.key): item for item in items}
            rows = self._rows(*days.pop(folder, (None, None)))
            yield from self._without_object(row for row in rows if row.s3_path not in there)
            for row in rows:
                if row.s3_path in there:
                    yield from self._differing(row, there.pop(row.s3_path), checksums=checksums)
            yield from self._orphans("s3_path", there)
        for folder, (kind, day) in sorted(days.items()):
            self._report(folder)
            yield from self._without_object(self._rows(kind, day))

    def _days(self) -> dict[str, tuple[str | None, dt.date | None]]:
        """Return where the originals of each kind and day are, for those that have rows."""
        if self._empty:
            return {}
        day = "CAST(upload_time AT TIME ZONE 'UTC' AS date)"
        rows = self._trino.query(f"SELECT DISTINCT kind, {day} FROM {self._table}").rows  # noqa: S608 - names of our own
        return {original_folder(kind, at): (kind, at) for kind, at in rows}

    def _rows(self, kind: str | None, day: dt.date | None) -> list[_Row]:
        if kind is None or day is None:
            return []
        found = self._trino.query(
            f"SELECT asset_id, s3_path, file_size, sha256, md5 FROM {self._table}"  # noqa: S608 - a name of our own; values are parameters
            " WHERE kind = ? AND upload_time >= ? AND upload_time < ?",
            [kind, midnight(day), midnight(day + dt.timedelta(days=1))],
        )
        return [_Row(*row) for row in found.rows]

    def _without_object(self, rows: Iterable[_Row]) -> Iterator[Finding]:
        """Look for objects one by one: they are elsewhere, or came in since the list was read, or are lost."""

        def head(row: _Row) -> Finding | None:
            bucket, key = split_path(row.s3_path)
            if replace(self._store, bucket=bucket).head(key) is not None:
                return None
            return Finding("lost", row.s3_path, "a row names it, and it is not there", row.asset_id, row.sha256)

        with ThreadPoolExecutor(_CONNECTIONS) as pool:
            for chunk in _chunks(rows):
                yield from (found for found in pool.map(head, chunk) if found is not None)

    def _differing(self, row: _Row, item: Listed, *, checksums: bool) -> Iterator[Finding]:
        found = partial(Finding, "differs", row.s3_path, asset_id=row.asset_id, sha256=row.sha256, size=item.size)
        if item.size != row.file_size:
            yield found(detail=f"{item.size:,} bytes, where its row says {row.file_size:,}")
        elif _MD5.fullmatch(item.etag) and item.etag != row.md5:
            # An object that was sent in parts has a tag of another form.
            yield found(detail=f"MD5 {item.etag}, where its row says {row.md5}")
        elif checksums:
            sha256 = hashlib.sha256(self._store.get(item.key)).hexdigest()
            if sha256 != row.sha256:
                yield found(detail=f"SHA-256 {sha256}, where its row says {row.sha256}")

    # --- Thumbnails ---

    def contents(self) -> Iterator[dict[str, str]]:
        """Yield SHA-256 -> an original, in parts."""
        for shard in self._shards():
            yield self._contents(shard)

    def thumbnails(self) -> Iterator[Finding]:
        """Yield the thumbnails that are missing, and those of no content; previews of no content as well."""
        for shard in self._shards():
            self._report(f"thumbnails {shard}".rstrip())
            contents = self._contents(shard)
            for size in SIZES:
                missing = set(contents)
                unknown: dict[str, Listed] = {}
                for item in self._store.listed(f"thumbs/{size}/{shard}"):
                    match = _THUMBNAIL.fullmatch(item.key)
                    if match and match[2] in contents:
                        missing.discard(match[2])
                    else:
                        unknown[match[2] if match else item.key] = item
                for sha256 in sorted(missing):
                    path, original = self._store.path(thumbnail_key(sha256, size)), contents[sha256]
                    yield Finding("no thumbnail", path, f"of {original}", sha256=sha256, original=original)
                yield from self._orphans("sha256", unknown)
            for preview in PREVIEWS:
                listed = (
                    (_PREVIEW.fullmatch(item.key), item) for item in self._store.listed(f"previews/{preview}/{shard}")
                )
                names = {match[1] if match else item.key: item for match, item in listed}
                yield from self._orphans("sha256", {name: names[name] for name in names.keys() - contents.keys()})

    def _shards(self) -> list[str]:
        """Return beginnings of SHA-256 that each hold about as many rows as may be compared at once."""
        rows = 0 if self._empty else int(self._trino.query(f"SELECT count(*) FROM {self._table}").scalar())  # noqa: S608 - a name of our own
        digits = 0
        while rows > _SHARD_ROWS * 16**digits:
            digits += 1
        return ["".join(digit) for digit in product("0123456789abcdef", repeat=digits)]

    def _contents(self, shard: str) -> dict[str, str]:
        """Return the contents of a shard, and an original of each."""
        if self._empty:
            return {}
        rows = self._trino.query(
            f"SELECT sha256, min(s3_path) FROM {self._table} WHERE sha256 >= ? AND sha256 < ? GROUP BY sha256",  # noqa: S608 - a name of our own; values are parameters
            [shard, f"{shard}g"],
        )
        return {str(sha256): str(path) for sha256, path in rows.rows}

    # --- Both ---

    def _orphans(self, column: Literal["s3_path", "sha256"], objects: Mapping[str, Listed]) -> Iterator[Finding]:
        """Tell which objects no row names by a column's value: also none of another day or kind, or of a week ago."""
        for chunk in _chunks(objects):
            named = self._named(column, chunk)
            yield from (self._unnamed("orphan", objects[value]) for value in chunk if value not in named)

    def _unnamed(self, kind: Literal["orphan", "left behind"], item: Listed) -> Finding:
        old = self._now - item.modified
        age = f"{item.size:,} bytes, {old.days} {'day' if old.days == 1 else 'days'} old"
        return Finding(kind, self._store.path(item.key), age, size=item.size, may_go=old >= GRACE)

    def _named(self, column: Literal["s3_path", "sha256"], values: Sequence[str]) -> set[str]:
        """Return which values a row has, now or in the state of a week ago."""
        if self._empty:
            return set()
        places = ", ".join("?" * len(values))
        states = dict.fromkeys(table_as_of(self._trino, of_snapshot(snapshot)) for snapshot in (None, self._week_ago))
        sql = " UNION ".join(f"SELECT {column} FROM {state} WHERE {column} IN ({places})" for state in states)  # noqa: S608 - names of our own; values are parameters
        return {str(row[0]) for row in self._trino.query(sql, [*values] * len(states)).rows}


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    left = iter(items)
    while chunk := list(islice(left, _AT_ONCE)):
        yield chunk
