"""Asset ids sort by time, are UUIDv7, and give their time back."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakefront.media.ids import new_id, stable_id, time_of

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MOMENTS = st.integers(0, 7_000 * 365 * 86_400 * 10**6).map(lambda us: EPOCH + dt.timedelta(microseconds=us))


@given(MOMENTS)
def test_an_id_is_a_uuid7_that_holds_its_time_to_the_millisecond(moment: dt.datetime) -> None:
    for made in (new_id(moment), stable_id(moment, "a")):
        value = uuid.UUID(made)
        assert value.version == 7
        assert value.variant == uuid.RFC_4122
        assert time_of(made) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@given(MOMENTS, MOMENTS)
def test_ids_sort_as_their_times(a: dt.datetime, b: dt.datetime) -> None:
    first, second = sorted((a, b))
    if second - first >= dt.timedelta(milliseconds=1):
        assert new_id(first) < new_id(second)


def test_a_stable_id_depends_on_every_part_and_a_new_one_on_chance() -> None:
    at = dt.datetime(2026, 10, 31, tzinfo=dt.UTC)
    assert stable_id(at, "ab", "c") == stable_id(at, "ab", "c")
    assert len({stable_id(at, "ab", "c"), stable_id(at, "a", "bc"), stable_id(at, "ab", "d")}) == 3
    assert new_id(at) != new_id(at)


@pytest.mark.parametrize(
    "text", ["", "nope", "6f0e2c8e-3b52-4c0f-9d5e-1a2b3c4d5e6f", "ffffffff-ffff-7fff-bfff-ffffffffffff"]
)
def test_what_holds_no_time_gives_none(text: str) -> None:
    assert time_of(text) is None
