"""The page of statistics: its state lives in the address, and its charts show what they are given."""

from __future__ import annotations

import datetime as dt
import importlib
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as some

sys.path.insert(0, str(Path(__file__).parents[2] / "streamlit_app"))
state = importlib.import_module("statistics_state")
charts = importlib.import_module("components.charts")
StatisticsState = state.StatisticsState

SERIES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7")
TODAY = dt.date(2026, 11, 29)
ASSETS = charts.Measure("assets", "Assets", "assets")
BYTES = charts.Measure("storage_bytes", "Storage", "bytes")

days = some.dates(min_value=dt.date(1970, 1, 1))
spans = some.tuples(some.none() | days, some.none() | days).filter(lambda pair: None in pair or pair[0] <= pair[1])


def read(query: str) -> Any:
    return StatisticsState.from_params(parse_qs(query))


@given(
    span=spans,
    last=some.sampled_from([None, *state.LAST_DAYS]),
    kinds=some.sets(some.sampled_from(state.KINDS)),
    grain=some.sampled_from([None, *state.GRAINS]),
)
def test_what_is_put_into_an_address_comes_out(span: Any, last: Any, kinds: Any, grain: Any) -> None:
    since, until = (None, None) if last else span
    made = StatisticsState(last, since, until, tuple(kind for kind in state.KINDS if kind in kinds), grain)
    assert read(urlencode(made.to_params(), doseq=True)) == made


@pytest.mark.parametrize(
    "query", ["last=31", "last=-30", "since=yesterday", "kind=x'%20OR%20true--", "grain=hour", "tag=product", "=", "&&"]
)
def test_what_makes_no_sense_is_left_out(query: str) -> None:
    assert read(query) == StatisticsState()


def test_the_last_days_end_today_and_win_over_others() -> None:
    assert read("last=30&since=2020-01-01").days(TODAY) == (dt.date(2026, 10, 31), TODAY)
    assert read("since=2026-05-02&until=2026-05-01").days(TODAY) == (dt.date(2026, 5, 1), dt.date(2026, 5, 2))
    assert read("").days(TODAY) == (None, None)


@pytest.mark.parametrize("query", ["", "since=2030-01-01", "until=2001-01-01", "last=30", "since=2026-10-01"])
def test_the_days_in_question_are_in_order(query: str) -> None:
    first, last = read(query).covered(TODAY, (dt.date(2026, 9, 2), dt.date(2026, 10, 31)))
    assert first <= last


def test_the_gallery_of_what_is_counted_has_its_days_and_kinds() -> None:
    wanted = {"kind": ["image"], "since": "2026-09-01", "until": "2026-11-29"}
    assert read("last=90&kind=image&grain=day").in_gallery(TODAY).to_params() == wanted


def test_the_day_after_the_last_one_does_not_count() -> None:
    assert state.day_after(dt.date(2026, 2, 28)) == dt.date(2026, 3, 1)
    assert state.day_after(None) is state.day_after(dt.date.max) is None


@pytest.mark.parametrize(("length", "grain"), [(1, "day"), (45, "day"), (46, "week"), (400, "week"), (401, "month")])
def test_periods_are_as_long_as_can_be_told_apart(length: int, grain: str) -> None:
    assert state.grain_for(length) == grain


def test_weeks_begin_on_monday_and_months_on_their_first() -> None:
    first, last = dt.date(2026, 9, 2), dt.date(2026, 9, 15)
    assert charts.periods(first, last, "week") == [dt.date(2026, 8, 31), dt.date(2026, 9, 7), dt.date(2026, 9, 14)]
    assert charts.periods(dt.date(2026, 12, 31), dt.date(2027, 2, 1), "month") == [
        dt.date(2026, 12, 1), dt.date(2027, 1, 1), dt.date(2027, 2, 1),
    ]  # fmt: skip
    assert charts.periods(first, first, "day") == [first]


def test_a_kind_has_its_colour_whichever_others_there_are() -> None:
    assert charts.colours(["video"], SERIES) == {"video": "#009E73"}
    assert charts.colours(["image", "audio", "model"], SERIES) == {
        "image": "#0072B2", "audio": "#E69F00", "model": "#CC79A7",
    }  # fmt: skip


def test_what_is_beside_the_largest_is_added_up() -> None:
    rows = [
        {"type": name, "kind": kind, "assets": count, "storage_bytes": size}
        for name, kind, count, size in [
            ("png", "image", 9, 90), ("jpeg", "image", 8, None), ("mp4", "video", 2, 20),
            ("gif", "image", 1, 10), (None, "image", 1, 5),
        ]
    ]  # fmt: skip
    made = charts.largest_and_other(rows, "type", ["assets", "storage_bytes"], 2)
    assert made == [
        {"type": "png", "kind": "image", "assets": 9, "storage_bytes": 90},
        {"type": "jpeg", "kind": "image", "assets": 8, "storage_bytes": 0},
        {"type": charts.OTHER, "kind": "video", "assets": 2, "storage_bytes": 20},
        {"type": charts.OTHER, "kind": "image", "assets": 2, "storage_bytes": 15},
    ]
    alone = charts.largest_and_other(rows[:3], "type", ["assets"], 2)
    assert [row["type"] for row in alone] == ["png", "jpeg", "mp4"], "one that is left is not called other"


@pytest.mark.parametrize(
    ("largest", "unit"), [(0, (1, "B")), (999, (1, "B")), (1000, (1000, "kB")), (3.5e9, (1_000_000_000, "GB"))]
)
def test_an_axis_of_bytes_is_in_a_unit_of_its_size(largest: float, unit: tuple[int, str]) -> None:
    assert charts.byte_unit(largest) == unit
    assert BYTES.axis(largest) == (unit[0], f"Storage ({unit[1]})")
    assert ASSETS.axis(largest) == (1, "Assets")


def test_sizes_are_told_in_full() -> None:
    assert BYTES.told(1_240_000) == "1.24 MB (1,240,000 bytes)"
    assert BYTES.told(12) == "12 bytes"
    assert ASSETS.told(12_345) == "12,345"


def test_storage_is_told_at_the_end_of_a_period_or_of_what_counts() -> None:
    rows = [
        {"week": dt.date(2026, 11, 16), "kind": "image", "storage_bytes": 2_000_000},
        {"week": dt.date(2026, 11, 16), "kind": "audio", "storage_bytes": 1_000_000},
        {"week": dt.date(2026, 11, 23), "kind": "image", "storage_bytes": 4_000_000},
        {"week": dt.date(2026, 11, 23), "kind": "audio", "storage_bytes": 1_000_000},
    ]
    until = dt.date(2026, 11, 27)
    figure = charts.growth(rows, charts.Time("week", "week"), BYTES, SERIES, until)
    drawn = {trace.name: (list(trace.x), list(trace.y)) for trace in figure.data}
    ends = [dt.date(2026, 11, 22), until]
    assert drawn == {"Images": (ends, [2, 4]), "Sounds": (ends, [1, 1]), "All": (ends, [3, 5])}
    assert figure.layout.yaxis.title.text == "Storage (MB)"


def test_bars_are_in_order_and_kinds_that_have_none_are_not_named() -> None:
    rows = [
        {"size": "1 to 3 MB", "kind": "image", "assets": 5},
        {"size": "0 to 1 MB", "kind": "image", "assets": 2},
        {"size": "0 to 1 MB", "kind": "audio", "assets": 0},
        {"size": None, "kind": "image", "assets": 9},
    ]
    for ranked, order in (
        (True, ["1 to 3 MB", "0 to 1 MB", "Unknown"]),
        (False, ["0 to 1 MB", "1 to 3 MB", "Unknown"]),
    ):
        figure = charts.by_value(rows, "size", [ASSETS], SERIES, ranked=ranked)
        assert list(figure.layout.yaxis.categoryarray) == order[::-1], "plotly counts from below"
        assert [trace.name for trace in figure.data if trace.type == "bar"] == ["Images"]
        assert figure.layout.xaxis.range[0] == 0
