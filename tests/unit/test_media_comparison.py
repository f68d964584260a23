"""Regions of the time, and what is counted and told of a comparison."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as some

from lakefront.media.comparison import Cell, Comparison
from lakefront.media.counting import Totals
from lakefront.media.filters import Where
from lakefront.media.regions import EVERYTHING, MOST_STRETCHES, Region, Stretch

START = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
INSTANT = dt.timedelta(microseconds=1)

times = some.integers(0, 60).map(lambda number: START + number * INSTANT)
stretches = some.lists(some.tuples(times, times).map(lambda pair: (min(pair), max(pair))), max_size=12)
ALL_TIMES = [START + number * INSTANT for number in range(62)]


def held(region: Region) -> set[dt.datetime]:
    return {time for time in ALL_TIMES if any(first <= time <= last for first, last in region.stretches)}


@given(stretches, stretches)
def test_regions_are_joined_and_cut_as_sets_are(one: list[Stretch], two: list[Stretch]) -> None:
    first, second = Region.of(one), Region.of(two)
    wanted = {time for time in ALL_TIMES if any(low <= time <= high for low, high in one)}
    assert held(first) == wanted
    assert bool(first) == bool(wanted)
    assert held(first | second) == held(first) | held(second)
    assert held(first & second) == held(first) & held(second)
    assert first & EVERYTHING == first
    assert first | EVERYTHING == EVERYTHING
    for (_, end), (start, _) in zip(first.stretches, first.stretches[1:], strict=False):
        assert end + INSTANT < start, "stretches that touch are one"


@given(stretches, some.integers(1, 5))
def test_fewer_stretches_leave_nothing_out(each: list[Stretch], most: int) -> None:
    region = Region.of(each)
    fewer = region.within(most)
    assert len(fewer.stretches) <= most
    assert held(region) <= held(fewer)
    assert fewer.stretches[:1] == () or fewer.stretches[0][0] == region.stretches[0][0]


def test_the_nearest_stretches_are_joined_first() -> None:
    at = [START + dt.timedelta(days=day) for day in (0, 1, 10, 11, 30)]
    region = Region.of((day, day) for day in at)
    assert region.within(3).stretches == ((at[0], at[1]), (at[2], at[3]), (at[4], at[4]))


def test_a_statement_has_so_many_stretches_at_most_and_none_for_all() -> None:
    where = Where()
    EVERYTHING.add_to(where)
    assert (where.sql, where.values) == ("", [])
    days = Region.of((START + dt.timedelta(days=2 * day),) * 2 for day in range(500))
    days.add_to(where)
    assert where.sql.count("BETWEEN") == MOST_STRETCHES
    assert len(where.values) == 2 * MOST_STRETCHES
    nothing = Where()
    Region().add_to(nothing)
    assert nothing.sql == " WHERE (false)"


def test_numbers_add_up_by_what_happened_by_value_and_by_column() -> None:
    found = Comparison(
        (
            Cell("added", (), "image", "product", 3, 0, 30),
            Cell("changed", ("tag", "title"), "image", "user", 2, 20, 25),
            Cell("changed", ("title",), "video", None, 1, 7, 7),
            Cell("removed", (), "video", "user", 4, 40, 0),
        )
    )
    assert found.totals("added") == Totals(3, 30)
    assert found.totals("changed") == Totals(3, 32)
    assert found.totals("removed") == Totals(4, 40)
    assert found.bytes == 30 + 5 - 40
    assert found.columns() == {"title": 3, "tag": 2}
    by_kind = found.by(lambda cell: cell.kind)
    assert {kind: dict(counts) for kind, counts in by_kind.items()} == {
        "image": {"added": 3, "changed": 2},
        "video": {"changed": 1, "removed": 4},
    }
    assert set(found.by(lambda cell: cell.tag)) == {"product", "user", ""}
