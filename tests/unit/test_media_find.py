"""`lakefront media find`: its options are the filter's fields."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from lakefront.cli.media_filters import wanted_by
from lakefront.cli.media_find import find_command
from lakefront.media.query import AssetFilter

WORDS = (
    "--kind image --kind video --tag product --source api --type image/png --label a --label b --text Lake "
    "--since 2026-10-01 --until 2026-10-31 --not-indexed --min-bytes 1 --max-bytes 2 --min-width 3 --max-width 4 "
    "--min-height 5 --max-height 6 --min-duration 7.5 --max-duration 8.5 --duplicates --where width>1 "
    "--exif Model=x-100"
)


#: Options that are not of the filter.
OTHERS = {"view", "sort", "size", "after", "as_of", "budget", "user", "output_format"}


def wanted(words: str) -> AssetFilter:
    said = find_command.make_context("find", words.split()).params
    return wanted_by({name: value for name, value in said.items() if name not in OTHERS})


def test_every_field_of_the_filter_is_an_option() -> None:
    asked = wanted(WORDS)
    assert asked == AssetFilter(
        kinds=("image", "video"),
        tags=("product",),
        source_systems=("api",),
        mime_types=("image/png",),
        labels=("a", "b"),
        exif=("Model=x-100",),
        text="Lake",
        since=dt.date(2026, 10, 1),
        until=dt.date(2026, 10, 31),
        indexed=False,
        duplicates=True,
        condition="width>1",
        min_size=1,
        max_size=2,
        min_width=3,
        max_width=4,
        min_height=5,
        max_height=6,
        min_duration=7.5,
        max_duration=8.5,
    )
    everything = dataclasses.asdict(AssetFilter())
    assert [name for name, value in dataclasses.asdict(asked).items() if value == everything[name]] == []


def test_options_take_the_place_of_what_a_saved_view_says() -> None:
    base = AssetFilter(kinds=("image",), tags=("user",), min_width=5, indexed=True)
    said = find_command.make_context("find", ["--tag", "product", "--not-indexed"]).params
    asked = wanted_by({name: value for name, value in said.items() if name not in OTHERS}, base)
    assert asked == dataclasses.replace(base, tags=("product",), indexed=False)


@pytest.mark.parametrize("words", ["", "--text ", "--size 5 --sort name"])
def test_without_them_nothing_is_left_out(words: str) -> None:
    assert wanted(words.replace("--text ", "--text=")) == AssetFilter()
