"""The versions of a row are the changes that were made of it, as a person may see them, and cost few reads."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from lakefront.config import Settings
from lakefront.errors import BadInputError, UnreachableError
from lakefront.media.assets import TABLE_COLUMNS
from lakefront.media.catalog import MediaCatalog
from lakefront.media.description import Description
from lakefront.media.edits import Changes, Editor
from lakefront.media.ids import new_id
from lakefront.media.ingest import Ingest
from lakefront.media.metadata import TableMetadata
from lakefront.media.query import get
from lakefront.media.sources import Bytes
from lakefront.media.versions import Change, versions
from lakefront.trino import Result, Trino
from tests.support.pictures import picture, saved

pytestmark = pytest.mark.stack

Seeds = Callable[[int], range]


@dataclasses.dataclass(frozen=True)
class _Watched(Trino):
    """The engine, and what it is asked."""

    asked: list[str] = dataclasses.field(default_factory=list[str])

    def query(self, sql: str, params: Sequence[Any] | None = None) -> Result:
        self.asked.append(sql)
        return super().query(sql, params)


def _watched(lake: Settings) -> _Watched:
    of = Trino.from_settings(lake, source="lakefront-tests")
    return _Watched(**{field.name: getattr(of, field.name) for field in dataclasses.fields(Trino)})


def _take(lake: Settings, seeds: range) -> list[str]:
    with Ingest(lake, workers=2) as ingest:
        files = [Bytes(f"picture {seed}", saved(picture(seed))) for seed in seeds]
        return [item.asset.asset_id for item in ingest.run(files, Description()) if item.asset]


def test_each_change_is_told_with_who_and_what_the_newest_first(lake: Settings, seeds: Seeds) -> None:
    asset_id, other = _take(lake, seeds(2))
    editor = Editor(lake, user=lake.env.trino_user)
    editor.change([asset_id], Changes(title="first", add_labels=("lake",)))
    editor.change([other], Changes(title="another item's change"))
    editor.change([asset_id], Changes(tag="product"))
    trino = _watched(lake)
    found = versions(trino, TableMetadata(lake), asset_id)

    # Whether it is complete depends on how many states other tests have made of today.
    assert [version.what for version in found.versions] == ["changed", "changed", "added"]
    newest, middle, first = found.versions
    before = get(trino, asset_id)
    assert before is not None
    assert [change.column for change in newest.changes] == ["tag"]
    assert newest.changes[0].after == "product"
    assert {change.column: change.after for change in middle.changes} == {"title": "first", "labels": ("lake",)}
    assert middle.changes == (
        Change("labels", (), ("lake",)),
        Change("title", middle.changes[1].before, "first"),
    )
    assert first.changes == ()
    assert {version.by for version in found.versions} == {lake.env.trino_user}
    assert newest.since > middle.since > first.since


def test_what_was_taken_out_is_told_with_all_before(lake: Settings, seeds: Seeds) -> None:
    asset_id = _take(lake, seeds(1))[0]
    Editor(lake).delete([asset_id])
    found = versions(Trino.from_settings(lake), TableMetadata(lake), asset_id)
    assert found.versions[0].what == "removed"
    assert found.versions[-1].what == "added"


def test_an_id_that_never_was_has_none_and_one_without_a_day_is_refused(lake: Settings, seeds: Seeds) -> None:
    asset_id = _take(lake, seeds(1))[0]
    now = get(Trino.from_settings(lake), asset_id)
    assert now is not None
    assert versions(Trino.from_settings(lake), TableMetadata(lake), new_id(now.upload_time)).versions == ()
    with pytest.raises(BadInputError, match="there is no asset 'nonsense'"):
        versions(Trino.from_settings(lake), TableMetadata(lake), "nonsense")


def test_states_that_wrote_to_other_days_are_not_read_and_each_statement_bounds_the_time(
    lake: Settings, seeds: Seeds
) -> None:
    asset_id, other = _take(lake, seeds(2))
    engine = Trino.from_settings(lake, source="lakefront-tests")
    engine.query("UPDATE media.assets SET upload_time = upload_time - INTERVAL '40' DAY WHERE asset_id = ?", [other])
    metadata = TableMetadata(lake)
    moved = get(engine, other)
    assert moved is not None
    before = metadata.written(moved.upload_time.date(), 200)
    assert before is not None
    for number in range(3):
        Editor(lake).change([asset_id], Changes(title=f"title {number}"))
    after = metadata.written(moved.upload_time.date(), 200)
    assert after is not None
    assert after.states == before.states, "changes of today's rows do not touch that day"
    trino = _watched(lake)
    found = versions(trino, metadata, asset_id)
    assert [version.what for version in found.versions][:3] == ["changed"] * 3
    assert trino.asked
    for sql in trino.asked:
        assert sql.count("upload_time >= ? AND upload_time < ? AND asset_id = ?") == sql.count(" FOR VERSION AS OF ")


def test_a_state_before_a_column_was_added_is_read_without_it(lake: Settings, seeds: Seeds) -> None:
    asset_id = _take(lake, seeds(1))[0]
    table = MediaCatalog.from_settings(lake).reloaded()
    with table.update_schema() as change:
        change.rename_column("updated_by", "updated_by_then")
    Trino.from_settings(lake).query(
        "UPDATE media.assets SET title = 'under another name' WHERE asset_id = ?", [asset_id]
    )
    with MediaCatalog.from_settings(lake).reloaded().update_schema() as change:
        change.rename_column("updated_by_then", "updated_by")
    Editor(lake).change([asset_id], Changes(title="last"))
    found = versions(Trino.from_settings(lake), TableMetadata(lake), asset_id)
    titles = [change.after for version in found.versions for change in version.changes if change.column == "title"]
    assert titles == ["last", "under another name"]
    assert len(TABLE_COLUMNS) == len(table.schema().fields)


def test_without_the_catalog_it_says_so(lake: Settings) -> None:
    lost = TableMetadata(dataclasses.replace(lake, ports={**lake.ports, "catalog": 9}))
    with pytest.raises(UnreachableError, match="does not tell which states"):
        versions(Trino.from_settings(lake), lost, "01993b5c-0000-7000-8000-000000000000")
