"""Put the sample media into a stack: originals and thumbnails to S3, one row each in `media.assets`."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lakefront.config import Settings
from lakefront.media import assets, ids, views
from lakefront.media.assets import Asset
from lakefront.media.catalog import MediaCatalog
from lakefront.media.objects import ObjectStore
from lakefront.sample.media.build import SampleFile, make_files
from lakefront.sample.media.catalogue import Item, catalogue, upload_times
from lakefront.trino import Trino

#: Property of the table that is set in the commit that adds the sample: the day it ends on.
SEEDED: Final = "lakefront.sample-until"
_ASSETS, _BYTES = "lakefront.sample-assets", "lakefront.sample-bytes"
_CONNECTIONS: Final = 8


@dataclass(frozen=True)
class SeededMedia:
    """What the sample holds (assets, bytes of originals), how long this run took, and whether it added anything."""

    assets: int
    bytes: int
    seconds: float
    created: bool


def seed_media(
    settings: Settings, trino: Trino, *, until: dt.date, cache: Path, report: Callable[[str, int, int], None]
) -> SeededMedia:
    """Add the sample media unless they are there. `report(step, done, total)` is called as work goes on.

    Objects are stored under keys made from their content, and one commit adds all rows at the end: a run that was
    interrupted is simply run again. Raises UnreachableError, NotAllowedError or CheckFailedError.
    """
    started = time.monotonic()
    catalog = MediaCatalog.from_settings(settings)
    table = catalog.ensure_table()
    created = SEEDED not in table.properties
    if created:
        items = catalogue()
        files = make_files(items, cache, report)
        placed = list(_placed(settings, items, files, until))
        rows = [row for row, _ in placed]
        store = ObjectStore.from_settings(settings, connections=_CONNECTIONS)
        store.ensure_bucket()
        _store(store, placed, report)
        size = sum(row.file_size for row in rows)
        report("adding sample media to the catalog", 0, 1)
        catalog.append(rows, properties={SEEDED: until.isoformat(), _ASSETS: str(len(rows)), _BYTES: str(size)})
        report("adding sample media to the catalog", 1, 1)
        counted = len(rows)
    else:
        counted, size = int(table.properties.get(_ASSETS, 0)), int(table.properties.get(_BYTES, 0))
    catalog.ensure_view(trino)
    views.ensure_table(catalog)  # so that it can be seen, and checked, before anybody has saved one
    return SeededMedia(counted, size, time.monotonic() - started, created)


def _placed(
    settings: Settings, items: Sequence[Item], files: Sequence[SampleFile], until: dt.date
) -> Iterator[tuple[Asset, SampleFile]]:
    """Yield each item's row and file."""
    times = upload_times(list(items), until)
    for item, file in zip(items, files, strict=True):
        facts, at = file.facts, times[item.name]
        row = Asset.of_facts(
            facts,
            asset_id=ids.stable_id(at, facts.sha256, item.name),
            bucket=settings.env.media_bucket,
            at=at,
            by=settings.env.trino_user,
            title=item.title,
            tag=item.tag,
            labels=item.labels,
            source_system=item.source_system,
            is_indexed=item.is_indexed,
        )
        yield row, file


def _store(
    store: ObjectStore, placed: Sequence[tuple[Asset, SampleFile]], report: Callable[[str, int, int], None]
) -> None:
    wanted: dict[str, tuple[Path, str]] = {}
    for row, file in placed:
        wanted[assets.split_path(row.s3_path)[1]] = (file.path, row.mime_type)
        for size, path in file.thumbnails.items():
            wanted[row.thumbnail_key(size)] = (path, "image/webp")

    def put(key: str, path: Path, content_type: str) -> None:
        store.put(key, path.read_bytes(), content_type)

    pool = ThreadPoolExecutor(_CONNECTIONS, thread_name_prefix="put")
    try:
        futures = [pool.submit(put, key, path, content_type) for key, (path, content_type) in wanted.items()]
        for done, future in enumerate(as_completed(futures), start=1):
            future.result()
            report("storing sample media", done, len(futures))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
