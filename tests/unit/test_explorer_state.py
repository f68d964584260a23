"""The gallery's state lives in the address: what is put in comes out, what makes no sense is left out."""

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

from lakefront.media.query import AssetFilter
from lakefront.media.tokens import Place, write_token

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "streamlit_app"))
state = importlib.import_module("state")
wording = importlib.import_module("wording")
GalleryState = state.GalleryState

NAMES = (
    "kind", "tag", "label", "source", "type", "text", "where", "since", "until", "min-bytes", "max-bytes", "min-width",
    "max-width", "min-height", "max-height", "min-seconds", "max-seconds", "indexed", "duplicates", "sort", "size",
    "view", "as-of", "after", "open", "exif", "layout",
)  # fmt: skip

words = some.text(some.characters(min_codepoint=32, exclude_categories=("Cs",)), min_size=1, max_size=30)
ids = some.uuids().map(str)
moments = some.integers(0, 250_000_000_000_000_000).map(
    lambda microseconds: dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=microseconds)
)


def token(moment: dt.datetime, asset_id: str) -> str:
    return str(write_token("a key of tests", Place("newest", moment, asset_id, 5), AssetFilter()))


def ranges(values: some.SearchStrategy[Any]) -> some.SearchStrategy[tuple[Any, Any]]:
    ends = some.none() | values
    return some.tuples(ends, ends).filter(lambda pair: None in pair or pair[0] <= pair[1])


whole = some.integers(0, 2**53)
lists = some.lists(words, unique=True, max_size=4).map(tuple)
tags = words.filter(lambda text: "=" not in text and bool(text.strip()))
filters = some.builds(
    lambda days, sizes, widths, heights, lengths, **others: AssetFilter(
        since=days[0],
        until=days[1],
        min_size=sizes[0],
        max_size=sizes[1],
        min_width=widths[0],
        max_width=widths[1],
        min_height=heights[0],
        max_height=heights[1],
        min_duration=lengths[0],
        max_duration=lengths[1],
        **others,
    ),
    days=ranges(some.dates(min_value=dt.date(1970, 1, 1))),
    sizes=ranges(whole),
    widths=ranges(whole),
    heights=ranges(whole),
    lengths=ranges(some.integers(0, 99_999).map(lambda tenths: tenths / 10)),
    kinds=lists,
    tags=lists,
    labels=lists,
    exif=some.lists(some.builds("{}={}".format, tags, words.filter(str.strip)), unique=True, max_size=3).map(tuple),
    mime_types=lists,
    source_systems=lists,
    text=words.map(lambda text: " ".join(text.split())),
    condition=words.map(lambda text: " ".join(text.split())),
    indexed=some.none() | some.booleans(),
    duplicates=some.none() | some.booleans(),
)
states = some.builds(
    GalleryState,
    filter=filters,
    sort=some.sampled_from(state.SORTS),
    size=some.sampled_from(state.SIZES),
    dense=some.booleans(),
    as_of=some.none()
    | some.integers(1, 2**63 - 1).map(str)
    | some.dates(min_value=dt.date(1970, 1, 1)).map(dt.date.isoformat),
    after=some.none() | some.builds(token, moments, ids),
    open=some.none() | ids,
    layout=some.sampled_from(state.LAYOUTS),
)


@given(states)
def test_a_copied_link_opens_the_same(shown: GalleryState) -> None:
    link = urlencode(shown.to_params(), doseq=True)
    assert GalleryState.from_params(parse_qs(link, keep_blank_values=True)) == shown


@given(
    some.dictionaries(
        some.sampled_from([*NAMES, "x"]),
        some.lists(some.text() | some.integers().map(str) | some.floats().map(str)),
    )
)
def test_no_address_breaks_it(params: dict[str, list[str]]) -> None:
    read = GalleryState.from_params(params)
    assert GalleryState.from_params({k: v if isinstance(v, list) else [v] for k, v in read.to_params().items()}) == read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("since", "yesterday"),
        ("since", "0001-01-01"),
        ("until", "2026-02-30"),
        ("after", "not a cursor"),
        ("after", "YWJj"),
        ("after", "A" * 40 + "/"),
        ("after", "A" * 5000),
        ("open", "../../etc/passwd"),
        ("open", "<script>"),
        ("tag", "a\x00b"),
        ("tag", "x" * 1000),
        ("min-bytes", "-1"),
        ("min-bytes", "1e3"),
        ("max-width", "9" * 30),
        ("min-seconds", "nan"),
        ("max-seconds", "inf"),
        ("indexed", "perhaps"),
        ("sort", "loudest"),
        ("size", "1000"),
        ("text", "  "),
        ("as-of", "0"),
        ("as-of", "main"),
        ("as-of", "9" * 20),
    ],
)
def test_nonsense_is_left_out(name: str, value: str) -> None:
    assert GalleryState.from_params({name: [value]}) == GalleryState()


def test_days_in_the_wrong_order_are_taken_in_the_right_one() -> None:
    read = GalleryState.from_params({"since": ["2026-10-31"], "until": ["2026-10-01"]})
    assert (read.filter.since, read.filter.until) == (dt.date(2026, 10, 1), dt.date(2026, 10, 31))


def test_another_filter_starts_at_its_first_page_with_nothing_open() -> None:
    deep = GalleryState(after=token(dt.datetime(2026, 10, 1, tzinfo=dt.UTC), "a"), open="a")
    for other in (deep.narrowed(kinds=("image",)), deep.cleared(), deep.arranged(sort="name"), deep.arranged(size=60)):
        assert (other.after, other.open) == (None, None)
    narrowed = deep.narrowed(kinds=("image",)).narrowed(text="lake")
    assert narrowed.filter == AssetFilter(kinds=("image",), text="lake")
    assert narrowed.arranged(sort="name").cleared() == GalleryState(sort="name")


def test_closing_an_item_stays_on_the_page() -> None:
    after = token(dt.datetime(2026, 10, 1, tzinfo=dt.UTC), "a")
    assert GalleryState(after=after, open="a").showing(None) == GalleryState(after=after)
    assert GalleryState(after=after, open="a").at(None) == GalleryState()


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (19_012_345, "19.0 MB"),
        (999_600_000, "1.00 GB"),
        (5 * 10**18, "5000 PB"),
    ],
)
def test_sizes_have_three_digits(size: int, said: str) -> None:
    assert wording.size(size) == said


@pytest.mark.parametrize(("seconds", "said"), [(0.2, "0:01"), (59.6, "1:00"), (3723, "1:02:03")])
def test_durations_read_like_a_players(seconds: float, said: str) -> None:
    assert wording.duration(seconds) == said


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (dt.date(2026, 10, 31), dt.date(2026, 10, 31), "31 Oct 2026"),
        (dt.date(2026, 10, 3), dt.date(2026, 10, 31), "3 – 31 Oct 2026"),
        (dt.date(2026, 9, 3), dt.date(2026, 10, 31), "3 Sep – 31 Oct 2026"),
        (dt.date(2025, 12, 31), dt.date(2026, 1, 1), "31 Dec 2025 – 1 Jan 2026"),
    ],
)
def test_a_span_of_days_says_nothing_twice(first: dt.date, last: dt.date, said: str) -> None:
    assert wording.days(first, last) == said


def test_counts_and_times_carry_their_unit() -> None:
    assert (wording.items(1), wording.items(12345)) == ("1 item", "12,345 items")
    assert (wording.milliseconds(0.0381), wording.milliseconds(1.25)) == ("38 ms", "1.2 s")
    seoul = dt.timezone(dt.timedelta(hours=9))
    assert wording.moment(dt.datetime(2026, 10, 31, 9, 5, tzinfo=seoul)) == "31 Oct 2026, 00:05 UTC"


@pytest.mark.parametrize(
    ("title", "path", "name"),
    [
        ("Lake: <at> dawn/../x", "s3://media/raw/ab.jpg", "Lake at dawn .. x.jpg"),
        ("///", "s3://media/raw/ab.jpg", "original.jpg"),
        ("산길", "s3://media/raw/ab.webp", "산길.webp"),
    ],
)
def test_a_download_is_named_after_its_title(title: str, path: str, name: str) -> None:
    assert wording.file_name(title, path) == name


def test_what_others_wrote_is_never_markdown() -> None:
    hostile = "[x](javascript:alert(1)) ![i](http://e.vil/i.png) <b> `code` :red[x] $a$ | #"
    said = wording.plain(hostile)
    assert said.replace("\\", "") == hostile
    assert all(said[at - 1] == "\\" for at, character in enumerate(said) if character in "[]()!<>`:$|#")


def test_our_own_sentences_keep_their_code() -> None:
    assert wording.words("see `lakefront logs trino`, then *run* it") == r"see `lakefront logs trino`\, then \*run\* it"
    assert "`" not in wording.words("an odd ` tick").replace("\\`", "")


def test_a_sentence_ends_once() -> None:
    assert wording.sentence("there is no column 'x'. Did you mean 'y'?").endswith("'y\\'\\?")
    assert wording.sentence("use one of a and b") == "Use one of a and b."
