"""What earlier runs have read is believed only of files that are the same, and never in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from lakefront.errors import NotAllowedError
from lakefront.media.journal import Journal
from lakefront.media.sources import Bytes, LocalFile, title_of


def test_a_file_is_known_by_address_size_and_time(tmp_path: Path) -> None:
    file = LocalFile(Path("a.jpg"), 10, "1")
    with Journal(tmp_path / "kept" / "journal.sqlite") as journal:
        journal.keep([(file, "ab")])
        assert journal.content_of(file) == "ab"
    with Journal(tmp_path / "kept" / "journal.sqlite") as journal:
        assert journal.content_of(file) == "ab"
        for other in (
            LocalFile(Path("b.jpg"), 10, "1"),
            LocalFile(Path("a.jpg"), 11, "1"),
            LocalFile(Path("a.jpg"), 10, "2"),
        ):
            assert journal.content_of(other) is None
        journal.keep([(file, "cd")])
        assert journal.content_of(file) == "cd"


def test_what_has_no_time_is_not_remembered(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal.sqlite") as journal:
        journal.keep([(Bytes("upload", b"x"), "ab")])
        assert journal.content_of(Bytes("upload", b"x")) is None


def test_a_name_may_be_bytes_that_are_no_text(tmp_path: Path) -> None:
    file = LocalFile(Path("caf\udce9.jpg"), 10, "1")
    with Journal(tmp_path / "journal.sqlite") as journal:
        journal.keep([(file, "ab")])
        assert journal.content_of(file) == "ab"


def test_a_file_that_is_no_database_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"not a database, " * 100)
    with Journal(path) as journal:
        assert journal.content_of(LocalFile(Path("a.jpg"), 10, "1")) is None


def test_a_place_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotAllowedError) as refused:
        Journal(tmp_path / "file" / "journal.sqlite")
    assert refused.value.code == "home-not-writable"


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("/a/b/blue_waves.jpg", "blue waves"),
        ("s3://camera/2026/봄 바다.JPG", "봄 바다"),
        ("C:\\Users\\ana\\scan.final.pdf.png", "scan.final.pdf"),
        (".jpg", ".jpg"),
        ("a\nb\u202egpj.exe", "a b gpj"),
        ("s3://camera/folder/", "folder"),
        ("\u200b.jpg", "Untitled"),
        (f"{'n' * 300}.jpg", "n" * 200),
    ],
)
def test_a_title_is_the_name_of_the_file_in_words(address: str, title: str) -> None:
    assert title_of(address) == title
