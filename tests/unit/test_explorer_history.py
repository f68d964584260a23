"""The time machine's state in the address, and the words and bars of its line."""

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

from lakefront.media.states import State, Step

sys.path.insert(0, str(Path(__file__).parents[2] / "streamlit_app"))
HistoryState = importlib.import_module("history_state").HistoryState
line = importlib.import_module("components.history")

TOKEN = "tcitUuod5gCcJRyaybakL1sic2FtZSIsMTI1NjdA"
NOON = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)
states = some.sampled_from(
    [None, "1", "9223372036854775807", "2026-10-31", "2026-10-31T08:00Z", "2026-10-31T08:00:01.5"]
)


def read(query: str) -> Any:
    return HistoryState.from_params(parse_qs(query))


@given(before=states, later=states, change=some.sampled_from([None, "added", "changed", "removed"]))
def test_what_is_put_into_an_address_comes_out(before: Any, later: Any, change: Any) -> None:
    state = HistoryState(before, later, change, TOKEN if change else None)
    assert read(urlencode(state.to_params(), doseq=True)) == state


@pytest.mark.parametrize(
    "query",
    ["", "from=yesterday&to=0&show=all", "from=-1&to=1e9", f"after={TOKEN}", "show=&after=<b>", "from=" + "9" * 20],
)
def test_what_makes_no_sense_is_left_out(query: str) -> None:
    assert read(query) == HistoryState()


def test_other_states_and_another_change_begin_at_their_first_page() -> None:
    state = read(f"from=1&to=2&show=added&after={TOKEN}")
    assert state.between("3", None) == HistoryState("3", None, "added")
    assert state.of("removed") == HistoryState("1", "2", "removed")
    assert state.showing("x") == state


@pytest.mark.parametrize(
    ("deed", "rows", "with_numbers", "without"),
    [
        ("added", 40, "40 items added", "items were added"),
        ("removed", 1, "1 item removed", "items were removed"),
        ("changed", 1200, "1,200 items changed", "items were changed"),
        ("rewritten", None, "files were rewritten, no item changed", "files were rewritten, no item changed"),
    ],
)
def test_numbers_are_told_to_those_only_who_may_know_them(
    deed: Any, rows: int | None, with_numbers: str, without: str
) -> None:
    step = Step(State(1, NOON), deed, rows)
    assert line.deed(step, numbers=True) == with_numbers
    assert line.deed(step, numbers=False) == without
    assert line.deed(Step(State(1, NOON), deed, rows, first=True), numbers=True) == "the earliest state that is kept"
