"""Pages, counts and facets: whatever the rows, a walk shows each asset once, newest first, and reads bounded windows.

The statements run on SQLite behind our own `Trino.query`; test_media_on_stack.py does the same on the real engine.
"""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from collections.abc import Sequence
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakefront.config import BUNDLE_NAMES
from lakefront.errors import BadInputError
from lakefront.media.assets import COLUMNS
from lakefront.media.ids import stable_id
from lakefront.media.query import AssetFilter, Cursor, Page, count, day_counts, facets, get, page
from lakefront.trino import Result, Trino

START = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)


class Engine:
    """Our own `Trino.query` over SQLite, and a record of what was asked."""

    def __init__(self) -> None:
        self.database = sqlite3.connect(":memory:")
        self.database.execute(f"CREATE TABLE assets ({', '.join(column.name for column in COLUMNS)})")
        self.asked: list[str] = []
        self.schemas = BUNDLE_NAMES

    def add(self, moment: dt.datetime, tag: str = "product", kind: str = "image", name: str = "a") -> str:
        asset_id = stable_id(moment, name)
        values: dict[str, Any] = dict.fromkeys((column.name for column in COLUMNS), "x")
        values |= {"asset_id": asset_id, "tag": tag, "kind": kind, "source_system": "api", "file_size": 1}
        values |= dict.fromkeys(("upload_time", "created_at", "updated_at"), _text(moment))
        values |= dict.fromkeys(("labels", "exif"), None)
        self.database.execute(f"INSERT INTO assets VALUES ({', '.join('?' * len(values))})", list(values.values()))
        return asset_id

    def query(self, sql: str, params: Sequence[Any] | None = None) -> Result:
        self.asked.append(sql)
        local = sql.replace("media.assets", "assets").replace(
            "CAST(upload_time AT TIME ZONE 'UTC' AS date)", "date(upload_time)"
        )
        values = [_text(value) if isinstance(value, dt.datetime) else value for value in params or ()]
        rows = [tuple(_back(value) for value in row) for row in self.database.execute(local, values)]
        return Result((), rows, "")


def _text(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _back(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return dt.date.fromisoformat(value)
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}", value):
        return dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC)
    return value


def trino(engine: Engine) -> Trino:
    return cast("Trino", engine)


def walk(engine: Engine, wanted: AssetFilter, size: int, **counts: Any) -> list[Page]:
    pages: list[Page] = []
    after: Cursor | None = None
    while True:
        pages.append(page(trino(engine), wanted, size=size, after=after, **counts))
        after = pages[-1].next
        if after is None:
            return pages


ROWS = st.lists(
    st.tuples(
        st.integers(0, 12),  # days
        st.sampled_from([0, 1, 43_200_000, 86_399_999]),  # milliseconds of the day: many ties, and both edges
        st.sampled_from(["product", "user", "other"]),
        st.sampled_from(["image", "audio"]),
    ),
    max_size=60,
)
FILTERS = st.builds(
    AssetFilter,
    tags=st.sampled_from([(), ("product",), ("product", "user"), ("nobody",)]),
    kinds=st.sampled_from([(), ("image",)]),
    since=st.one_of(st.none(), st.dates(dt.date(2026, 9, 1), dt.date(2026, 9, 15))),
    until=st.one_of(st.none(), st.just(dt.date.max), st.dates(dt.date(2026, 8, 30), dt.date(2026, 9, 14))),
)


def filled(rows: list[tuple[int, int, str, str]]) -> tuple[Engine, list[tuple[dt.datetime, str, str, str]]]:
    engine = Engine()
    known: list[tuple[dt.datetime, str, str, str]] = []
    for i, (day, millisecond, tag, kind) in enumerate(rows):
        moment = START + dt.timedelta(days=day, milliseconds=millisecond)
        known.append((moment, engine.add(moment, tag, kind, str(i)), tag, kind))
    return engine, known


def expected(known: list[tuple[dt.datetime, str, str, str]], wanted: AssetFilter) -> list[str]:
    left = [
        (moment, asset_id)
        for moment, asset_id, tag, kind in known
        if (not wanted.tags or tag in wanted.tags)
        and (not wanted.kinds or kind in wanted.kinds)
        and (wanted.since is None or moment.date() >= wanted.since)
        and (wanted.until is None or moment.date() <= wanted.until)
    ]
    return [asset_id for _, asset_id in sorted(left, reverse=True)]


@settings(max_examples=200, deadline=None)
@given(ROWS, FILTERS, st.integers(1, 9))
def test_a_walk_shows_every_asset_once_newest_first(
    rows: list[tuple[int, int, str, str]], wanted: AssetFilter, size: int
) -> None:
    engine, known = filled(rows)
    pages = walk(engine, wanted, size)
    assert [asset.asset_id for each in pages for asset in each.assets] == expected(known, wanted)
    assert all(len(each.assets) == size for each in pages[:-1])
    assert all(each.has_more for each in pages[:-1])
    assert not pages[-1].has_more
    assert count(trino(engine), wanted) == len(expected(known, wanted))
    assert sum(day_counts(trino(engine), wanted).values()) == len(expected(known, wanted))


@settings(max_examples=100, deadline=None)
@given(ROWS, ROWS, FILTERS, st.integers(1, 9))
def test_counts_that_are_out_of_date_lose_nothing_that_they_knew(
    rows: list[tuple[int, int, str, str]], late: list[tuple[int, int, str, str]], wanted: AssetFilter, size: int
) -> None:
    engine, known = filled(rows)
    counts = day_counts(trino(engine), wanted)
    gone = {asset_id for _, asset_id, _, _ in known[::3]}
    for asset_id in gone:
        engine.database.execute("DELETE FROM assets WHERE asset_id = ?", [asset_id])
    for i, (day, millisecond, tag, kind) in enumerate(late):
        engine.add(START + dt.timedelta(days=day, milliseconds=millisecond), tag, kind, f"late {i}")
    shown = [asset.asset_id for each in walk(engine, wanted, size, counts=counts) for asset in each.assets]
    assert len(shown) == len(set(shown))
    assert set(expected(known, wanted)) - gone <= set(shown)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(1, 9))
def test_every_page_is_bounded_in_time_and_never_skips_by_number(
    rows: list[tuple[int, int, str, str]], size: int
) -> None:
    engine, _ = filled(rows)
    walk(engine, AssetFilter(), size)
    for sql in engine.asked:
        assert "OFFSET" not in sql
        assert "ORDER BY upload_time" not in sql or "upload_time >= ?" in sql


def test_a_page_reads_only_the_days_that_it_needs() -> None:
    engine = Engine()
    for day in range(30):
        for i in range(50):
            engine.add(START + dt.timedelta(days=day, minutes=i), name=f"{i}")
    counts = day_counts(trino(engine), AssetFilter())
    engine.asked.clear()
    first = page(trino(engine), AssetFilter(), size=20, counts=counts)
    assert len(engine.asked) == 1
    assert {asset.upload_time.date() for asset in first.assets} == {dt.date(2026, 9, 30)}


def test_values_never_get_into_the_statement() -> None:
    engine = Engine()
    engine.add(START, tag="it's; DROP TABLE assets --")
    wanted = AssetFilter(tags=("it's; DROP TABLE assets --", "?"), kinds=("image",))
    assert count(trino(engine), wanted) == 1
    assert len(page(trino(engine), wanted).assets) == 1
    assert not any("DROP" in sql for sql in engine.asked)


def test_facets_count_each_value_under_the_other_filters() -> None:
    engine = Engine()
    for i, (tag, kind) in enumerate([("product", "image")] * 3 + [("user", "image")] + [("user", "audio")] * 2):
        engine.add(START + dt.timedelta(minutes=i), tag, kind)
    found = facets(trino(engine), AssetFilter(tags=("user",), kinds=("image",)))
    assert found == {"tag": {"product": 3, "user": 1}, "kind": {"audio": 2, "image": 1}, "source_system": {"api": 1}}
    assert list(found["tag"]) == ["product", "user"]


def test_one_asset_is_found_by_its_day_and_by_any_id() -> None:
    engine = Engine()
    asset_id = engine.add(START)
    found = get(trino(engine), asset_id)
    assert found is not None
    assert found.upload_time == START
    assert "upload_time >= ?" in engine.asked[0]
    assert len(engine.asked) == 1
    assert get(trino(engine), "made-elsewhere") is None


@pytest.mark.parametrize("size", [0, -1, 201])
def test_a_page_of_an_odd_size_is_refused(size: int) -> None:
    with pytest.raises(BadInputError, match="1 to 200"):
        page(trino(Engine()), AssetFilter(), size=size)
