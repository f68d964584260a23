"""Pages of media while others write, and as people who see some rows only; both on the real engine."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lakefront.config import Schemas, Settings
from lakefront.errors import BadInputError
from lakefront.iceberg.catalog import connect
from lakefront.media.append import append_missing
from lakefront.media.assets import Asset
from lakefront.media.catalog import MediaCatalog
from lakefront.media.description import Description
from lakefront.media.ingest import Ingest
from lakefront.media.objects import ObjectStore
from lakefront.media.paging import LARGEST_PAGE
from lakefront.media.query import (
    AssetFilter,
    Page,
    Sort,
    count,
    day_counts,
    facets,
    get,
    of_snapshot,
    page,
    parse_as_of,
)
from lakefront.media.sources import find_sources
from lakefront.semantic.query import AsOf
from lakefront.trino import Trino
from tests.support.assets import made_up_asset
from tests.support.pictures import write_pictures
from tests.support.waiting import wait_for

pytestmark = pytest.mark.stack

KEY = "a key of tests"
#: Rows that the writer adds at once.
BATCH = 40
BY: dict[Sort, Callable[[Asset], tuple[object, str]]] = {
    "newest": lambda asset: (asset.upload_time, asset.asset_id),
    "oldest": lambda asset: (asset.upload_time, asset.asset_id),
    "name": lambda asset: (asset.title.lower()[:64], asset.asset_id),
}


def made_up(rows: int) -> list[Asset]:
    """Return rows of ten days, of which many share a moment and a title."""
    return [made_up_asset(number) for number in range(rows)]


class Writer:
    """Appends batches, as an ingest does, until it is told to stop."""

    def __init__(self, catalog: MediaCatalog) -> None:
        self._catalog = catalog
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self.batches = 0

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(timeout=60)

    def _write(self) -> None:
        while not self._over.is_set():
            head = self._catalog.reloaded().current_snapshot()
            append_missing(
                self._catalog,
                made_up(BATCH),
                looked_at=head.snapshot_id if head else None,
                contents=lambda _wanted, _snapshot: set(),
            )
            self.batches += 1

    def one_more(self) -> None:
        """Wait until another batch is there."""
        seen = self.batches
        wait_for(lambda: self.batches > seen, what="another batch")


@pytest.fixture
def catalog(lake: Settings, engine: Trino) -> Iterator[MediaCatalog]:
    """A table of media that only this test writes to."""
    schemas = Schemas(names={"media": "media_walk"})
    made = MediaCatalog(connect(lake), lake.service("catalog").url, schemas)
    made.ensure_table()
    yield made
    engine.query("DROP TABLE media_walk.assets")
    engine.query("DROP SCHEMA media_walk")


def walk(trino: Trino, *, between: Callable[[], None] = lambda: None, **asked: Any) -> list[Page]:
    """Return every page from the first one on; `between` is called before each of the others."""
    pages = [page(trino, AssetFilter(), signing_key=KEY, **asked)]
    while pages[-1].next:
        between()
        pages.append(page(trino, AssetFilter(), signing_key=KEY, after=pages[-1].next, **asked))
    return pages


def shown(pages: list[Page]) -> list[str]:
    return [asset.asset_id for each in pages for asset in each.assets]


@pytest.mark.parametrize("sort", list(BY))
def test_a_walk_shows_the_rows_it_began_with_while_others_are_added(
    engine: Trino, catalog: MediaCatalog, sort: Sort
) -> None:
    trino = replace(engine, schemas=catalog.schemas)
    before = made_up(160)
    catalog.append(before)
    head = catalog.reloaded().current_snapshot()
    assert head is not None
    with Writer(catalog) as writer:
        writer.one_more()
        pages = walk(trino, sort=sort, size=25, pin=head.snapshot_id, between=writer.one_more)
    assert shown(pages) == [a.asset_id for a in sorted(before, key=BY[sort], reverse=sort == "newest")]
    assert len(pages) == 7
    assert not any(each.fell_back for each in pages)
    assert writer.batches >= len(pages)
    assert len(catalog.reloaded().snapshots()) == writer.batches + 1
    assert count(trino, AssetFilter()) == len(before) + BATCH * writer.batches, "what was added is there"


def take(settings: Settings, folder: Path, seeds: range, tag: str) -> list[Asset]:
    """Take pictures in under a tag, and return their rows."""
    folder.mkdir()
    write_pictures(folder, seeds)
    with Ingest(settings, workers=2) as ingest:
        found = find_sources([str(folder)], ObjectStore.from_settings(settings))
        return [item.asset for item in ingest.run(found, Description(tag)) if item.asset]


def test_who_sees_some_rows_sees_no_others_in_any_state(
    lake: Settings, engine: Trino, curator: Trino, seeds: Callable[[int], range], tmp_path: Path
) -> None:
    products = take(lake, tmp_path / "products", seeds(6), "product")
    others = take(lake, tmp_path / "others", seeds(6), "user")
    then = MediaCatalog.from_settings(lake).reloaded().current_snapshot()
    assert then is not None
    moment = dt.datetime.fromtimestamp((then.timestamp_ms + 1) / 1000, dt.UTC)
    later = take(lake, tmp_path / "later", seeds(3), "product")
    take(lake, tmp_path / "hidden", seeds(3), "user")
    now = MediaCatalog.from_settings(lake).reloaded().current_snapshot()
    assert now is not None

    def theirs(asker: Trino, state: AsOf | None) -> list[str]:
        return shown(walk(asker, size=LARGEST_PAGE, as_of=state))

    for state in (None, of_snapshot(then.snapshot_id), of_snapshot(now.snapshot_id), parse_as_of(moment)):
        early = state is not None and state != of_snapshot(now.snapshot_id)
        everything = set(theirs(engine, state))
        assert {asset.asset_id for asset in (*products, *others)} <= everything
        assert everything.isdisjoint(asset.asset_id for asset in later) == early
        plain = {row[0] for row in engine.query("SELECT asset_id FROM media.assets WHERE tag = 'product'").rows}
        ids = theirs(curator, state)
        assert len(ids) == len(set(ids))
        assert set(ids) == plain & everything
        assert set(theirs(curator, state)) == set(shown(walk(curator, size=LARGEST_PAGE, sort="name", as_of=state)))
        assert count(curator, AssetFilter(), as_of=state) == len(ids)
        assert sum(day_counts(curator, AssetFilter(), as_of=state).values()) == len(ids)
        assert facets(curator, AssetFilter(), as_of=state)["tag"] == {"product": len(ids)}
        assert count(curator, AssetFilter(tags=("user",)), as_of=state) == 0
        assert get(curator, others[0].asset_id, as_of=state) is None
        assert get(engine, others[0].asset_id, as_of=state) is not None
        assert get(curator, products[0].asset_id, as_of=state) is not None

    pinned = walk(curator, size=4, pin=then.snapshot_id)
    assert shown(pinned) == theirs(curator, of_snapshot(then.snapshot_id))
    assert {each.snapshot for each in pinned} == {then.snapshot_id}


def test_conditions_that_get_through_are_understood_by_the_engine(lake: Settings, engine: Trino) -> None:
    catalog = replace(MediaCatalog.from_settings(lake), schemas=Schemas(names={"media": "media_conditions"}))
    trino = replace(engine, schemas=catalog.schemas)
    catalog.append(
        [made_up_asset(1, width=300, height=100, exif={"Model": "H-100"}), made_up_asset(2, title="it's a ?")]
    )
    try:
        found = {
            condition: count(trino, AssetFilter(condition=condition))
            for condition in (
                "width > 2 * height",
                "exif['Model'] = 'H-100'",
                "title = 'it''s a ?'",
                "tag = 'other' AND NOT contains(labels, 'x') AND is_indexed",
                "upload_time >= date '2026-01-01' AND year(upload_time) = 2026",
                "upload_time > current_date - interval '36500' day",
                "cardinality(labels) = 0 AND length(title) BETWEEN 1 AND 20 AND lower(title) LIKE '%a%'",
                "coalesce(duration_seconds, 0) = 0 AND cast(file_size AS double) / 2 < 1",
                "starts_with(lower(kind), 'im') AND strpos(mime_type, '/') > 0 AND kind IN ('image', 'audio')",
                "duration_seconds IS NULL",
            )
        }
    finally:
        trino.query(f"DROP TABLE {trino.schemas.table('media.assets')}")
    assert list(found.values()) == [1, 1, 1, 2, 2, 2, 2, 2, 2, 2]
    with pytest.raises(BadInputError, match="may not stand"):
        count(trino, AssetFilter(condition="asset_id IN (SELECT asset_id FROM media.assets)"))
