"""Exports: cells that no spreadsheet runs, files that every system can unpack, a length that holds, and permits."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lakefront.errors import CheckFailedError, LakefrontError, NotAllowedError
from lakefront.media.export import FORMATS, LIFETIME, Format, Wanted, digest_of, read_permit, wanted_of, write_permit
from lakefront.media.export.names import Names
from lakefront.media.export.rows import csv_text, safe_cell
from lakefront.media.export.zip_layout import Entry, length, zipped
from lakefront.media.filters import AssetFilter
from lakefront.media.paging import walk
from lakefront.media.query import ORDERS, Sort
from tests.support.media_table import KEY, START, Row, Table

NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
DANGEROUS = "=+-@\t\r\n＝＋－＠"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@pytest.mark.parametrize("first", DANGEROUS)
def test_what_a_spreadsheet_would_run_becomes_text(first: str) -> None:
    assert safe_cell(f"{first}cmd|' /C calc'!A0") == f"'{first}cmd|' /C calc'!A0"


@pytest.mark.parametrize("text", ["", "Lake", "'Lake", " =1+1", "1-2", "호수", "a@b.example"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert safe_cell(text) == text


@settings(max_examples=300)
@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=8))
def test_no_cell_begins_a_formula_and_all_text_comes_back(rows: list[tuple[str, str]]) -> None:
    written = csv_text([{"title": title, "tag": tag} for title, tag in rows], ("title", "tag"), head=True)
    assert written.startswith("\ufefftitle,tag\r\n")
    read = list(csv.reader(io.StringIO(written.removeprefix("\ufeff"), newline="")))[1:]
    assert len(read) == len(rows)
    for cells, texts in zip(read, rows, strict=True):
        for cell, text in zip(cells, texts, strict=True):
            assert cell[:1] not in [*DANGEROUS]
            assert cell == (f"'{text}" if text[:1] in [*DANGEROUS] else text)


def test_cells_keep_what_they_are() -> None:
    row = {"a": True, "b": None, "c": 1.5, "d": ["=x", "y,z"], "e": {"k": "v"}, "f": -1}
    (cells,) = csv.reader(io.StringIO(csv_text([row], tuple(row), head=False)))
    assert cells == ["true", "", "1.5", '["=x","y,z"]', '{"k":"v"}', "-1"]


@pytest.mark.parametrize(
    ("title", "path", "name"),
    [
        ("Blue boat", "s3://media/a/b.JPG", "Blue boat.jpg"),
        ("../../etc/passwd", "s3://media/b.png", "etc passwd.png"),
        ("C:\\x<y>|?*", "s3://media/b.png", "C x y.png"),
        ("con", "s3://media/b.png", "_con.png"),
        ("LPT1.txt", "s3://media/b.png", "_LPT1.txt.png"),
        (". .", "s3://media/b.png", "untitled.png"),
        (None, None, "untitled"),
        ("a\u202egpj.exe", "s3://media/b.png", "a gpj.exe.png"),
        ("한낮의 호수", "s3://media/b.webp", "한낮의 호수.webp"),
        ("a", "s3://media/no-ending", "a"),
        ("a", "s3://media/x.e/vil", "a"),
    ],
)
def test_names_can_be_unpacked_anywhere(title: str | None, path: str | None, name: str) -> None:
    assert Names().name(title, path) == name


@settings(max_examples=200)
@given(st.lists(st.one_of(TEXTS, st.sampled_from(["a", "A", "a (2)", "Straße", "STRASSE", "x" * 500])), max_size=25))
def test_names_are_safe_and_each_is_there_once(titles: list[str]) -> None:
    names = Names()
    given_names = [names.name(title, "s3://media/x.png") for title in titles]
    assert len({name.casefold() for name in given_names}) == len(titles)
    for name in given_names:
        assert not set(name) & set('<>:"/\\|?*\x00\r\n')
        assert name == name.strip(". ")
        assert len(name.encode()) <= 255


ENTRIES = st.lists(
    st.tuples(
        st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\"), min_size=1, max_size=30),
        st.binary(max_size=300),
        st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2200, 1, 1), timezones=st.just(dt.UTC)),  # noqa: DTZ001 - it adds the zone
    ),
    unique_by=lambda entry: entry[0],
    max_size=12,
)


@settings(max_examples=200)
@given(ENTRIES)
def test_a_zip_is_as_long_as_was_said_and_opens(files: list[tuple[str, bytes, dt.datetime]]) -> None:
    entries = [Entry(name, len(data), moment) for name, data, moment in files]
    halves = (iter((data[: len(data) // 2], data[len(data) // 2 :])) for _, data, _ in files)
    made = b"".join(zipped(zip(entries, halves, strict=True)))
    assert len(made) == length(entries)
    with zipfile.ZipFile(io.BytesIO(made)) as opened:
        assert opened.testzip() is None
        assert [info.filename for info in opened.infolist()] == [name for name, _, _ in files]
        assert [opened.read(name) for name, _, _ in files] == [data for _, data, _ in files]


def test_more_than_four_gigabytes_and_what_comes_behind_them(tmp_path: Path) -> None:
    """Zeros are left out of the file, which is as long as if they stood there."""
    size = 2**32 + 5
    piece = bytes(2**24)
    entries = [Entry("large.bin", size, NOW), Entry("behind.txt", 3, NOW)]

    def zeros() -> Iterator[bytes]:
        for _ in range(size // len(piece)):
            yield piece
        yield piece[: size % len(piece)]

    path = tmp_path / "large.zip"
    with path.open("wb") as file:
        for data in zipped(zip(entries, (zeros(), iter((b"end",))), strict=True)):
            if data is piece:
                file.seek(len(data), io.SEEK_CUR)
            else:
                file.write(data)
    assert path.stat().st_size == length(entries)
    with zipfile.ZipFile(path) as opened:
        assert [info.file_size for info in opened.infolist()] == [size, 3]
        assert opened.read("behind.txt") == b"end"
        with opened.open("large.bin") as inside:
            assert inside.read(1000) == bytes(1000)


def test_more_entries_than_an_old_zip_can_count() -> None:
    entries = [Entry(f"{number}", 0, NOW) for number in range(70_000)]
    made = b"".join(zipped((entry, iter(())) for entry in entries))
    assert len(made) == length(entries)
    with zipfile.ZipFile(io.BytesIO(made)) as opened:
        assert len(opened.infolist()) == 70_000


@pytest.mark.parametrize("data", [b"ab", b"abcd"])
def test_a_file_that_is_not_as_long_as_it_was_ends_the_zip(data: bytes) -> None:
    with pytest.raises(CheckFailedError, match="changed in the object store"):
        list(zipped([(Entry("a", 3, NOW), iter((data,)))]))


FILTERS = st.builds(
    AssetFilter,
    tags=st.lists(TEXTS, max_size=3).map(tuple),
    text=TEXTS,
    since=st.none() | st.dates(),
    indexed=st.none() | st.booleans(),
    min_size=st.none() | st.integers(0, 2**40),
    max_duration=st.none() | st.floats(0, 1e6),
)
WANTED = st.builds(Wanted, filter=FILTERS, sort=st.sampled_from(list(ORDERS)), as_of=st.none() | st.just("42")) | (
    st.builds(Wanted, ids=st.lists(TEXTS, max_size=5).map(tuple))
)


@settings(max_examples=200)
@given(WANTED)
def test_what_is_wanted_is_read_from_its_text(wanted: Wanted) -> None:
    assert wanted_of(wanted.text()) == wanted


@pytest.mark.parametrize(
    "text", ["", "[]", "1", "{}", '{"filter":{"x":1},"sort":"newest"}', '{"filter":{},"sort":"no"}', '{"ids":1}']
)
def test_a_text_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(LakefrontError) as raised:
        wanted_of(text)
    assert raised.value.code == "export-query"


@pytest.mark.parametrize("of", FORMATS)
def test_a_permit_is_for_one_person_one_format_one_query_and_some_minutes(of: Format) -> None:
    token = write_permit(KEY, "ana", of, "what", now=NOW)
    permit = read_permit(KEY, token, now=NOW + LIFETIME - dt.timedelta(seconds=1))
    assert (permit.viewer, permit.format, permit.digest) == ("ana", of, digest_of("what"))
    with pytest.raises(NotAllowedError, match="too old"):
        read_permit(KEY, token, now=NOW + LIFETIME)
    with pytest.raises(NotAllowedError, match="not offered"):
        read_permit("another key", token, now=NOW)


@settings(max_examples=200)
@given(st.integers(0, 60), st.sampled_from("ABCxyz019-_"))
def test_an_altered_permit_is_refused(at: int, letter: str) -> None:
    token = write_permit(KEY, "ana", "csv", "what", now=NOW)
    altered = f"{token[:at]}{letter}{token[at + 1 :]}"
    if altered != token:
        with pytest.raises(NotAllowedError):
            read_permit(KEY, altered, now=NOW)


ROWS = st.lists(
    st.builds(Row, day=st.integers(0, 6), millisecond=st.integers(0, 2), title=st.sampled_from(["a", "b"])), max_size=25
)


@settings(max_examples=100)
@given(ROWS, st.sampled_from(list(ORDERS)), st.integers(1, 7))
def test_a_walk_gives_everything_once_in_order(rows: list[Row], sort: Sort, step: int) -> None:
    table = Table()
    ids = [table.add(row, str(number)) for number, row in enumerate(rows)]
    found = [asset for part in walk(table.trino, AssetFilter(), sort=sort, step=step) for asset in part]
    assert sorted(asset.asset_id for asset in found) == sorted(ids)
    falling = ORDERS[sort].falling
    if ORDERS[sort].by_time:
        places: list[Any] = [(asset.upload_time - START, asset.asset_id) for asset in found]
        assert places == sorted(places, reverse=falling)
