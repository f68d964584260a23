"""Walks while the table changes, earlier states, and tokens that are forged, altered or of another list."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakefront.errors import BadInputError
from lakefront.media.query import (
    BAD_TOKEN,
    NO_STATE,
    ORDERS,
    AsOf,
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
from lakefront.media.rows import table_as_of
from lakefront.media.signing import LONGEST
from lakefront.media.tokens import Place, read_token, write_token
from tests.support.media_table import KEY, START, Row, Table

EVERYTHING = AssetFilter()
ROWS = st.lists(
    st.builds(
        Row,
        day=st.integers(0, 6),
        millisecond=st.sampled_from([0, 1, 86_399_999]),
        size=st.integers(1, 3),
        title=st.sampled_from(["a", "b"]),
    ),
    max_size=30,
)
SORTS = st.sampled_from(list(ORDERS))
URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def turn(table: Table, after: str | None = None, **asked: Any) -> Page:
    asked = {"size": 2, "signing_key": KEY} | asked
    return page(table.trino, asked.pop("wanted", EVERYTHING), after=after, **asked)


def shown(pages: list[Page]) -> list[str]:
    return [asset.asset_id for each in pages for asset in each.assets]


def changed_walk(table: Table, ids: list[str], late: list[Row], **asked: Any) -> list[Page]:
    """Walk; before each further page an asset goes and another one comes."""
    pages = [turn(table, **asked)]
    while pages[-1].next:
        if ids:
            table.remove(ids.pop())
        if late:
            table.add(late.pop(), f"late {len(late)}")
        pages.append(turn(table, pages[-1].next, **asked))
    return pages


@settings(max_examples=150)
@given(ROWS, ROWS, SORTS, st.integers(1, 5))
def test_a_pinned_walk_shows_one_state_whatever_happens(
    rows: list[Row], late: list[Row], sort: Sort, size: int
) -> None:
    table = Table()
    ids = [table.add(row, str(i)) for i, row in enumerate(rows)]
    pin = table.commit()
    before = [*ids]
    pages = changed_walk(table, ids, late, pin=pin, sort=sort, size=size)
    assert sorted(shown(pages)) == sorted(before)
    assert not any(each.fell_back for each in pages)
    assert {each.snapshot for each in pages} == {pin}


@settings(max_examples=150)
@given(ROWS, ROWS, SORTS, st.integers(1, 5))
def test_a_walk_without_a_pin_shows_nothing_twice_and_all_that_stays(
    rows: list[Row], late: list[Row], sort: Sort, size: int
) -> None:
    table = Table()
    ids = [table.add(row, str(i)) for i, row in enumerate(rows)]
    left = [*ids]
    pages = changed_walk(table, left, late, sort=sort, size=size)
    assert len(shown(pages)) == len(set(shown(pages)))
    assert set(left) <= set(shown(pages))


@settings(max_examples=100)
@given(ROWS, ROWS, SORTS, st.integers(1, 5), st.booleans())
def test_when_a_snapshot_is_gone_the_walk_goes_on_in_the_newest_state(
    rows: list[Row], late: list[Row], sort: Sort, size: int, known: bool
) -> None:
    table = Table()
    ids = [table.add(row, str(i)) for i, row in enumerate(rows)]
    pin = table.commit()
    pages = [turn(table, pin=pin, sort=sort, size=size)]
    for i, row in enumerate(late):
        table.add(row, f"late {i}")
    now = table.commit()
    table.expire(pin)
    while pages[-1].next:
        pages.append(turn(table, pages[-1].next, pin=now if known else None, sort=sort, size=size))
    assert len(shown(pages)) == len(set(shown(pages)))
    assert set(ids) <= set(shown(pages))
    assert [each.fell_back for each in pages] == [at == 1 for at in range(len(pages))], "said once, where it happens"
    assert {each.snapshot for each in pages[1:]} <= {now if known else None}


def test_a_snapshot_from_before_a_new_column_is_as_good_as_gone() -> None:
    table = Table()
    table.add(Row())

    def refuse(sql: str) -> None:
        if "AS OF" in sql:
            raise BadInputError("trino-user-error", "COLUMN_NOT_FOUND: Column 'x' cannot be resolved", fix="")

    table.on_query = refuse
    found = turn(table, pin=table.commit())
    assert (len(found.assets), found.fell_back) == (1, True)


def test_an_error_that_is_not_about_the_state_is_told() -> None:
    table = Table()
    table.add(Row())
    pin = table.commit()

    def refuse(_sql: str) -> None:
        raise BadInputError("trino-user-error", "EXCEEDED_TIME_LIMIT: too long", fix="")

    table.on_query = refuse
    with pytest.raises(BadInputError, match="too long"):
        turn(table, pin=pin)
    assert len(table.asked) == 1


def test_an_earlier_state_is_read_by_everything() -> None:
    table = Table()
    first = table.add(Row(day=0))
    snapshot = table.commit(START)
    second = table.add(Row(day=1))
    table.remove(first)
    table.commit(START + dt.timedelta(days=2))
    for then in (
        of_snapshot(snapshot),
        parse_as_of(snapshot),
        parse_as_of("2026-09-02"),
        parse_as_of("2026-09-02T00:00Z"),
    ):
        assert shown([turn(table, as_of=then)]) == [first]
        assert count(table.trino, EVERYTHING, as_of=then) == 1
        assert list(day_counts(table.trino, EVERYTHING, as_of=then)) == [START.date()]
        assert facets(table.trino, EVERYTHING, as_of=then)["tag"] == {"product": 1}
        assert get(table.trino, first, as_of=then) is not None
        assert get(table.trino, second, as_of=then) is None
    assert shown([turn(table, as_of=parse_as_of("2026-09-03"))]) == [second]


def test_a_state_that_was_asked_for_and_is_not_there_is_never_another_one() -> None:
    table = Table()
    table.add(Row())
    gone = table.commit()
    table.expire(gone)
    pin = table.commit()
    for missing in (of_snapshot(gone), of_snapshot(7), parse_as_of("2026-08-30")):
        for ask in (
            lambda: turn(table, as_of=missing, pin=pin),  # noqa: B023 - called at once
            lambda: turn(table, as_of=missing, sort="name"),  # noqa: B023
            lambda: count(table.trino, EVERYTHING, as_of=missing),  # noqa: B023
            lambda: day_counts(table.trino, EVERYTHING, as_of=missing),  # noqa: B023
            lambda: facets(table.trino, EVERYTHING, as_of=missing),  # noqa: B023
            lambda: get(table.trino, "an id", as_of=missing),  # noqa: B023
        ):
            with pytest.raises(BadInputError, match="no state of the media") as raised:
                ask()
            assert raised.value.code == NO_STATE


@pytest.mark.parametrize("snapshot", [0, -1, 2**63, True, "5", 5.0, "5 OR 1=1"])
def test_only_a_number_of_a_snapshot_gets_into_a_statement(snapshot: Any) -> None:
    with pytest.raises(BadInputError, match="no state of the media"):
        table_as_of(Table().trino, AsOf("snapshot", snapshot=snapshot))


def test_names_and_times_of_states_are_typed_literals() -> None:
    trino = Table().trino
    moment = parse_as_of("2026-07-31T08:00+09:00")
    assert table_as_of(trino, moment) == (
        "media.assets FOR TIMESTAMP AS OF CAST('2026-07-30 23:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)"
    )
    assert table_as_of(trino, parse_as_of("12")) == "media.assets FOR VERSION AS OF CAST(12 AS BIGINT)"
    assert table_as_of(trino, AsOf("ref", ref="it's")) == "media.assets FOR VERSION AS OF 'it''s'"


PLACE = Place("newest", START, "0190f3d2-0000-7000-8000-000000000000", 5)
IDS = st.uuids().map(str)
TITLES = st.text(st.characters(exclude_categories=("Cs",)), max_size=64)
NUMBERS = st.integers(1, 2**63 - 1)
PINS = st.none() | NUMBERS
PLACES = st.one_of(
    st.builds(Place, st.sampled_from(["newest", "oldest"]), st.datetimes(timezones=st.just(dt.UTC)), IDS, PINS),
    st.builds(Place, st.sampled_from(["largest", "smallest"]), NUMBERS, IDS, PINS),
    st.builds(Place, st.just("name"), TITLES, IDS, PINS),
)


@given(PLACES)
def test_a_token_brings_its_place_back_and_fits_into_an_address(place: Place) -> None:
    token = write_token(KEY, place, EVERYTHING)
    assert read_token(KEY, token, place.sort, EVERYTHING) == place
    assert set(token) <= set(URL_SAFE)
    assert len(token) <= LONGEST


@given(st.data())
def test_an_altered_token_is_refused(data: st.DataObject) -> None:
    token = write_token(KEY, PLACE, EVERYTHING)
    at = data.draw(st.integers(0, len(token) - 1))
    kind = data.draw(st.sampled_from(["change", "cut", "add"]))
    new = data.draw(st.sampled_from(URL_SAFE).filter(lambda character: kind != "change" or character != token[at]))
    altered = token[:at] + ("" if kind == "cut" else new) + token[at + (kind != "add") :]
    if altered != token:
        with pytest.raises(BadInputError) as raised:
            read_token(KEY, altered, "newest", EVERYTHING)
        assert raised.value.code == BAD_TOKEN


@pytest.mark.parametrize("asset_id", ["", "a", "ab"])
def test_a_token_has_one_spelling(asset_id: str) -> None:
    """Whatever is left over of its last character's bits."""
    token = write_token(KEY, Place("newest", START, asset_id), EVERYTHING)
    for last in set(URL_SAFE) - {token[-1]}:
        with pytest.raises(BadInputError, match="not one of ours"):
            read_token(KEY, token[:-1] + last, "newest", EVERYTHING)


@given(st.text() | st.binary().map(lambda raw: raw.hex()))
def test_a_forged_token_is_refused(token: str) -> None:
    with pytest.raises(BadInputError, match="not one of ours"):
        read_token(KEY, token, "newest", EVERYTHING)


def test_a_token_of_another_key_is_refused() -> None:
    with pytest.raises(BadInputError, match="not one of ours"):
        read_token(KEY, write_token("another key", PLACE, EVERYTHING), "newest", EVERYTHING)


OTHERS = [
    AssetFilter(tags=("a",)),
    AssetFilter(kinds=("a",)),
    AssetFilter(source_systems=("a",)),
    AssetFilter(mime_types=("a",)),
    AssetFilter(labels=("a",)),
    AssetFilter(since=dt.date(2026, 9, 1)),
    AssetFilter(until=dt.date(2026, 9, 1)),
    AssetFilter(text="a"),
    AssetFilter(indexed=True),
    AssetFilter(indexed=False),
    *(
        AssetFilter(**{f"{end}_{name}": 5})
        for end in ("min", "max")
        for name in ("size", "width", "height", "duration")
    ),
]


def test_a_token_is_good_for_its_own_list_only() -> None:
    for wanted in OTHERS:
        token = write_token(KEY, PLACE, wanted)
        for other in [EVERYTHING, *OTHERS]:
            if other is not wanted:
                with pytest.raises(BadInputError, match="another filter, order or time"):
                    read_token(KEY, token, "newest", other)
    token = write_token(KEY, PLACE, EVERYTHING)
    with pytest.raises(BadInputError, match="another filter, order or time"):
        read_token(KEY, token, "oldest", EVERYTHING)
    with pytest.raises(BadInputError, match="another filter, order or time"):
        read_token(KEY, token, "newest", EVERYTHING, of_snapshot(5))


def test_values_in_another_order_are_the_same_filter() -> None:
    token = write_token(KEY, PLACE, AssetFilter(tags=("a", "b"), labels=("x", "y", "x")))
    assert read_token(KEY, token, "newest", AssetFilter(tags=("b", "a"), labels=("y", "x"))) == PLACE


def test_a_page_takes_no_token_of_another_list() -> None:
    table = Table()
    for day in range(5):
        table.add(Row(day=day))
    first = turn(table)
    assert first.next is not None
    for asked in ({"sort": "oldest"}, {"wanted": AssetFilter(kinds=("image",))}, {"signing_key": "another key"}):
        with pytest.raises(BadInputError) as raised:
            turn(table, first.next, **asked)
        assert raised.value.code == BAD_TOKEN
