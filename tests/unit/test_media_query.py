"""Filters, counts and pages: whatever the rows, a walk shows each asset once, in order, and reads bounded windows.

The statements run on SQLite behind our own `Trino.query`; test_media_on_stack.py does the same on the real engine.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakefront.errors import BadInputError
from lakefront.media import paging, spans
from lakefront.media.counting import totals
from lakefront.media.query import ORDERS, AssetFilter, Page, Sort, count, cube, day_counts, facets, get, page
from lakefront.media.spans import PART, FileRange, Span, spans_of, whole_days
from tests.support.media_table import KEY, START, Row, Table

EVER = {"since": dt.date(1970, 1, 1), "until": dt.date(2100, 1, 1)}
ROW = st.builds(
    Row,
    day=st.integers(0, 12),
    millisecond=st.sampled_from([0, 1, 43_200_000, 86_399_999]),  # many ties, and both edges of a day
    tag=st.sampled_from(["product", "user", "other"]),
    kind=st.sampled_from(["image", "audio"]),
    size=st.integers(1, 4),
    title=st.sampled_from(["Lake", "lake at dawn", "산길 100%", "산길 1000", "it's", ""]),
    labels=st.sampled_from([(), ("water",), ("water", "Blue_sky"), ("at",)]),
    width=st.sampled_from([None, 1, 2]),
    seconds=st.sampled_from([None, 0.5, 2.0]),
    mime_type=st.sampled_from(["image/png", "image/webp"]),
    indexed=st.booleans(),
)
ROWS = st.lists(ROW, max_size=20) | st.lists(ROW, min_size=20, max_size=60)
# One or two conditions at a time: all of them together would leave nothing to look at.
CONDITIONS = st.sampled_from(
    [
        {},
        {"tags": ("product",)},
        {"tags": ("product", "user")},
        {"tags": ("nobody",)},
        {"kinds": ("image",)},
        {"mime_types": ("image/png",)},
        {"labels": ("water",)},
        {"labels": ("water", "Blue_sky")},
        *({"text": text} for text in ("LAKE", "산길", "0%", "e_s", "'", "at", "  at\ndawn ")),
        {"indexed": True},
        {"indexed": False},
        {"min_size": 2, "max_size": 3},
        {"min_width": 2},
        {"max_width": 2},
        {"max_duration": 1.0},
        {"min_duration": 1.0},
    ]
)
DAYS = st.fixed_dictionaries(
    {
        "since": st.one_of(st.none(), st.dates(dt.date(2026, 9, 1), dt.date(2026, 9, 15))),
        "until": st.one_of(st.none(), st.just(dt.date.max), st.dates(dt.date(2026, 8, 30), dt.date(2026, 9, 14))),
    }
).filter(lambda days: not (days["since"] and days["until"] and days["since"] > days["until"]))
FILTERS = st.builds(lambda one, two, days: AssetFilter(**one | two | days), CONDITIONS, CONDITIONS, DAYS)
SORTS = st.sampled_from(list(ORDERS))


def walk(table: Table, wanted: AssetFilter, size: int, **asked: Any) -> list[Page]:
    pages: list[Page] = []
    after: str | None = None
    while True:
        pages.append(page(table.trino, wanted, signing_key=KEY, size=size, after=after, **asked))
        assert len(pages) < 500, "a walk ends"
        after = pages[-1].next
        if after is None:
            return pages


def ids(pages: list[Page]) -> list[str]:
    return [asset.asset_id for each in pages for asset in each.assets]


def filled(rows: list[Row], name: str = "") -> tuple[Table, dict[str, Row]]:
    table = Table()
    return table, {table.add(row, f"{name}{i}"): row for i, row in enumerate(rows)}


def within(value: float | None, least: float | None, most: float | None) -> bool:
    if value is None:
        return least is None and most is None
    return (least is None or value >= least) and (most is None or value <= most)


def fits(row: Row, wanted: AssetFilter) -> bool:
    text = " ".join(wanted.text.split()).lower()
    return (
        (not wanted.tags or row.tag in wanted.tags)
        and (not wanted.kinds or row.kind in wanted.kinds)
        and (not wanted.mime_types or row.mime_type in wanted.mime_types)
        and set(wanted.labels) <= set(row.labels)
        and any(text in said.lower() for said in (row.title, *row.labels))
        and wanted.indexed in (None, row.indexed)
        and within(row.size, wanted.min_size, wanted.max_size)
        and within(row.width, wanted.min_width, wanted.max_width)
        and within(row.seconds, wanted.min_duration, wanted.max_duration)
        and (wanted.since is None or row.moment.date() >= wanted.since)
        and (wanted.until is None or row.moment.date() <= wanted.until)
    )


def expected(known: dict[str, Row], wanted: AssetFilter, sort: Sort = "newest") -> list[str]:
    def place(asset_id: str) -> tuple[Any, str]:
        row = known[asset_id]
        value = {"largest": row.size, "smallest": row.size, "name": row.title.lower()}.get(sort, row.moment)
        return value, asset_id

    left = [asset_id for asset_id, row in known.items() if fits(row, wanted)]
    return sorted(left, key=place, reverse=sort in ("newest", "largest"))


@settings(max_examples=200)
@given(ROWS, FILTERS, SORTS, st.integers(1, 9))
def test_a_walk_shows_every_asset_once_in_order(rows: list[Row], wanted: AssetFilter, sort: Sort, size: int) -> None:
    table, known = filled(rows)
    pages = walk(table, wanted, size, sort=sort)
    assert ids(pages) == expected(known, wanted, sort)
    assert all(len(each.assets) == size and each.has_more for each in pages[:-1])
    assert not pages[-1].has_more
    assert not any(each.partial or each.fell_back for each in pages)
    assert count(table.trino, wanted) == len(ids(pages))
    assert sum(day_counts(table.trino, wanted).values()) == len(ids(pages))


@settings(max_examples=100)
@given(ROWS, FILTERS)
def test_a_cube_by_day_answers_what_statements_of_their_own_do(rows: list[Row], wanted: AssetFilter) -> None:
    table, known = filled(rows)
    counted = cube(table.trino, wanted, by_day=True)
    assert counted.day_counts(wanted) == day_counts(table.trino, wanted)
    within = counted.of_days(wanted)
    for each in (counted, within, cube(table.trino, wanted)):
        assert each.totals(wanted) == totals(table.trino, wanted)
        assert each.facets(wanted) == facets(table.trino, wanted)
        shown = {known[asset_id].tag for asset_id in expected(known, wanted)}
        assert each.different("tag", wanted) == len(shown)
    assert within.of_days(wanted) is within


@settings(max_examples=100)
@given(ROWS, ROWS, FILTERS, st.sampled_from(["newest", "oldest"]), st.integers(1, 9))
def test_counts_that_are_out_of_date_lose_nothing_that_they_knew(
    rows: list[Row], late: list[Row], wanted: AssetFilter, sort: Sort, size: int
) -> None:
    table, known = filled(rows)
    counts = day_counts(table.trino, wanted)
    gone = set(list(known)[::3])
    for asset_id in gone:
        table.remove(asset_id)
    new = {table.add(row, f"late {i}"): row for i, row in enumerate(late)}
    shown = ids(walk(table, wanted, size, sort=sort, counts=lambda _: whole_days(counts)))
    assert len(shown) == len(set(shown))
    assert set(expected(known, wanted)) - gone <= set(shown)
    if counts:
        inside = replace(wanted, since=min(counts), until=max(counts))
        assert set(expected(new, inside)) <= set(shown), "also of days that had nothing when they were counted"


@settings(max_examples=50)
@given(ROWS, FILTERS, SORTS, st.integers(1, 9))
def test_counts_of_everything_bound_the_days_of_any_filter(
    rows: list[Row], wanted: AssetFilter, sort: Sort, size: int
) -> None:
    table, known = filled(rows)
    wider = day_counts(table.trino, AssetFilter())
    assert ids(walk(table, wanted, size, sort=sort, counts=lambda _: whole_days(wider))) == expected(
        known, wanted, sort
    )


@settings(max_examples=100)
@given(ROWS, FILTERS, st.sampled_from(["newest", "oldest"]), st.integers(1, 9), st.integers(0, 3))
def test_a_walk_on_a_budget_gets_there_in_more_pages(
    rows: list[Row], wanted: AssetFilter, sort: Sort, size: int, windows: int
) -> None:
    table, known = filled(rows)
    now = [0.0]

    def tick(_sql: str) -> None:
        now[0] += 1

    table.on_query = tick
    pages = walk(table, wanted, size, sort=sort, budget=windows, clock=lambda: now[0])
    assert ids(pages) == expected(known, wanted, sort)
    assert all(each.has_more for each in pages if each.partial)
    assert all(each.partial or len(each.assets) == size for each in pages[:-1])


def test_a_budget_that_is_used_up_gives_what_there_is_and_goes_on_from_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "NARROWED", 1)
    table, known = filled([Row(day=day, tag="user" if day == 0 else "other") for day in range(9)])
    now = [0.0]

    def tick(_sql: str) -> None:
        now[0] += 1

    table.on_query = tick
    wanted = AssetFilter(tags=("user",))
    first = page(table.trino, wanted, signing_key=KEY, size=2, budget=1, clock=lambda: now[0])
    assert (first.assets, first.partial) == ((), True)
    assert len(table.asked) == 2, "the days, and one window of them"
    assert ids(walk(table, wanted, 2, budget=1, clock=lambda: now[0])) == expected(known, wanted)


@settings(max_examples=60)
@given(ROWS, SORTS, FILTERS, st.integers(1, 9))
def test_every_page_is_bounded_in_time_and_never_skips_by_number(
    rows: list[Row], sort: Sort, wanted: AssetFilter, size: int
) -> None:
    table, _ = filled(rows)
    walk(table, wanted, size, sort=sort)
    for sql in table.asked:
        assert "OFFSET" not in sql
        if "ORDER BY" in sql and "GROUP BY" not in sql:
            assert ("upload_time < ?" if sort == "oldest" else "upload_time >= ?") in sql


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_a_page_within_a_large_day_reads_that_day_only(sort: Sort) -> None:
    table, known = filled([Row(day=day, millisecond=i * 288_000) for day in range(3) for i in range(300)])
    counts = whole_days(day_counts(table.trino, AssetFilter()))
    table.asked.clear()
    table.values.clear()
    pages = walk(table, AssetFilter(), 4, sort=sort, counts=lambda _: counts)
    assert ids(pages) == expected(known, AssetFilter(), sort)
    assert len(table.asked) == len(pages), "one statement a page"
    # Where a day goes to its end, so that few are left of it, the next one is read with it.
    days = [START + dt.timedelta(days=day) for day in range(4)]
    wide = sum(
        values[0] != max(day for day in days if day <= shown.assets[-1].upload_time)
        if sort == "newest"
        else values[0] != min(day for day in days if day > shown.assets[-1].upload_time)
        for values, shown in zip(table.values, pages, strict=True)
    )
    assert 0 < wide < 30 < len(pages) / 5


@pytest.mark.parametrize(("sort", "day"), [("newest", dt.date(2026, 9, 30)), ("oldest", dt.date(2026, 9, 1))])
def test_a_page_reads_only_the_days_that_it_needs(sort: Sort, day: dt.date) -> None:
    table, _ = filled([Row(day=day, millisecond=60_000 * i) for day in range(30) for i in range(50)])
    counts = day_counts(table.trino, AssetFilter())
    table.asked.clear()
    first = page(table.trino, AssetFilter(), signing_key=KEY, sort=sort, counts=lambda _: whole_days(counts))
    assert len(table.asked) == 1
    assert {asset.upload_time.date() for asset in first.assets} == {day}


def test_days_that_come_out_short_are_doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "NARROWED", 1)
    table, known = filled([Row(day=day, tag="user" if day == 0 else "other") for day in range(60)])
    rare = AssetFilter(tags=("user",))
    assert ids([page(table.trino, rare, signing_key=KEY, size=1)]) == expected(known, rare)
    assert len(table.asked) <= 7, "one of days and six of windows, not sixty"


def test_a_filter_looks_through_more_at_once() -> None:
    table, known = filled([Row(day=day, tag="user" if day == 0 else "other") for day in range(60)])
    rare = AssetFilter(tags=("user",))
    assert ids([page(table.trino, rare, signing_key=KEY, size=1)]) == expected(known, rare)
    assert len(table.asked) == 2, "one of days and one of a window that is wide enough for what few rows there are"


def files_of(known: dict[str, Row], each_day: int) -> list[FileRange]:
    """Return ranges of files as an engine may have written the rows: so many for each day."""
    held: dict[tuple[dt.date, int], list[dt.datetime]] = {}
    for number, row in enumerate(known.values()):
        held.setdefault((row.moment.date(), number % each_day), []).append(row.moment)
    return [FileRange(min(moments), max(moments), len(moments)) for moments in held.values()]


@settings(max_examples=150)
@given(ROWS, FILTERS, st.sampled_from(["newest", "oldest"]), st.integers(1, 9), st.integers(1, 9))
def test_parts_of_days_that_files_tell_lose_nothing(
    rows: list[Row], wanted: AssetFilter, sort: Sort, size: int, part: int
) -> None:
    table, known = filled(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spans, "PART", part)
        told = spans_of(files_of(known, each_day=1 + part % 3))
    assert told == sorted(told)
    assert all(one.end <= other.start for one, other in pairwise(told))
    assert all(any(span.start <= row.moment < span.end for span in told) for row in known.values())
    assert ids(walk(table, wanted, size, sort=sort, counts=lambda _: told)) == expected(known, wanted, sort)


def test_a_day_of_many_rows_is_told_in_parts_where_its_files_have_rows() -> None:
    hour, day = dt.timedelta(hours=1), dt.timedelta(days=1)
    small = FileRange(START, START + 3 * hour, 2 * PART)
    assert spans_of([small]) == [Span(START, START + day, 2 * PART)]
    large = FileRange(START + day + 6 * hour, START + day + 18 * hour, 24 * PART)
    told = spans_of([large, small])[1:]
    assert [told[0].start, told[-1].end] == [START + day + 6 * hour, START + day + 19 * hour]
    assert {round(span.rows, -2) for span in told[:-1]} == {2 * PART}
    assert told[-1].rows == 1, "the last row lies on the edge"
    moment = START + 2 * day + 90 * hour / 60
    assert spans_of([FileRange(moment, moment, 24 * PART)]) == [
        Span(START + 2 * day + hour, START + 2 * day + 2 * hour, 24 * PART + 1)
    ]


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_a_page_within_a_large_day_reads_a_part_of_it(sort: Sort) -> None:
    table, known = filled([Row(millisecond=1_000 * i) for i in range(600)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spans, "PART", 1)
        told = spans_of(files_of(known, 1))
    pages = walk(table, AssetFilter(), 20, sort=sort, counts=lambda _: told)
    assert ids(pages) == expected(known, AssetFilter(), sort)
    widths = [
        abs(last - first)
        for values in table.values
        for first, last in pairwise(values)
        if isinstance(first, dt.datetime) and isinstance(last, dt.datetime)
    ]
    assert max(widths) < dt.timedelta(minutes=5), "two parts of the day, whose rows lie within ten minutes"


def test_what_is_sorted_by_size_or_name_must_be_few_or_days_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MOST_SORTED", 3)
    table, known = filled([Row(day=day, size=day) for day in range(4)])
    for sort in ("largest", "smallest", "name"):
        for half in ({}, {"since": EVER["since"]}, {"until": EVER["until"]}):
            with pytest.raises(BadInputError, match="4 assets are too many") as raised:
                page(table.trino, AssetFilter(**half), signing_key=KEY, sort=sort)
            assert raised.value.code == "page-days"
            assert "since and until" in raised.value.fix
        chosen = AssetFilter(**EVER)
        assert ids(walk(table, chosen, 3, sort=sort)) == expected(known, chosen, sort)
        fewer, wider = AssetFilter(min_size=1), day_counts(table.trino, AssetFilter())
        assert ids(walk(table, fewer, 2, sort=sort)) == expected(known, fewer, sort)
        assert ids(walk(table, fewer, 2, sort=sort, counts=lambda _: whole_days(wider))) == expected(known, fewer, sort)  # noqa: B023 - called within the turn


def test_names_that_only_differ_far_behind_keep_to_the_order_of_their_ids() -> None:
    table, known = filled([Row(day=i % 3, title="x" * 64 + ending) for i, ending in enumerate("cabdab")])
    shown = ids(walk(table, AssetFilter(), 2, sort="name"))
    assert shown == sorted(known)


def test_values_never_get_into_the_statement() -> None:
    hostile = "it's; DROP TABLE assets --"
    table, _ = filled([Row(tag=hostile, title=hostile, labels=(hostile,), mime_type=hostile)])
    wanted = AssetFilter(
        tags=(hostile, "?"), kinds=("image",), labels=(hostile,), mime_types=(hostile,), text=hostile, **EVER
    )
    assert count(table.trino, wanted) == 1
    for sort in ORDERS:
        assert len(page(table.trino, wanted, signing_key=KEY, sort=sort).assets) == 1
    assert facets(table.trino, wanted)["tag"] == {hostile: 1}
    assert not any("DROP" in sql for sql in table.asked)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (AssetFilter(since=dt.date(2026, 9, 2), until=dt.date(2026, 9, 1)), "between since = 2026-09-02"),
        (AssetFilter(min_size=2, max_size=1), "between min_size = 2 and max_size = 1"),
        (AssetFilter(min_width=-1), "min_width = -1"),
        (AssetFilter(max_size=2**63), "max_size"),
        (AssetFilter(min_duration=float("nan")), "min_duration = nan"),
        (AssetFilter(max_duration=float("inf")), "max_duration = inf"),
    ],
)
def test_a_range_that_holds_nothing_is_refused(wanted: AssetFilter, says: str) -> None:
    with pytest.raises(BadInputError, match=says) as raised:
        count(Table().trino, wanted)
    assert raised.value.code == "media-filter"


def test_all_labels_must_be_there_and_one_of_the_other_values() -> None:
    table, known = filled([Row(labels=labels) for labels in (("a", "b", "c"), ("a", "c"), ("b",), ())])
    assert ids(walk(table, AssetFilter(labels=("a", "b")), 9)) == [next(iter(known))]
    assert count(table.trino, AssetFilter(labels=("a",))) == 2
    assert count(table.trino, AssetFilter(kinds=("image", "video"))) == 4


def test_facets_count_each_value_under_the_other_filters() -> None:
    kinds = [("product", "image")] * 3 + [("user", "image")] + [("user", "audio")] * 2
    table, _ = filled(
        [Row(millisecond=i, tag=tag, kind=kind, size=i) for i, (tag, kind) in enumerate(kinds)]
        + [Row(tag="user", size=99)]
    )
    found = facets(table.trino, AssetFilter(tags=("user",), kinds=("image",), max_size=50))
    assert len(table.asked) == 1
    assert found == {
        "tag": {"product": 3, "user": 1},
        "kind": {"audio": 2, "image": 1},
        "source_system": {"api": 1},
        "mime_type": {"image/png": 1},
    }
    assert list(found["tag"]) == ["product", "user"]


def test_one_cube_answers_every_choice_of_its_columns() -> None:
    tags, kinds = ("product", "user"), ("image", "audio", "video")
    table, _ = filled(
        [
            Row(millisecond=i, tag=tags[i % 2], kind=kinds[i % 3 % 2], mime_type=f"type/{i % 5}", size=i)
            for i in range(40)
        ]
    )
    counted = cube(table.trino, AssetFilter(tags=("user",), max_size=30))
    asked = len(table.asked)
    wanted = [
        AssetFilter(max_size=30, tags=some_tags, kinds=some_kinds, mime_types=types)
        for some_tags in ((), ("user",), tags, ("other",))
        for some_kinds in ((), ("audio",), kinds)
        for types in ((), ("type/0", "type/3"))
    ]
    answers = [(counted.totals(each).assets, counted.facets(each)) for each in wanted]
    assert len(table.asked) == asked
    assert answers == [(count(table.trino, each), facets(table.trino, each)) for each in wanted]
    assert len({number for number, _ in answers}) > 5


def test_one_asset_is_found_by_its_day_and_by_any_id() -> None:
    table, known = filled([Row()])
    found = get(table.trino, next(iter(known)))
    assert found is not None
    assert found.upload_time == START
    assert "upload_time >= ?" in table.asked[0]
    assert len(table.asked) == 1
    assert get(table.trino, "made-elsewhere") is None


@pytest.mark.parametrize("size", [0, -1, 201])
def test_a_page_of_an_odd_size_is_refused(size: int) -> None:
    with pytest.raises(BadInputError, match="1 to 200"):
        page(Table().trino, AssetFilter(), signing_key=KEY, size=size)


def test_an_order_that_there_is_not_is_refused() -> None:
    with pytest.raises(BadInputError, match="nothing is sorted by 'colour'"):
        page(Table().trino, AssetFilter(), signing_key=KEY, sort="colour")  # pyright: ignore[reportArgumentType] - what a person may type
