"""The sample media on the running stack: rows and objects agree, pages are complete, addresses work in a browser."""

from __future__ import annotations

import datetime as dt
import hashlib
import io

import httpx
import pytest
from PIL import Image

from lakefront.config import Settings
from lakefront.media.assets import TABLE_COLUMNS, VIEW_COLUMNS, split_path
from lakefront.media.catalog import MediaCatalog
from lakefront.media.metadata import TableMetadata
from lakefront.media.objects import ObjectStore, presign
from lakefront.media.query import Asset, AssetFilter, count, day_counts, facets, get, page
from lakefront.sample.media.catalogue import catalogue
from lakefront.sample.media.seed import seed_media
from lakefront.trino import Trino

pytestmark = pytest.mark.stack


def silent(_step: str, _done: int, _total: int) -> None:
    """Report nothing."""


@pytest.fixture(scope="module")
def shown(stack: Settings, trino: Trino) -> list[Asset]:
    """All assets, as a person walks through them page by page."""
    found: list[Asset] = []
    after: str | None = None
    key, pin = stack.secrets.signing_key, TableMetadata(stack).current()
    assert pin is not None
    while True:
        step = page(trino, AssetFilter(), signing_key=key, size=60, after=after, pin=pin)
        assert (step.snapshot, step.fell_back) == (pin, False)
        found += step.assets
        after = step.next
        if after is None:
            return found


def test_a_walk_shows_what_the_table_holds(trino: Trino, shown: list[Asset]) -> None:
    rows = trino.query("SELECT asset_id FROM media.assets ORDER BY upload_time DESC, asset_id DESC").rows
    assert [asset.asset_id for asset in shown] == [row[0] for row in rows]
    assert len(shown) >= len(catalogue())
    assert count(trino, AssetFilter()) == len(shown)
    assert sum(day_counts(trino, AssetFilter()).values()) == len(shown)


def test_filters_and_facets_agree_with_a_plain_query(trino: Trino) -> None:
    wanted = AssetFilter(tags=("product", "user"), kinds=("image",))
    rows = trino.query("SELECT tag, count(*) FROM media.assets WHERE kind = 'image' GROUP BY tag").rows
    plain = {str(tag): int(number) for tag, number in rows}
    assert facets(trino, wanted)["tag"] == plain
    assert count(trino, wanted) == plain["product"] + plain["user"]


def test_every_row_has_its_object_and_its_thumbnails(stack: Settings, shown: list[Asset]) -> None:
    store = ObjectStore.from_settings(stack)
    for asset in shown[:: len(shown) // 25]:
        bucket, key = split_path(asset.s3_path)
        assert bucket == stack.env.media_bucket
        data = store.get(key)
        assert hashlib.sha256(data).hexdigest() == asset.sha256
        assert hashlib.md5(data, usedforsecurity=False).hexdigest() == asset.md5
        known = store.head(key)
        assert known is not None
        assert (known.size, known.content_type) == (asset.file_size, asset.mime_type)
        for size in (320, 1440):
            with Image.open(io.BytesIO(store.get(asset.thumbnail_key(size)))) as thumbnail:
                assert max(thumbnail.size) <= size


def test_a_presigned_address_serves_the_whole_and_a_range(stack: Settings, shown: list[Asset]) -> None:
    film = next(asset for asset in shown if asset.kind == "video")
    address = presign(stack, film.s3_path)
    whole = httpx.get(address)
    part = httpx.get(address, headers={"Range": "bytes=100-199"})
    assert hashlib.sha256(whole.content).hexdigest() == film.sha256
    assert "max-age" in whole.headers["cache-control"]
    assert part.status_code == 206
    assert part.content == whole.content[100:200]
    named = httpx.get(presign(stack, film.s3_path, download="여름 film.mp4"))
    assert named.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%EC%97%AC")
    tampered = httpx.get(address.replace("/raw/", "/thumbs/"))
    assert tampered.status_code == 403


def test_an_asset_opens_by_its_id(trino: Trino, shown: list[Asset]) -> None:
    assert get(trino, shown[7].asset_id) == shown[7]
    assert get(trino, "01a192b4-3287-7aa6-a49d-000000000000") is None


def test_a_second_seed_changes_nothing(stack: Settings, trino: Trino, shown: list[Asset]) -> None:
    table = MediaCatalog.from_settings(stack).table()
    assert table is not None
    before = [snapshot.snapshot_id for snapshot in table.snapshots()]
    again = seed_media(
        stack,
        trino,
        until=stack.manifest.sample.until,
        cache=stack.cache / "sample-media",
        report=silent,
    )
    assert not again.created
    assert again.assets == len(catalogue())
    assert again.seconds < 10
    assert [snapshot.snapshot_id for snapshot in table.refresh().snapshots()] == before


def test_columns_are_explained_in_the_table_and_in_the_view(trino: Trino) -> None:
    table = {row[0]: row[3] for row in trino.query("DESCRIBE media.assets").rows}
    view = {row[0]: row[3] for row in trino.query("DESCRIBE media.image_metadata").rows}
    assert table == {column.name: column.doc for column in TABLE_COLUMNS}
    assert view == {name: doc for name, _, doc in VIEW_COLUMNS}


def test_the_view_runs_with_the_rights_of_whoever_asks(trino: Trino) -> None:
    text = str(trino.query("SHOW CREATE VIEW media.image_metadata").scalar())
    assert "SECURITY INVOKER" in text
    images = trino.query("SELECT count(*) FROM media.assets WHERE kind = 'image'").scalar()
    assert trino.query("SELECT count(*) FROM media.image_metadata").scalar() == images


def test_the_table_is_partitioned_by_day_and_a_day_reads_one_partition(trino: Trino) -> None:
    days = {row[0] for row in trino.query('SELECT partition.upload_time_day FROM media."assets$partitions"').rows}
    held = set(day_counts(trino, AssetFilter()))
    assert held <= days
    # What other tests have uploaded and deleted again leaves its day among them until its files are rewritten.
    assert all(day >= dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1) for day in days - held)
    assert "day(upload_time)" in str(trino.query("SHOW CREATE TABLE media.assets").scalar())
