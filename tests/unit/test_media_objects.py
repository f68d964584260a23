"""Addresses of objects: keys made from content, and signed addresses that a browser can cache."""

from __future__ import annotations

import datetime as dt
import socket
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from lakefront.config import Settings, load_settings
from lakefront.errors import BadInputError, UnreachableError
from lakefront.media.assets import original_key, split_path, thumbnail_key
from lakefront.media.objects import ObjectStore, client, presign, signed_url

ROOT = Path(__file__).resolve().parents[2]
NOON = dt.datetime(2026, 10, 31, 12, 10, tzinfo=dt.UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    environ = {
        "LAKEFRONT_S3_ACCESS_KEY": "someone",
        "LAKEFRONT_S3_SECRET_KEY": "a secret/with+signs",
        "LAKEFRONT_SUPERSET_SECRET_KEY": "x",
        "LAKEFRONT_SUPERSET_PASSWORD": "x",
        "LAKEFRONT_SIGNING_KEY": "x",
        "LAKEFRONT_OBJECTS_URL": "http://127.0.0.1:1/base",
    }
    return load_settings(bundle=ROOT, home=tmp_path, environ=environ)


def test_keys_are_made_from_day_and_content() -> None:
    key = original_key("image", dt.date(2026, 10, 31), "ab" * 32, "jpg")
    assert key == f"raw/images/2026-10-31/ab/{'ab' * 32}.jpg"
    assert original_key("audio", dt.date(2026, 1, 2), "cd" * 32, "mp3").startswith("raw/audio/2026-01-02/cd/")
    assert thumbnail_key("ab" * 32, 320) == f"thumbs/320/{'ab' * 32}.webp"


@pytest.mark.parametrize("path", ["", "media/a.jpg", "s3://media", "s3:///a.jpg", "http://media/a.jpg"])
def test_what_is_no_s3_path_is_refused(path: str) -> None:
    with pytest.raises(BadInputError, match="not an S3 path"):
        split_path(path)


def test_an_address_stays_the_same_within_its_window_and_changes_after(settings: Settings) -> None:
    at_ten_past = presign(settings, "s3://media/raw/a.jpg", now=NOON)
    assert presign(settings, "s3://media/raw/a.jpg", now=NOON + dt.timedelta(minutes=49)) == at_ten_past
    assert presign(settings, "s3://media/raw/a.jpg", now=NOON + dt.timedelta(minutes=50)) != at_ten_past


def test_an_address_is_valid_for_a_whole_window_after_it_was_made(settings: Settings) -> None:
    late = NOON.replace(minute=59, second=59)
    fields = dict(parse_qsl(urlsplit(presign(settings, "s3://media/a.jpg", now=late)).query))
    signed = dt.datetime.strptime(fields["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
    assert signed == NOON.replace(minute=0)
    assert signed + dt.timedelta(seconds=int(fields["X-Amz-Expires"])) >= late + dt.timedelta(hours=1)


def test_a_download_gets_its_name_safely(settings: Settings) -> None:
    url = presign(settings, "s3://media/a.jpg", download='여름 "1"; x\r\n.jpg', now=NOON)
    disposition = dict(parse_qsl(urlsplit(url).query))["response-content-disposition"]
    assert disposition == "attachment; filename*=UTF-8''%EC%97%AC%EB%A6%84%20%221%22%3B%20x%0D%0A.jpg"


@pytest.mark.parametrize("key", ["raw/a.jpg", "raw/한글 이름+plus&amp=%25.jpg", "raw/~tilde_(1)'!*.png"])
def test_the_signature_is_the_one_that_boto3_makes(settings: Settings, key: str) -> None:
    params = {"Bucket": "media", "Key": key, "ResponseContentType": "image/png"}
    theirs = urlsplit(client(settings).generate_presigned_url("get_object", Params=params, ExpiresIn=7200))
    fields = dict(parse_qsl(theirs.query))
    ours = signed_url(
        "http://127.0.0.1:1/base",
        f"media/{key}",
        region=settings.env.region,
        access_key="someone",
        secret_key="a secret/with+signs",
        signed_at=dt.datetime.strptime(fields["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC),
        expires=7200,
        query={"response-content-type": "image/png"},
    )
    assert urlsplit(ours).path == theirs.path
    assert dict(parse_qsl(urlsplit(ours).query)) == fields


def test_a_store_that_is_not_there_is_named_with_what_to_do(settings: Settings) -> None:
    with socket.socket() as taken:  # a port that nobody listens on
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    here = load_settings(
        bundle=settings.bundle,
        home=settings.home.root,
        environ={**settings.environ, "LAKEFRONT_OBJECTS_URL": f"http://127.0.0.1:{port}"},
    )
    with pytest.raises(UnreachableError) as refused:
        ObjectStore.from_settings(here).head("raw/a.jpg")
    assert refused.value.code == "objects-unreachable"
    assert str(port) in refused.value.what
    assert "lakefront up" in refused.value.fix
