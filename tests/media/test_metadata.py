"""The days that the table's metadata tell bound those that Trino counts, and pages stand on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from pyiceberg.transforms import IdentityTransform

from lakefront.config import Schemas, Settings
from lakefront.media.catalog import MediaCatalog
from lakefront.media.description import Description
from lakefront.media.edits import Changes, Editor
from lakefront.media.ingest import Ingest
from lakefront.media.metadata import TableMetadata
from lakefront.media.query import AsOf, AssetFilter, day_counts, of_snapshot
from lakefront.media.sources import Bytes
from lakefront.trino import Trino
from tests.support.pictures import picture, saved

pytestmark = pytest.mark.stack

Seeds = Callable[[int], range]
EVERYTHING = AssetFilter()


def _take(settings: Settings, seeds: range) -> list[str]:
    with Ingest(settings, workers=2) as ingest:
        files = [Bytes(f"picture {seed}", saved(picture(seed))) for seed in seeds]
        return [item.asset.asset_id for item in ingest.run(files, Description()) if item.asset]


def _current(metadata: TableMetadata) -> int:
    found = metadata.current()
    assert found is not None
    return found


def _days(metadata: TableMetadata, snapshot: int) -> dict[dt.date, int]:
    told = metadata.spans(snapshot)
    assert told is not None
    days: dict[dt.date, int] = {}
    for span in told:
        day = span.start.date()
        days[day] = days.get(day, 0) + span.rows
    return days


def test_days_are_those_that_trino_counts(lake: Settings, engine: Trino, seeds: Seeds) -> None:
    metadata = TableMetadata(lake)
    names = _take(lake, seeds(3))
    # A day of its own, by Trino, which writes its partitions in its own way.
    earlier = dt.datetime(2025, 2, 28, 23, 59, 59, 999_000, tzinfo=dt.UTC)
    engine.query("UPDATE media.assets SET upload_time = ? WHERE asset_id = ?", [earlier, names[0]])
    first = _current(metadata)
    told, counted = _days(metadata, first), day_counts(engine, EVERYTHING, as_of=of_snapshot(first))
    assert counted[earlier.date()] >= 1
    # Rows that were changed or deleted one by one are counted still: never too few, and no day is missing.
    assert all(told.get(day, 0) >= number for day, number in counted.items())

    Editor(lake).change(names[1:], Changes(title="new"))
    Editor(lake).delete(names[1:2])
    _take(lake, seeds(2))
    second = _current(metadata)
    assert second != first
    told_then, counted_then = _days(metadata, second), day_counts(engine, EVERYTHING, as_of=of_snapshot(second))
    assert all(told_then.get(day, 0) >= number for day, number in counted_then.items())
    assert _days(metadata, first) == told
    assert _days(TableMetadata(lake), second) == told_then


def test_appends_alone_are_counted_exactly(lake: Settings, engine: Trino, seeds: Seeds) -> None:
    metadata = TableMetadata(lake)
    _take(lake, seeds(1))
    before = _days(metadata, _current(metadata))
    _take(lake, seeds(4))
    after = _days(metadata, _current(metadata))
    assert sum(after.values()) - sum(before.values()) == 4


def test_what_it_cannot_tell_is_asked_otherwise(lake: Settings, seeds: Seeds) -> None:
    _take(lake, seeds(1))
    metadata = TableMetadata(lake)
    asked: list[AsOf | None] = []

    def otherwise(state: AsOf | None) -> dict[dt.date, int]:
        asked.append(state)
        return {}

    counts = metadata.bounds(otherwise)
    assert sum(span.rows for span in counts(of_snapshot(_current(metadata)))) > 0
    assert asked == []
    unknown = of_snapshot(7)
    assert [counts(None), counts(unknown)] == [[], []]
    assert asked == [None, unknown]


def test_a_table_that_is_not_by_day_tells_no_days(lake: Settings) -> None:
    schemas = Schemas(prefix="by_kind_")
    catalog, engine = (
        replace(made, schemas=schemas) for made in (MediaCatalog.from_settings(lake), Trino.from_settings(lake))
    )
    name = schemas.table("media.assets")
    engine.query(f"DROP TABLE IF EXISTS {name}")
    with catalog.ensure_table().update_spec() as change:
        change.remove_field("upload_time_day")
        change.add_field("kind", IdentityTransform())
    engine.query(
        f"INSERT INTO {name} SELECT * FROM media.assets LIMIT 1"  # the lake's own, from the tests above
    )
    metadata = TableMetadata(lake)
    metadata._table = catalog.reloaded  # the same, of a schema of this test's own
    assert metadata.spans(_current(metadata)) is None
    engine.query(f"DROP TABLE {name}")


def test_a_catalog_that_does_not_answer_is_no_fault_of_the_page(lake: Settings) -> None:
    lost = replace(lake, ports={**lake.ports, "catalog": 9})
    assert TableMetadata(lost).current() is None
    assert TableMetadata(lost).spans(1) is None
