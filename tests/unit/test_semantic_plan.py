"""How a plan cuts time: arithmetic on periods as pandas does it, and which rows each window reads."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakefront.semantic import SemanticLayer, load_files
from lakefront.semantic.compile_scan import window_bounds
from lakefront.semantic.model import Grain, Span
from lakefront.semantic.plan import plan_query
from lakefront.semantic.plan_types import Window
from lakefront.semantic.query import parse_query
from lakefront.semantic.time import common_unit, local_time, nests, shift, truncate
from tests.support.oracle import floor, later
from tests.unit.test_semantic_compile import GOLDEN

_WHOLE_DAYS = [Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR]
_DAYS = st.dates(dt.date(1999, 1, 1), dt.date(2040, 1, 1))


@pytest.fixture(scope="module")
def layer() -> SemanticLayer:
    return load_files([GOLDEN / "model.yml"])


@settings(derandomize=True, max_examples=200, database=None)
@given(day=_DAYS, grain=st.sampled_from(_WHOLE_DAYS), count=st.integers(-60, 60))
def test_periods_are_those_of_pandas(day: dt.date, grain: Grain, count: int) -> None:
    midnight = dt.datetime.combine(day, dt.time())
    assert truncate(midnight, grain).date() == floor(day, grain.value)
    assert shift(midnight, grain, count).date() == later(day, (count, grain.value))


@settings(derandomize=True, max_examples=200, database=None)
@given(day=_DAYS, fine=st.sampled_from(_WHOLE_DAYS), coarse=st.sampled_from(_WHOLE_DAYS))
def test_a_grain_that_nests_never_crosses_the_coarser_one(day: dt.date, fine: Grain, coarse: Grain) -> None:
    start = truncate(dt.datetime.combine(day, dt.time()), fine)
    end = shift(start, fine, 1)
    if nests(fine, coarse):
        assert truncate(start, coarse) == truncate(end - dt.timedelta(seconds=1), coarse)
    assert nests(common_unit(fine, coarse), fine)
    assert nests(common_unit(fine, coarse), coarse)


def test_weeks_nest_in_nothing_longer() -> None:
    assert [grain for grain in _WHOLE_DAYS if nests(Grain.WEEK, grain)] == [Grain.WEEK]
    assert common_unit(Grain.WEEK, Grain.MONTH) is Grain.DAY


@pytest.mark.parametrize(
    ("window", "since", "until"),
    [
        (Window("running"), None, "2026-03-16"),
        (Window("to_date", reset=Grain.YEAR), "2026-01-01", "2026-03-16"),
        (Window("trailing", span=Span(count=7, grain=Grain.DAY)), "2026-01-25", "2026-03-16"),
        (Window("trailing", span=Span(count=3, grain=Grain.MONTH)), "2025-11-01", "2026-03-16"),
        # Half a month is compared with the same half of the month before.
        (Window(back=Span(count=1, grain=Grain.MONTH)), "2025-12-10", "2026-02-16"),
        (Window("running", back=Span(count=1, grain=Grain.YEAR)), None, "2025-03-16"),
    ],
    ids=str,
)
def test_a_window_reads_these_rows(window: Window, since: str | None, until: str) -> None:
    query = parse_query(["revenue"], since="2026-01-10", until="2026-03-16")
    bounds = window_bounds(window, Grain.MONTH, query, "UTC")
    got = [
        bound.date().isoformat() if isinstance(bound, dt.datetime) else None for bound in (bounds.since, bounds.until)
    ]
    assert got == [since, until]


def test_the_end_of_a_short_month_is_read_whole() -> None:
    query = parse_query(["revenue"], since="2026-03-01", until="2026-04-01")
    bounds = window_bounds(Window(back=Span(count=1, grain=Grain.MONTH)), Grain.DAY, query, "UTC")
    assert bounds.until == dt.datetime(2026, 3, 1)  # noqa: DTZ001 - a wall clock's time
    assert bounds.since == dt.datetime(2026, 2, 1)  # noqa: DTZ001 - a wall clock's time


def test_a_bound_with_a_zone_is_told_by_the_clock_of_the_column() -> None:
    moment = dt.datetime(2026, 1, 1, 20, tzinfo=dt.UTC)
    assert local_time(moment, "Asia/Seoul").isoformat() == "2026-01-02T05:00:00"
    assert local_time(dt.date(2026, 1, 1), "Asia/Seoul").isoformat() == "2026-01-01T00:00:00"


def test_metrics_of_one_fact_share_a_scan(layer: SemanticLayer) -> None:
    plan = plan_query(parse_query(["revenue", "gross", "average_order", "share"], ["status"]), layer)
    assert [branch.dataset.name for branch in plan.branches] == ["orders"]
    assert [leaf.name for leaf in plan.branches[0].leaves] == ["revenue", "gross", "order_count"]


def test_only_joins_that_are_needed_are_made(layer: SemanticLayer) -> None:
    plan = plan_query(parse_query(["list_value"], ["buyer_region.region"]), layer)
    assert [step.role for step in plan.branches[0].joins] == ["orders", "products", "buyer", "buyer_region"]
    assert plan_query(parse_query(["units_sold"], ["line"]), layer).branches[0].joins == ()
