"""What is written of thumbnails that could not be made names no place: not all who see a row may see that."""

from __future__ import annotations

from lakefront.config import load_settings
from lakefront.errors import BadInputError, CheckFailedError
from lakefront.media.objects import MISSING
from lakefront.media.probe import examine
from lakefront.media.thumbnail_outcomes import SLOW, not_kept_yet, reason
from lakefront.media.thumbnailing import Made
from lakefront.semantic import layer_here
from tests.support.cli import ROOT
from tests.support.pictures import picture, saved

ORIGINAL = "s3://media/raw/images/2026-10-31/ab/abc.png"


def test_a_reason_names_no_place() -> None:
    damaged = BadInputError("media-damaged", f"{ORIGINAL} cannot be decoded: cut short", fix="export it again")
    missing = CheckFailedError(MISSING, "there is no media/raw/images/abc.png in the object store", fix="upload it")
    assert reason(Made("abc", ORIGINAL, error=damaged)) == "the original cannot be decoded: cut short"
    assert reason(Made("abc", ORIGINAL, error=missing)) == "its original is not in the object store"
    assert reason(Made("abc", ORIGINAL, seconds=0.1)) is None
    long = BadInputError("media-damaged", "x" * 5000, fix="export it again")
    assert len(reason(Made("abc", ORIGINAL, error=long)) or "") == 500


def test_a_file_tells_how_long_its_thumbnails_took_and_is_the_same_whatever_that_was() -> None:
    data = saved(picture(1))
    first, second = examine(data).facts, examine(data).facts
    assert first.thumbnail_seconds is not None
    assert first.thumbnail_seconds >= 0
    assert first == second


def test_a_table_of_an_earlier_version_is_known_by_what_it_lacks() -> None:
    lacking = "COLUMN_NOT_FOUND: line 1:8: Column 'thumbnail_error' cannot be resolved"
    assert not_kept_yet(BadInputError("trino-user-error", lacking, fix=""))
    assert not not_kept_yet(BadInputError("trino-user-error", "TABLE_NOT_FOUND: line 1:8", fix=""))


def test_the_semantic_layer_calls_slow_what_is_listed_as_slow() -> None:
    metrics = layer_here(load_settings(bundle=ROOT)).metrics
    assert f"thumbnail_seconds >= {SLOW:g}" in str(metrics["slow_thumbnails"].filter)
