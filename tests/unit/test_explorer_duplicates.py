"""The page of duplicates: what its address says, and which items of a group are told from the others."""

from __future__ import annotations

import datetime as dt
import importlib
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lakefront.media.assets import Asset
from lakefront.media.duplicates import MOST_SHOWN, Group
from tests.support.assets import made_up_asset

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "streamlit_app"))
state = importlib.import_module("state")
duplicates = importlib.import_module("components.duplicates")
DuplicatesState = state.DuplicatesState

TOKEN = "tcitUuod5gCcJRyaybakL1sic2FtZSIsMTI1NjdA"
ASSET = "01a0e1f5-4e0d-7219-be62-fb44e1366c77"
NOON = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)


def item(hours: int, **otherwise: Any) -> Asset:
    return replace(made_up_asset(1), upload_time=NOON + dt.timedelta(hours=hours), **otherwise)


@pytest.mark.parametrize("match", ["same", "near"])
@pytest.mark.parametrize("after", [None, TOKEN])
@pytest.mark.parametrize("opened", [None, ASSET])
def test_what_is_put_into_an_address_comes_out(match: str, after: str | None, opened: str | None) -> None:
    shown = DuplicatesState(match, after, opened)
    assert DuplicatesState.from_params({name: [value] for name, value in shown.to_params().items()}) == shown


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"match": ["<script>"], "after": ["x"], "open": ["../../etc"]},
        {"match": [], "after": ["a b c d e f g h i j k l"], "open": [""]},
        {"match": ["near", "other"], "kind": ["image"], "as": ["ana"]},
    ],
)
def test_what_makes_no_sense_is_left_out(params: dict[str, list[str]]) -> None:
    shown = DuplicatesState.from_params(params)
    assert shown == DuplicatesState()
    assert shown.to_params() == {}


def test_another_page_has_nothing_open() -> None:
    shown = DuplicatesState("near", None, ASSET)
    assert shown.at(TOKEN) == DuplicatesState("near", TOKEN, None)
    assert shown.showing(None) == DuplicatesState("near")


def test_the_oldest_came_in_first_and_the_largest_has_most_pixels() -> None:
    small = item(0, width=10, height=10, file_size=900)
    large = item(2, width=40, height=30, file_size=50)
    heavier = item(3, width=30, height=40, file_size=60)
    assert duplicates.oldest([large, small, heavier]) is small
    assert duplicates.largest([small, large, heavier]) is heavier, "as many pixels, more bytes"
    sounds = [item(1, width=None, height=None, file_size=5), item(0, width=None, height=None, file_size=5)]
    assert duplicates.largest(sounds) is sounds[1], "the same size: the one that came in first"


def test_room_is_that_of_what_is_seen() -> None:
    three = tuple(item(hour, file_size=size) for hour, size in enumerate((5, 7, 6)))
    assert duplicates.spare(Group("a", 3, 11, three)) == 11
    assert duplicates.spare(Group("a", 4, 99, three)) == 11, "one is gone, or not for this person"
    many = tuple(item(hour, file_size=1) for hour in range(MOST_SHOWN))
    assert duplicates.spare(Group("a", 100, 99, many)) == 99, "more than are shown"
