"""Exports on the real engine and store: each format read back, as people who see less, with what is missing."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from lakefront.config import Settings
from lakefront.errors import BadInputError, CheckFailedError, NotAllowedError
from lakefront.media.assets import COLUMNS, Asset, split_path
from lakefront.media.catalog import MediaCatalog
from lakefront.media.description import Description
from lakefront.media.edits import Changes, Editor
from lakefront.media.export import PARQUET_KEY, WRITERS, Export, Format, Limits, Wanted, begin, originals
from lakefront.media.ingest import Ingest
from lakefront.media.metadata import TableMetadata
from lakefront.media.objects import ObjectStore
from lakefront.media.query import AssetFilter
from lakefront.media.sources import Bytes
from lakefront.trino import Trino
from tests.support.assets import made_up_asset
from tests.support.cli import lakefront
from tests.support.pictures import picture, saved

pytestmark = pytest.mark.stack

Seeds = Callable[[int], range]
FORMULA = '=HYPERLINK("https://example.com","호수")'


class Taken:
    """Media of one test, which a label of their own tells from others."""

    def __init__(self, lake: Settings, seeds: range) -> None:
        self.lake = lake
        self.label = f"export-{seeds[0]}"
        files = [Bytes(f"picture {seed}", saved(picture(seed))) for seed in seeds]
        with Ingest(lake, workers=2, by="mona") as ingest:
            found = list(ingest.run(files, Description(title=FORMULA, labels=(self.label, "a, b"))))
        self.assets = {item.asset.asset_id: item.asset for item in found if item.asset}
        self.without_object: list[str] = []

    @property
    def filter(self) -> AssetFilter:
        return AssetFilter(labels=(self.label,))

    def add_without_object(self) -> Asset:
        """Write a row that no object is behind."""
        made = made_up_asset(0, labels=(self.label,), title="Gone", exif={"Artist": "Mina Park"})
        MediaCatalog.from_settings(self.lake).append([made])
        self.without_object.append(made.asset_id)
        return made

    def export(self, user: str | None = None, limits: Limits = Limits(), **wanted: Any) -> Export:  # noqa: B008 - frozen
        trino = Trino.from_settings(self.lake, user=user, source="lakefront-tests")
        asked = Wanted(**({"filter": self.filter} | wanted))
        return begin(trino, asked, TableMetadata(self.lake), limits=limits)

    def written(self, of: Format, **asked: Any) -> bytes:
        return b"".join(WRITERS[of][0](self.export(**asked)))


@pytest.fixture(scope="module")
def taken(lake: Settings, seeds: Seeds) -> Taken:
    """Media that are the same after each test."""
    return Taken(lake, seeds(3))


@pytest.fixture
def own(lake: Settings, seeds: Seeds) -> Iterator[Taken]:
    """Media that a test may change."""
    made = Taken(lake, seeds(3))
    yield made
    if made.without_object:  # other tests look for what is missing
        Editor(lake, user=lake.env.trino_user).delete(made.without_object)


def test_csv_has_every_row_in_order_and_no_formula(taken: Taken) -> None:
    written = taken.written("csv").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(written, newline="")))
    newest = sorted(taken.assets.values(), key=lambda asset: (asset.upload_time, asset.asset_id), reverse=True)
    assert [row["asset_id"] for row in rows] == [asset.asset_id for asset in newest]
    for row, asset in zip(rows, newest, strict=True):
        assert row["title"] == f"'{FORMULA}"
        assert json.loads(row["labels"]) == list(asset.labels)
        assert row["upload_time"] == asset.upload_time.isoformat()
        assert (row["file_size"], row["duration_seconds"]) == (str(asset.file_size), "")


def test_parquet_has_the_tables_types_and_says_what_it_is(taken: Taken) -> None:
    table = pyarrow.parquet.read_table(io.BytesIO(taken.written("parquet")))
    for row in table.to_pylist():
        asset = {column.name: getattr(taken.assets[row["asset_id"]], column.name) for column in COLUMNS}
        row["exif"] = dict(row["exif"])
        assert row == asset | {"labels": list(asset["labels"]), "exif": dict(asset["exif"])}
    assert table.num_rows == len(taken.assets)
    assert str(table.schema.field("upload_time").type) == "timestamp[us, tz=UTC]"
    about = json.loads(table.schema.metadata[PARQUET_KEY.encode()])
    assert about["query"] == {"filter": {"labels": [taken.label]}, "sort": "newest"}
    assert about["snapshot"] == TableMetadata(taken.lake).current()


def test_json_has_an_object_for_each_asset_and_names_those_that_are_not_there(taken: Taken) -> None:
    ids = (*reversed(taken.assets), "01900000-0000-7000-8000-000000000000", "made-elsewhere")
    told = json.loads(taken.written("json", ids=ids, user="ana"))
    assert [asset["asset_id"] for asset in told["assets"]] == [*reversed(taken.assets)]
    assert told["not_found"] == sorted(ids[-2:])
    assert told["export"]["viewer"] == "ana"
    assert told["export"]["query"] == {"ids": list(ids)}
    assert told["count"] == len(taken.assets)


@pytest.mark.parametrize("of", WRITERS)
def test_nothing_is_left_is_a_file_all_the_same(taken: Taken, of: Format) -> None:
    data = taken.written(of, filter=AssetFilter(labels=("nobody has this",)))
    if of == "parquet":
        assert pyarrow.parquet.read_table(io.BytesIO(data)).num_rows == 0
    elif of == "json":
        assert json.loads(data)["assets"] == []
    else:
        assert data.decode("utf-8-sig").count("\r\n") == 1


def test_a_zip_has_the_originals_and_says_which_are_missing(own: Taken, lake: Settings) -> None:
    gone = own.add_without_object()
    zipped = originals(own.export(), ObjectStore.from_settings(lake))
    data = b"".join(zipped.stream())
    assert len(data) == zipped.length
    assert zipped.missing == (gone.asset_id,)
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert opened.testzip() is None
        told = json.loads(opened.read("manifest.json"))
        rows = list(csv.DictReader(io.StringIO(opened.read("manifest.csv").decode("utf-8-sig"), newline="")))
        assert told["missing"] == [gone.asset_id]
        assert len(rows) == len(told["assets"]) == len(own.assets) + 1
        for asset in told["assets"]:
            if asset["asset_id"] == gone.asset_id:
                assert (asset["file"], asset["missing"]) == (None, "it is not in the object store")
            else:
                content = opened.read(asset["file"])
                assert hashlib.sha256(content).hexdigest() == asset["sha256"]
        assert len(opened.namelist()) == 2 + len(own.assets)
        assert next(row for row in rows if row["asset_id"] == gone.asset_id)["file"] == ""


def test_an_object_that_changes_meanwhile_ends_the_zip(taken: Taken, lake: Settings) -> None:
    store = ObjectStore.from_settings(lake)
    zipped = originals(taken.export(), store)
    changed = next(iter(taken.assets.values()))
    _, key = split_path(changed.s3_path)
    before = store.get(key)
    try:
        store.put(key, b"something else", changed.mime_type, replace=True)
        with pytest.raises(CheckFailedError, match="changed in the object store"):
            list(zipped.stream())
    finally:
        store.put(key, before, changed.mime_type, replace=True)


@pytest.mark.parametrize("user", ["victor", "ana"])
def test_what_is_kept_from_a_person_is_in_no_format_of_hers(own: Taken, lake: Settings, user: str) -> None:
    gone = own.add_without_object()
    everything = json.loads(own.written("json"))
    assert {asset["asset_id"]: asset["exif"] for asset in everything["assets"]}[gone.asset_id] == dict(gone.exif)
    zipped = originals(own.export(user), ObjectStore.from_settings(lake))
    inside = zipfile.ZipFile(io.BytesIO(b"".join(zipped.stream())))
    files = [own.written(of, user=user) for of in WRITERS]
    for data in (*files, inside.read("manifest.csv"), inside.read("manifest.json")):
        assert b"Mina Park" not in data


def test_who_may_see_no_media_exports_none(taken: Taken) -> None:
    with pytest.raises(NotAllowedError):
        taken.export("tom")


def test_an_earlier_state_is_exported_as_it_was(own: Taken, lake: Settings) -> None:
    before = TableMetadata(lake).current()
    Editor(lake).change([*own.assets], Changes(title="Later"))
    earlier = json.loads(own.written("json", as_of=str(before)))
    assert {asset["title"] for asset in earlier["assets"]} == {FORMULA}
    assert (earlier["export"]["as_of"], earlier["export"]["snapshot"]) == (str(before), before)
    assert {asset["title"] for asset in json.loads(own.written("json"))["assets"]} == {"Later"}
    with pytest.raises(BadInputError, match="no state"):
        own.written("csv", as_of="12345")


def test_too_much_is_refused_in_words(taken: Taken, lake: Settings) -> None:
    with pytest.raises(BadInputError, match="3 items are too many") as raised:
        taken.export(limits=Limits(rows=2))
    assert raised.value.code == "export-rows"
    store = ObjectStore.from_settings(lake)
    for limits, code in ((Limits(files=2), "export-files"), (Limits(bytes=10), "export-bytes")):
        for wanted in ({}, {"ids": tuple(taken.assets)}):
            with pytest.raises(BadInputError) as raised:
                originals(taken.export(limits=limits, **wanted), store)
            assert raised.value.code == code


def _export(taken: Taken, out: Path, *arguments: str) -> tuple[int, str]:
    home = taken.lake.home.root
    done = lakefront("media", "export", "--label", taken.label, "--out", str(out), *arguments, home=home)
    return done.returncode, done.stderr


def test_the_command_writes_a_file_once_and_all_of_it_or_nothing(taken: Taken, tmp_path: Path) -> None:
    out = tmp_path / "media.csv"
    code, said = _export(taken, out, "--format", "csv")
    assert (code, "3 assets" in said) == (0, True), said
    assert out.read_bytes() == taken.written("csv")
    out.write_bytes(b"mine")
    code, said = _export(taken, out, "--format", "csv")
    assert (code, "export-there" in said, out.read_bytes()) == (2, True, b"mine")
    assert _export(taken, out, "--format", "csv", "--force")[0] == 0
    assert out.read_bytes() == taken.written("csv")
    code, said = _export(taken, out, "--format", "csv", "--force", "--user", "tom")
    assert code == 3
    assert out.read_bytes() == taken.written("csv")
    code, said = _export(taken, tmp_path / "nowhere" / "a.csv", "--format", "csv")
    assert (code, "export-not-writable" in said) == (3, True)
    assert [file.name for file in tmp_path.iterdir()] == ["media.csv"]


def test_the_command_says_which_originals_are_missing(own: Taken, tmp_path: Path) -> None:
    gone = own.add_without_object()
    out = tmp_path / "media.zip"
    code, said = _export(own, out, "--format", "zip")
    assert (code, gone.asset_id in said) == (5, True), said
    with zipfile.ZipFile(out) as opened:
        assert opened.testzip() is None
