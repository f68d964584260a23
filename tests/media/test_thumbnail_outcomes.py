"""What became of thumbnails stands in the rows: how long they took, why there are none, and that it was mended."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Callable, Iterator

import pytest

from lakefront.config import Settings
from lakefront.errors import BadInputError
from lakefront.media.assets import THUMBNAIL_COLUMNS, Asset, original_key, split_path, thumbnail_key
from lakefront.media.catalog import MediaCatalog
from lakefront.media.description import Description
from lakefront.media.filters import AssetFilter
from lakefront.media.ids import new_id
from lakefront.media.ingest import Ingest
from lakefront.media.objects import ObjectStore
from lakefront.media.sources import Bytes
from lakefront.media.thumbnail_outcomes import Troubled, not_kept_yet, record, troubled
from lakefront.media.thumbnailing import Made, make_thumbnails
from lakefront.media.thumbnails import SIZES
from lakefront.trino import Trino
from tests.support.cli import lakefront
from tests.support.pictures import picture, saved

pytestmark = pytest.mark.stack

Seeds = Callable[[int], range]
ALL = AssetFilter()


def _take(lake: Settings, seed: int) -> Asset:
    with Ingest(lake, workers=1) as ingest:
        (item,) = ingest.run([Bytes(f"picture {seed}", saved(picture(seed)))], Description())
    assert item.asset is not None
    return item.asset


def _try(lake: Settings, asset: Asset) -> None:
    """Make an asset's thumbnails, as `lakefront media thumbnails` does."""
    record(lake, list(make_thumbnails(lake, {asset.sha256: asset.s3_path})))


def _told(engine: Trino, sha256: str) -> tuple[float | None, str | None]:
    (row,) = engine.query("SELECT thumbnail_seconds, thumbnail_error FROM media.assets WHERE sha256 = ?", [sha256]).rows
    return row[0], row[1]


def _failed(engine: Trino, asset: Asset) -> Troubled | None:
    failed, _ = troubled(engine, ALL, most=1000)
    return next((each for each in failed if each.asset_id == asset.asset_id), None)


@pytest.fixture
def sound(lake: Settings, seeds: Seeds) -> Asset:
    """A picture that was taken in."""
    return _take(lake, *seeds(1))


@pytest.fixture
def broken(lake: Settings, engine: Trino, sound: Asset) -> Iterator[Asset]:
    """A picture that no decoder opens, whose row another writer has added; `ingest` refuses such a one."""
    data = saved(picture(int(sound.sha256[:6], 16)), "PNG")[:-400]
    with Ingest(lake, workers=1) as ingest:
        (refused,) = ingest.run([Bytes("half a picture", data)], Description())
    assert refused.state == "refused"
    sha256, now = hashlib.sha256(data).hexdigest(), dt.datetime.now(dt.UTC).replace(microsecond=0)
    store = ObjectStore.from_settings(lake)
    key = original_key("image", now.date(), sha256, "png")
    store.put(key, data, "image/png")
    row = dataclasses.replace(
        sound,
        asset_id=new_id(now),
        upload_time=now,
        title="half a picture",
        s3_path=store.path(key),
        sha256=sha256,
        mime_type="image/png",
        source_system="batch",
        thumbnail_seconds=None,
    )
    MediaCatalog.from_settings(lake).append([row])
    yield row
    engine.query("DELETE FROM media.assets WHERE asset_id = ?", [row.asset_id])
    store.remove(key)


def test_taking_in_tells_how_long_the_thumbnails_took(engine: Trino, sound: Asset) -> None:
    seconds, error = _told(engine, sound.sha256)
    assert error is None
    assert seconds is not None
    assert 0 < seconds < 60


def test_a_picture_that_cannot_be_decoded_is_told_with_the_reason(lake: Settings, engine: Trino, broken: Asset) -> None:
    assert _told(engine, broken.sha256) == (None, None), "nobody has tried yet"
    assert _failed(engine, broken) is None
    made = lakefront("media", "thumbnails", home=lake.home.root)
    assert made.returncode == 5, made.stderr
    found = _failed(engine, broken)
    assert found is not None
    assert (found.title, found.mime_type, found.source_system) == ("half a picture", "image/png", "batch")
    assert found.error == "the original cannot be decoded: image file is truncated"

    table = MediaCatalog.from_settings(lake).reloaded()
    before = table.current_snapshot()
    _try(lake, broken)
    assert table.refresh().current_snapshot() == before, "what is told already is not written again"


def test_what_is_mended_is_told_no_more(lake: Settings, engine: Trino, sound: Asset) -> None:
    store = ObjectStore.from_settings(lake)
    _, key = split_path(sound.s3_path)
    data = store.get(key)
    store.remove(key)
    for size in SIZES:
        store.remove(thumbnail_key(sound.sha256, size))
    _try(lake, sound)
    found = _failed(engine, sound)
    assert found is not None
    assert found.error == "its original is not in the object store"
    store.put(key, data, sound.mime_type)
    _try(lake, sound)
    assert _failed(engine, sound) is None
    seconds, error = _told(engine, sound.sha256)
    assert error is None
    assert seconds is not None


@pytest.fixture
def three(lake: Settings, engine: Trino, seeds: Seeds) -> Iterator[list[Asset]]:
    """Pictures of which nothing is told yet."""
    assets = [_take(lake, seed) for seed in seeds(3)]
    ids, marks = [asset.asset_id for asset in assets], ", ".join("?" * len(assets))
    engine.query(f"UPDATE media.assets SET thumbnail_seconds = NULL WHERE asset_id IN ({marks})", ids)
    yield assets
    engine.query(f"DELETE FROM media.assets WHERE asset_id IN ({marks})", ids)


def test_the_slowest_come_first_and_filters_hold(lake: Settings, engine: Trino, three: list[Asset]) -> None:
    times = (0.999, 3000.0, 4000.0)
    record(lake, [Made(asset.sha256, asset.s3_path, seconds=at) for asset, at in zip(three, times, strict=True)])
    _, slow = troubled(engine, ALL, most=2)
    assert [(each.asset_id, each.seconds) for each in slow] == [(three[2].asset_id, 4000), (three[1].asset_id, 3000)]
    assert {each.kind for each in troubled(engine, AssetFilter(kinds=("audio",)), most=2)[1]} <= {"audio"}
    record(lake, [Made(asset.sha256, asset.s3_path, seconds=0.5) for asset in three])
    assert _told(engine, three[2].sha256) == (4000.0, None), "another time of the same is no news"


def test_a_table_that_was_made_before_gets_the_columns(lake: Settings, engine: Trino, sound: Asset) -> None:
    with MediaCatalog.from_settings(lake).reloaded().update_schema() as change:
        for column in THUMBNAIL_COLUMNS:
            change.delete_column(column.name)
    with pytest.raises(BadInputError) as raised:
        troubled(engine, ALL, most=1)
    assert not_kept_yet(raised.value)
    record(lake, [Made(sound.sha256, sound.s3_path, seconds=0.25)])
    assert _told(engine, sound.sha256) == (0.25, None)
