"""Taking media in: nothing is lost, nothing is there twice, and a row never comes before its object.

A file's bytes are read once. Its content decides: what the table holds already is left as it is; what is new is opened
in a process of its own, stored under a key made from its content, and gets its thumbnails; then one commit adds the
rows of a batch. Whatever ends a run before that commit leaves objects that no row names, which the next run finds and
uses or `reconcile` removes; it never leaves a row without its object. To begin again is always right.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from types import TracebackType
from typing import Final, Literal

from lakefront.config import Settings
from lakefront.errors import BadInputError, CheckFailedError, LakefrontError, NotAllowedError
from lakefront.media import assets, thumbnails
from lakefront.media.append import append_missing
from lakefront.media.assets import Asset
from lakefront.media.catalog import MediaCatalog
from lakefront.media.decoder import Allowance, Decoders
from lakefront.media.description import Description, written, written_labels
from lakefront.media.ids import new_id
from lakefront.media.journal import Journal
from lakefront.media.objects import ObjectStore
from lakefront.media.probe import DEFAULT_LIMITS, Examined
from lakefront.media.rows import of_snapshot, table_as_of
from lakefront.media.sources import Source, shown, title_of
from lakefront.media.stills import Limits, refuse_bytes
from lakefront.trino import Trino

State = Literal["added", "known", "refused", "would be added"]

#: Rows that one commit adds at most, and files that are read before Trino is asked which of them are new.
BATCH: Final = 500
_CHUNK, _CHUNK_BYTES = 64, 256 * 1024 * 1024


@dataclass(frozen=True)
class Outcome:
    """What became of one file. `error` says why it was refused; `asset` is what was added."""

    source: Source
    state: State
    sha256: str | None = None
    asset: Asset | None = None
    error: LakefrontError | None = None


@dataclass(frozen=True)
class _Read:
    source: Source
    sha256: str
    data: bytes | None = field(repr=False)


class Ingest:
    """Takes files in, several at once. Used as a context manager; not by several threads.

    `by`: who takes them in, as the rows will say (the environment's own user when None).
    `step` is called with the name of each step that has just been taken, and the file (None for a batch), by several
    threads at once.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        by: str | None = None,
        workers: int = 4,
        limits: Limits = DEFAULT_LIMITS,
        allowance: Allowance | None = None,
        step: Callable[[str, Source | None], None] = lambda _, __: None,
    ) -> None:
        self._catalog = MediaCatalog.from_settings(settings)
        self._store = ObjectStore.from_settings(settings, connections=workers * 2)
        self._trino = Trino.from_settings(settings, source="lakefront-ingest")
        self._journal = Journal(settings.home.data / "media" / "read-before.sqlite")
        self._decoders = Decoders(limits, allowance)
        self._limits, self._step = limits, step
        self._workers = workers
        self._by = by or settings.env.trino_user
        self._run = str(uuid.uuid4())
        self._closing = ExitStack()

    def __enter__(self) -> Ingest:
        self._closing.enter_context(self._journal)
        self._closing.enter_context(self._decoders)
        self._pool = self._closing.enter_context(ThreadPoolExecutor(self._workers, thread_name_prefix="ingest"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._closing.close()

    def run(self, sources: Iterable[Source], what: Description, *, dry_run: bool = False) -> Iterator[Outcome]:
        """Take files in and yield what became of each; rows of a batch are yielded once they are committed.

        Raises BadInputError for a description that cannot be, UnreachableError, NotAllowedError, CheckFailedError.
        """
        what.check()
        if not dry_run:
            self._store.ensure_bucket()
            self._catalog.ensure_table()
            self._catalog.ensure_view(self._trino)
        batch = _Batch()
        for chunk in _chunks(sources):
            yield from self._take(chunk, what, batch, dry_run=dry_run)
            if len(batch.rows) >= BATCH:
                yield from self._commit(batch)
        if batch.rows:
            yield from self._commit(batch)

    def _take(self, chunk: Sequence[Source], what: Description, batch: _Batch, *, dry_run: bool) -> Iterator[Outcome]:
        read: list[_Read] = []
        for item in self._pool.map(self._read, chunk):
            if isinstance(item, Outcome):
                yield item
            else:
                read.append(item)
        snapshot, there = self._known({item.sha256 for item in read})
        batch.looked_at = batch.looked_at if batch.rows else snapshot
        fresh: list[_Read] = []
        twins: list[_Read] = []
        for item in read:
            if item.sha256 in there:
                yield Outcome(item.source, "known", item.sha256)
            elif item.sha256 in batch.contents:
                twins.append(item)
            else:
                batch.contents.add(item.sha256)
                fresh.append(item)
        self._journal.keep((item.source, item.sha256) for item in read)
        for outcome in self._pool.map(partial(self._store_one, what=what, dry_run=dry_run), fresh):
            if outcome.state == "added":
                batch.rows.append(outcome)
            else:
                if outcome.error:
                    batch.refused[str(outcome.sha256)] = outcome.error
                yield outcome
        yield from (_as_its_twin(item, batch.refused.get(item.sha256)) for item in twins)

    def _read(self, source: Source) -> _Read | Outcome:
        before = self._journal.content_of(source)
        try:
            refuse_bytes(source.size, self._limits, shown(source.address))
            if before is not None:
                return _Read(source, before, None)
            data = source.read()
        except (BadInputError, CheckFailedError, NotAllowedError) as error:
            return Outcome(source, "refused", error=error)
        self._step("read", source)
        return _Read(source, hashlib.sha256(data).hexdigest(), data)

    def _known(self, wanted: Collection[str]) -> tuple[int | None, set[str]]:
        """Return the table's snapshot, and which of these contents it holds."""
        table = self._catalog.table()
        head = table.current_snapshot() if table else None
        if head is None:
            return None, set()
        return head.snapshot_id, self._contents(wanted, head.snapshot_id)

    def _contents(self, wanted: Collection[str], snapshot: int) -> set[str]:
        if not wanted:
            return set()
        table = table_as_of(self._trino, of_snapshot(snapshot))
        sql = f"SELECT DISTINCT sha256 FROM {table} WHERE sha256 IN ({', '.join('?' * len(wanted))})"  # noqa: S608 - a name of our own; values are parameters
        return {str(row[0]) for row in self._trino.query(sql, sorted(wanted)).rows}

    def _store_one(self, item: _Read, what: Description, *, dry_run: bool) -> Outcome:
        """Open a file, store it and its thumbnails, and return its row, which is not added yet."""
        name = shown(item.source.address)
        try:
            data = item.data or self._again(item)
            found = self._decoders.examine(data, name=name)
        except BadInputError as error:
            return Outcome(item.source, "refused", item.sha256, error=error)
        self._step("opened", item.source)
        asset = self._row(found, what, title_of(item.source.address))
        if dry_run:
            return Outcome(item.source, "would be added", item.sha256, asset)
        self._put(item.source, asset, found, data)
        return Outcome(item.source, "added", item.sha256, asset)

    def _again(self, item: _Read) -> bytes:
        """Return the bytes of a file whose content was known by an earlier run's reading."""
        data = item.source.read()
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 != item.sha256:
            self._journal.keep([(item.source, sha256)])
            raise BadInputError(
                "media-changed",
                f"{shown(item.source.address)} has changed, though its time has not",
                fix="run it again",
            )
        return data

    def _put(self, source: Source, asset: Asset, found: Examined, data: bytes) -> None:
        _, key = assets.split_path(asset.s3_path)
        for size, picture in found.thumbnails.items():
            self._store.put(asset.thumbnail_key(size), picture, thumbnails.MIME, replace=True)
        self._step("thumbnails", source)
        self._store.place(key, data, asset.mime_type, by_way_of=f"staging/{self._run}/{asset.sha256}")
        self._step("stored", source)

    def _row(self, found: Examined, what: Description, title: str) -> Asset:
        now = dt.datetime.now(dt.UTC)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # the id has no more, and looks its day up by it
        return Asset.of_facts(
            found.facts,
            asset_id=new_id(now),
            bucket=self._store.bucket,
            at=now,
            by=self._by,
            title=written(what.title or title),
            tag=what.tag,
            labels=written_labels(what.labels),
            source_system=what.source_system,
        )

    def _commit(self, batch: _Batch) -> Iterator[Outcome]:
        rows = [outcome.asset for outcome in batch.rows if outcome.asset]
        self._step("committing", None)
        added = {
            asset.sha256
            for asset in append_missing(self._catalog, rows, looked_at=batch.looked_at, contents=self._contents)
        }
        self._step("committed", None)
        for outcome in batch.rows:
            # Another run was faster with the same content.
            yield outcome if outcome.sha256 in added else replace(outcome, state="known", asset=None)
        batch.rows.clear()


@dataclass
class _Batch:
    """Rows that wait for their commit, the contents this run has seen, and the snapshot they were missing in.

    `refused`: why, of the contents that no file can be added with.
    """

    rows: list[Outcome] = field(default_factory=list[Outcome])
    contents: set[str] = field(default_factory=set[str])
    refused: dict[str, LakefrontError] = field(default_factory=dict[str, LakefrontError])
    looked_at: int | None = None


def _as_its_twin(item: _Read, refused: LakefrontError | None) -> Outcome:
    """Return what becomes of a file whose content another file of this run has."""
    if refused is None:
        return Outcome(item.source, "known", item.sha256)
    what = f"{shown(item.source.address)} has the content of another file: {refused.what}"
    return Outcome(item.source, "refused", item.sha256, error=BadInputError(refused.code, what, fix=refused.fix))


def _chunks(sources: Iterable[Source]) -> Iterator[list[Source]]:
    """Yield so many files that all of their bytes may be held at once."""
    chunk: list[Source] = []
    size = 0
    for source in sources:
        if chunk and (len(chunk) >= _CHUNK or size + source.size > _CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(source)
        size += source.size
    if chunk:
        yield chunk
