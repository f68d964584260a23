"""Two states compared on the real engine: with all rows of both as the truth, for whoever looks, after compactions."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from lakefront.config import Schemas, Settings
from lakefront.errors import BadInputError, NotAllowedError
from lakefront.media.assets import TABLE, Asset
from lakefront.media.catalog import MediaCatalog
from lakefront.media.comparison import CHANGES, STAMPS, Change, Comparison, Item, compare, items
from lakefront.media.description import Description
from lakefront.media.difference import Pair
from lakefront.media.edits import Changes, Editor
from lakefront.media.ingest import Ingest
from lakefront.media.metadata import TableMetadata
from lakefront.media.query import NO_STATE, AsOf, of_snapshot, parse_as_of
from lakefront.media.regions import EVERYTHING
from lakefront.media.rows import SELECT, asset_of, table_as_of
from lakefront.media.sources import Bytes
from lakefront.trino import Trino
from tests.support.assets import FIRST_DAY, made_up_asset
from tests.support.cli import lakefront
from tests.support.pictures import picture, saved

pytestmark = pytest.mark.stack

KEY = "a key of tests"


class Past:
    """A table of media of a test's own, and its states in their order."""

    def __init__(self, settings: Settings) -> None:
        schemas = Schemas(names={"media": "media_past"})
        self.settings = settings
        self.catalog = replace(MediaCatalog.from_settings(settings), schemas=schemas)
        self.trino = replace(Trino.from_settings(settings, source="lakefront-tests"), schemas=schemas)
        self.table = schemas.table(TABLE)
        self.states: list[int] = []

    @property
    def metadata(self) -> TableMetadata:
        """What the table's metadata tell, read anew."""
        made = TableMetadata(self.settings, catalog=self.catalog)  # of a schema of this test's own
        assert made.current() == self.states[-1]
        return made

    def did(self) -> int:
        """Note that there is a state more."""
        head = self.catalog.reloaded().current_snapshot()
        assert head is not None
        self.states.append(head.snapshot_id)
        return head.snapshot_id

    def add(self, *assets: Asset) -> None:
        self.catalog.append(assets)
        self.did()

    def run(self, sql: str, *values: Any) -> None:
        self.trino.query(sql.format(table=self.table), values or None)
        self.did()

    def rows(self, snapshot: int) -> dict[str, Asset]:
        found = self.trino.query(f"SELECT {SELECT} FROM {table_as_of(self.trino, of_snapshot(snapshot))}").rows
        return {asset.asset_id: asset for asset in map(asset_of, found)}


@pytest.fixture
def past(lake: Settings) -> Iterator[Past]:
    own = Past(lake)
    own.trino.query(f"DROP TABLE IF EXISTS {own.table}")
    yield own
    own.trino.query(f"DROP TABLE IF EXISTS {own.table}")


def differing(before: dict[str, Asset], after: dict[str, Asset]) -> dict[Change, set[str]]:
    """Return what a comparison of all rows says."""
    return {
        "added": after.keys() - before.keys(),
        "changed": {name for name in before.keys() & after.keys() if before[name] != after[name]},
        "removed": before.keys() - after.keys(),
    }


def told(found: Comparison) -> dict[Change, int]:
    return {change: found.totals(change).assets for change in CHANGES}


def walk(trino: Trino, pair: Pair, change: Change, size: int = 2) -> list[Item]:
    page = items(trino, pair, change, signing_key=KEY, size=size)
    found = [*page.items]
    while page.next:
        page = items(trino, pair, change, signing_key=KEY, size=size, after=page.next)
        found += page.items
    return found


def fill(past: Past) -> list[Asset]:
    """Give the table a past of every deed, a compaction in the middle; return the assets that came first."""
    first = [made_up_asset(number, title=f"first {number}", file_size=100 + number) for number in range(20)]
    past.add(*first)
    past.add(*(made_up_asset(number, tag="user", kind="video", file_size=7) for number in range(5)))
    past.run("UPDATE {table} SET title = 'new', labels = ARRAY['a'] WHERE asset_id = ?", first[0].asset_id)
    past.run("DELETE FROM {table} WHERE asset_id IN (?, ?)", first[1].asset_id, first[2].asset_id)
    past.run("ALTER TABLE {table} EXECUTE optimize")
    past.run("UPDATE {table} SET upload_time = ? WHERE asset_id = ?", FIRST_DAY, first[3].asset_id)
    past.run("UPDATE {table} SET exif = map(ARRAY['Model'], ARRAY['H']) WHERE asset_id = ?", first[4].asset_id)
    past.run("DELETE FROM {table} WHERE upload_time >= ? AND upload_time < ?", *_day(first[5]))
    return first


def _day(asset: Asset) -> tuple[dt.datetime, dt.datetime]:
    start = asset.upload_time.replace(hour=0, minute=0, second=0, microsecond=0)
    return start, start + dt.timedelta(days=1)


def _some(states: list[int]) -> set[tuple[int, int]]:
    """Return each state with the next one, over all deeds from the first one on, and back to each from the last one."""
    first, last = states[0], states[-1]
    onwards = {*itertools.pairwise(states), *((first, state) for state in states[1:])}
    return onwards | {(last, state) for state in states[:-1]}


@pytest.mark.parametrize(
    "chosen",
    [
        # A deed by itself, all that came before and all that comes after it, onwards and backwards.
        pytest.param(_some, id="each deed by itself and with all others"),
        pytest.param(lambda states: set(itertools.permutations(states, 2)), id="every pair", marks=pytest.mark.long),
    ],
)
def test_states_differ_as_their_rows_do(past: Past, chosen: Callable[[list[int]], set[tuple[int, int]]]) -> None:
    fill(past)
    assert len(past.states) == 8
    metadata = past.metadata
    rows = {state: past.rows(state) for state in past.states}
    for before, after in chosen(past.states):
        pair = metadata.pair(of_snapshot(before), of_snapshot(after))
        truth = differing(rows[before], rows[after])
        found = compare(past.trino, pair)
        assert told(found) == {change: len(ids) for change, ids in truth.items()}
        sizes = [sum(asset.file_size for asset in rows[state].values()) for state in (before, after)]
        assert found.bytes == sizes[1] - sizes[0]
        if before == past.states[0]:  # where nothing is known of the files, all rows are compared
            whole = compare(past.trino, Pair(pair.before, pair.after))
            assert sorted(whole.cells, key=repr) == sorted(found.cells, key=repr)


def test_pages_hold_each_item_once_with_both_of_its_states(past: Past) -> None:
    fill(past)
    metadata = past.metadata
    before, after = past.states[0], past.states[-1]
    rows = past.rows(before), past.rows(after)
    pair = metadata.pair(of_snapshot(before), None)
    truth = differing(*rows)
    for change in CHANGES:
        found = walk(past.trino, pair, change)
        assert len(found) == len(truth[change]) > 0
        assert {item.asset.asset_id for item in found} == truth[change]
        assert [item.asset for item in found] == sorted(
            (item.asset for item in found), key=lambda asset: (asset.upload_time, asset.asset_id), reverse=True
        )
        for item in found:
            assert item.before == rows[0].get(item.asset.asset_id)
            assert item.after == rows[1].get(item.asset.asset_id)
    changed = {item.asset.asset_id: item.columns for item in walk(past.trino, pair, "changed")}
    assert sorted(changed.values()) == [("exif",), ("title", "labels"), ("upload_time",)] or changed
    assert compare(past.trino, pair).columns() == {
        name: sum(name in columns for columns in changed.values())
        for name in sorted(
            {name for columns in changed.values() for name in columns}, key=list(Asset.__annotations__).index
        )
    }


def test_only_the_times_of_files_that_differ_are_read_and_a_compaction_is_none(past: Past) -> None:
    first = fill(past)
    metadata = past.metadata

    def pair(before: int, after: int) -> Pair:
        return metadata.pair(of_snapshot(past.states[before]), of_snapshot(past.states[after]))

    # An append takes nothing away, so that nothing is looked for in the earlier state.
    assert not pair(0, 1).times.gone
    edited = pair(1, 2).times
    assert edited.gone
    start, end = _day(first[0])
    assert all(start <= low <= high < end for low, high in edited.either.stretches)
    # All files were written anew, and no row.
    rewritten = pair(3, 4).times
    assert not rewritten.either
    assert told(compare(past.trino, pair(3, 4))) == dict.fromkeys(CHANGES, 0)
    across = pair(3, 6).times
    days = {first[3].upload_time.date(), FIRST_DAY.date(), first[4].upload_time.date()}
    assert {moment.date() for stretch in across.either.stretches for moment in stretch} <= days

    # Without the states in between, what was rewritten is compared as well: with the same outcome.
    known = told(compare(past.trino, pair(3, 6)))
    table = past.catalog.reloaded()
    table.maintenance.expire_snapshots().by_ids([past.states[4], past.states[5]]).commit()
    metadata = past.metadata
    fallen_back = pair(3, 6)
    assert len({moment.date() for stretch in fallen_back.times.either.stretches for moment in stretch}) > len(days)
    assert told(compare(past.trino, fallen_back)) == known
    with pytest.raises(BadInputError, match=f"no state of the media as of {past.states[4]}") as raised:
        pair(4, 7)
    assert raised.value.code == NO_STATE
    assert "the earliest that is kept" in raised.value.fix


def test_states_are_found_by_number_and_by_time(past: Past) -> None:
    first, second = [made_up_asset(1)], [made_up_asset(2)]
    past.add(*first)
    past.add(*second)
    metadata = past.metadata
    newest, oldest = metadata.history(2)
    assert [oldest.snapshot, newest.snapshot] == past.states
    for early, late in ((parse_as_of(oldest.since), parse_as_of(newest.since)), (of_snapshot(oldest.snapshot), None)):
        pair = metadata.pair(early, late)
        assert pair.states == (oldest, newest)
        assert told(compare(past.trino, pair)) == {"added": 1, "changed": 0, "removed": 0}
        backwards = metadata.pair(late, early)
        assert told(compare(past.trino, backwards)) == {"added": 0, "changed": 0, "removed": 1}
    for unknown in (parse_as_of("2001-01-01"), AsOf("snapshot", snapshot=7), AsOf("ref", ref="nowhere")):
        with pytest.raises(BadInputError) as raised:
            metadata.pair(unknown, None)
        assert raised.value.code == NO_STATE
    assert [(step.deed, step.rows, step.first) for step in metadata.steps(9)] == [
        ("added", 1, False),
        ("added", 1, True),
    ]


def test_what_each_state_did_is_told(past: Past) -> None:
    fill(past)
    deeds = [(step.deed, step.rows) for step in reversed(past.metadata.steps(20))]
    assert deeds[:5] == [("added", 20), ("added", 5), ("changed", 1), ("removed", 2), ("rewritten", None)]
    assert [deed for deed, _ in deeds[5:]] == ["changed", "changed", "removed"]


def test_a_state_without_a_column_is_compared_by_those_that_it_has(past: Past) -> None:
    with past.catalog.ensure_table().update_schema() as change:
        change.delete_column("created_by")
        change.delete_column("updated_by")
    kept, gone = made_up_asset(1), made_up_asset(2)
    columns = ", ".join(name for name in SELECT.split(", ") if name not in {"created_by", "updated_by"})
    other = Past(past.settings)
    other.trino = replace(past.trino, schemas=Schemas(names={"media": "media_older"}))
    other.catalog = replace(past.catalog, schemas=other.trino.schemas)
    older = other.trino.schemas.table(TABLE)
    other.catalog.append([kept, gone])
    try:
        past.run(f"INSERT INTO {{table}} ({columns}) SELECT {columns} FROM {older}")
    finally:
        past.trino.query(f"DROP TABLE {older}")
    past.catalog.ensure_table()
    past.run("DELETE FROM {table} WHERE asset_id = ?", gone.asset_id)
    pair = past.metadata.pair(of_snapshot(past.states[0]), None)
    assert told(compare(past.trino, pair)) == {"added": 0, "changed": 0, "removed": 1}
    (item,) = walk(past.trino, pair, "removed")
    assert item.before == replace(gone, created_by=None, updated_by=None)


def test_tokens_are_of_one_list(past: Past) -> None:
    past.add(made_up_asset(1))
    past.add(*(made_up_asset(number) for number in range(5)))
    metadata = past.metadata
    pair = metadata.pair(of_snapshot(past.states[0]), None)
    token = items(past.trino, pair, "added", signing_key=KEY, size=2).next
    assert token is not None
    other = metadata.pair(None, of_snapshot(past.states[0]))
    tries: list[tuple[Pair, Change, str]] = [(pair, "removed", KEY), (other, "added", KEY), (pair, "added", "another")]
    for asked, change, key in tries:
        with pytest.raises(BadInputError, match="page token") as raised:
            items(past.trino, asked, change, signing_key=key, after=token)
        assert raised.value.code == "page-token"
    with pytest.raises(BadInputError, match="a page of 0 items"):
        items(past.trino, pair, "added", signing_key=KEY, size=0)


def _take(settings: Settings, seeds: range, tag: str) -> list[str]:
    with Ingest(settings, workers=2) as ingest:
        files = [Bytes(f"picture {seed}", saved(picture(seed))) for seed in seeds]
        return [item.asset.asset_id for item in ingest.run(files, Description(tag)) if item.asset]


def test_who_sees_some_rows_is_told_of_no_others(
    lake: Settings, engine: Trino, curator: Trino, seeds: Callable[[int], range]
) -> None:
    """Paula sees products only. What becomes one has been added for her, what ceases to be one has been removed."""
    metadata = TableMetadata(lake)
    products, others = _take(lake, seeds(3), "product"), _take(lake, seeds(3), "user")
    before = of_snapshot(metadata.current())
    editor = Editor(lake)
    editor.change([products[0]], Changes(tag="user"))
    editor.change([others[0]], Changes(tag="product"))
    editor.change([products[1], others[1]], Changes(title="new"))
    editor.delete([products[2], others[2]])
    pair = metadata.pair(before, None)

    def seen(asker: Trino) -> dict[Change, set[str]]:
        assert told(compare(asker, pair)) == {change: len(walk(asker, pair, change)) for change in CHANGES}
        return {change: {item.asset.asset_id for item in walk(asker, pair, change)} for change in CHANGES}

    assert seen(curator) == {"added": {others[0]}, "changed": {products[1]}, "removed": {products[0], products[2]}}
    assert seen(engine) == {
        "added": set(),
        "changed": {products[0], products[1], others[0], others[1]},
        "removed": {products[2], others[2]},
    }
    # Victor sees no personal data, in neither state; whom it does not concern is not told.
    (changed,) = [item for item in walk(curator, pair, "changed") if item.asset.asset_id == products[1]]
    assert changed.before is not None
    assert changed.after is not None
    assert set(changed.columns) - set(STAMPS) == {"title"}
    masked = [name for name in ("created_by", "updated_by", "exif") if not getattr(changed.after, name)]
    assert masked
    assert not any(getattr(changed.before, name) for name in masked)
    assert not set(masked) & set(changed.columns)
    for change in ("added", "removed"):
        with pytest.raises(NotAllowedError):
            items(engine.signed_in_as("olga"), pair, change, signing_key=KEY)
    with pytest.raises(NotAllowedError):
        compare(engine.signed_in_as("olga"), metadata.pair(None, None))


def test_without_the_catalog_all_of_both_is_compared(
    lake: Settings, engine: Trino, seeds: Callable[[int], range]
) -> None:
    metadata = TableMetadata(lake)
    _take(lake, seeds(1), "user")
    before = of_snapshot(metadata.current())
    _take(lake, seeds(2), "user")
    pair = TableMetadata(replace(lake, ports={**lake.ports, "catalog": 9})).pair(before, None)
    assert pair.times.gone == pair.times.come == EVERYTHING
    assert told(compare(engine, pair)) == {"added": 2, "changed": 0, "removed": 0}


def test_the_command_line_compares(lake: Settings, seeds: Callable[[int], range]) -> None:
    metadata, home = TableMetadata(lake), lake.home.root
    names = _take(lake, seeds(2), "product")
    before = str(metadata.current())
    Editor(lake, user="ana").change(names[:1], Changes(title="A title"))
    Editor(lake).delete(names[1:])

    done = lakefront("media", "compare", before, "--format", "json", home=home)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["before"]["snapshot"] == int(before)
    assert shown["after"]["snapshot"] == metadata.current()
    assert {change: shown[change]["items"] for change in CHANGES} == {"added": 0, "changed": 1, "removed": 1}
    assert shown["columns"]["title"] == 1

    listed = lakefront("media", "compare", before, "now", "--items", "changed", "--format", "json", home=home)
    (item,) = json.loads(listed.stdout)["items"]
    assert item["asset_id"] == names[0]
    assert item["changes"]["title"]["after"] == "A title"
    assert item["changes"]["updated_by"] == {"before": "lakefront", "after": "ana"}

    table = lakefront("media", "compare", before, home=home)
    assert (table.returncode, "changed" in table.stdout, "removed" in table.stdout) == (0, True, True)
    removed = lakefront("media", "compare", before, "--items", "removed", home=home)
    assert names[1] in removed.stdout
    nothing = lakefront("media", "compare", "now", home=home)
    assert (nothing.returncode, nothing.stderr.splitlines()[-1]) == (0, "nothing differs")
    for wrong, code, words in (("7", 2, "there is no state of the media as of 7"), ("no time!", 2, "is no snapshot")):
        failed = lakefront("media", "compare", wrong, home=home)
        assert (failed.returncode, words in failed.stderr) == (code, True)
    denied = lakefront("media", "compare", before, "--user", "olga", home=home)
    assert denied.returncode == 3
