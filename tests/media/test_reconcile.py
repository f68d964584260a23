"""What S3 holds and what the table says: each difference is found, and no more goes than may."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lakefront.config import Settings
from lakefront.media.assets import split_path, thumbnail_key
from lakefront.media.description import Description
from lakefront.media.ingest import Ingest
from lakefront.media.objects import ObjectStore
from lakefront.media.reconcile import GRACE, Finding, Reconcile
from lakefront.media.sources import Bytes
from lakefront.trino import Trino
from tests.support.cli import lakefront
from tests.support.pictures import picture, saved

pytestmark = pytest.mark.stack

Seeds = Callable[[int], range]


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _take(settings: Settings, contents: list[bytes]) -> list[str]:
    """Take contents in; return the keys of their originals."""
    with Ingest(settings, workers=2) as ingest:
        found = ingest.run([Bytes(f"file {number}", data) for number, data in enumerate(contents)], Description())
        return [split_path(item.asset.s3_path)[1] for item in found if item.asset]


def _about(settings: Settings, *keys: str, now: dt.datetime | None = None, checksums: bool = False) -> list[Finding]:
    """Return what is found about these keys; other tests leave things behind, too."""
    return [
        found for found in Reconcile(settings, now=now).find(checksums=checksums) if split_path(found.path)[1] in keys
    ]


def test_what_was_taken_in_is_as_it_should_be(lake: Settings, seeds: Seeds) -> None:
    keys = _take(lake, [saved(picture(seed)) for seed in seeds(3)])
    assert len(keys) == 3
    assert _about(lake, *keys, checksums=True) == []
    assert _about(lake, *keys, checksums=True, now=_now() + GRACE * 2) == []


def test_an_object_without_a_row_goes_after_a_week_and_not_before(lake: Settings, seeds: Seeds) -> None:
    store = ObjectStore.from_settings(lake)
    data = saved(picture(*seeds(1)))
    keys = ["raw/images/2026-01-01/ab/abandoned.jpg", f"thumbs/320/{'e' * 64}.webp", "staging/gone/half"]
    for key in keys:
        store.put(key, data, "image/jpeg", replace=True)
    kinds = {split_path(found.path)[1]: found.kind for found in _about(lake, *keys)}
    assert kinds == {keys[0]: "orphan", keys[1]: "orphan", keys[2]: "left behind"}
    assert not any(found.may_go for found in _about(lake, *keys))
    young = Reconcile(lake, now=_now() + GRACE - dt.timedelta(minutes=1))
    assert list(young.remove(found for found in young.find() if split_path(found.path)[1] in keys)) == []

    later = Reconcile(lake, now=_now() + GRACE + dt.timedelta(minutes=1))
    findings = [found for found in later.find() if split_path(found.path)[1] in keys]
    assert {split_path(found.path)[1] for found in later.remove(findings)} == set(keys)
    assert [store.head(key) for key in keys] == [None, None, None]


def test_a_row_of_last_week_keeps_its_object(lake: Settings, engine: Trino, seeds: Seeds) -> None:
    (key,) = _take(lake, [saved(picture(*seeds(1)))])
    path = ObjectStore.from_settings(lake).path(key)
    between = _now()
    engine.query("DELETE FROM media.assets WHERE s3_path = ?", [path])
    # Six days from now, the state of a week ago is from before this test; the object is six days old.
    assert [found.may_go for found in _about(lake, key, now=_now() + dt.timedelta(days=6))] == [False]
    # A week after it was still there, it may be asked for as of then.
    assert _about(lake, key, now=between + GRACE) == []
    # A week and a minute from now, the state of a week ago no longer has the row.
    assert [found.may_go for found in _about(lake, key, now=_now() + GRACE + dt.timedelta(minutes=1))] == [True]


def test_lost_and_changed_objects_are_found(lake: Settings, seeds: Seeds) -> None:
    store = ObjectStore.from_settings(lake)
    contents = [saved(picture(seed)) for seed in seeds(4)]
    lost, longer, other, sound = _take(lake, contents)
    store.remove(lost)
    store.put(longer, contents[1] + b"more", "image/jpeg", replace=True)
    changed = bytearray(contents[2])
    changed[-3] ^= 1
    store.put(other, bytes(changed), "image/jpeg", replace=True)
    found = {split_path(item.path)[1]: item for item in _about(lake, lost, longer, other, sound)}
    assert {key: item.kind for key, item in found.items()} == {lost: "lost", longer: "differs", other: "differs"}
    assert found[longer].detail == f"{len(contents[1]) + 4:,} bytes, where its row says {len(contents[1]):,}"
    assert found[other].detail.startswith("MD5 ")
    assert not any(item.may_go for item in found.values())
    for key, data in zip((lost, longer, other), contents, strict=False):
        store.put(key, data, "image/jpeg", replace=True)
    assert _about(lake, lost, longer, other, sound) == []


def test_missing_thumbnails_are_found_and_made(lake: Settings, seeds: Seeds, tmp_path: Path) -> None:
    store = ObjectStore.from_settings(lake)
    keys = _take(lake, [saved(picture(seed, 700, 500)) for seed in seeds(2)])
    contents = [Path(key).stem for key in keys]
    thumbs = [thumbnail_key(contents[0], 320), thumbnail_key(contents[1], 1440)]
    before = [store.get(key) for key in thumbs]
    for key in thumbs:
        store.remove(key)
    assert {split_path(found.path)[1] for found in _about(lake, *thumbs)} == set(thumbs)
    looked = lakefront("media", "reconcile", "--format", "json", home=lake.home.root)
    assert looked.returncode == 1
    assert {row["path"] for row in json.loads(looked.stdout)} >= {store.path(key) for key in thumbs}
    assert "`lakefront media thumbnails` makes missing ones" in looked.stderr
    made = lakefront("media", "thumbnails", home=lake.home.root)
    assert made.returncode == 0, made.stderr
    assert "thumbnails of 2 originals made" in made.stderr
    assert [store.get(key) for key in thumbs] == before
    again = lakefront("media", "thumbnails", home=lake.home.root)
    assert "thumbnails of 0 originals made" in again.stderr
