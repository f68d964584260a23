"""The explorer's own routes, and what they and the checks say when services are not there."""

from __future__ import annotations

import asyncio
import importlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from lakefront.config import Settings, load_settings
from lakefront.media.thumbs_api import ThumbnailCache, may_see_thumbnail, sign_thumbnail, thumbnail_address

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "streamlit_app"))
health = importlib.import_module("api.health")
routes = importlib.import_module("api.routes")
reads = importlib.import_module("reads")
thumbnails = importlib.import_module("components.thumbnails")

SHA, OTHER = "ab" * 32, "cd" * 32
KEY = "the signing key"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environ(address: str) -> dict[str, str]:
    services = {
        f"LAKEFRONT_{name.upper()}_URL": address for name in ("objects", "catalog", "trino", "superset", "explorer")
    }
    secrets = {
        "LAKEFRONT_S3_ACCESS_KEY": "key",
        "LAKEFRONT_S3_SECRET_KEY": "secret",
        "LAKEFRONT_SUPERSET_SECRET_KEY": "secret",
        "LAKEFRONT_SUPERSET_PASSWORD": "secret",
        "LAKEFRONT_SIGNING_KEY": KEY,
    }
    return {**services, **secrets, "LAKEFRONT_BUNDLE": str(ROOT)}


@pytest.fixture
def nobody(tmp_path: Path) -> Settings:
    """Settings whose services all refuse connections."""
    return load_settings(home=tmp_path, environ=_environ(f"http://127.0.0.1:{_free_port()}"))


@pytest.fixture
def silent(tmp_path: Path) -> Iterator[Settings]:
    """Settings whose services all take connections and never answer."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield load_settings(home=tmp_path, environ=_environ(f"http://127.0.0.1:{listener.getsockname()[1]}"))


Get = Callable[..., httpx.Response]


@pytest.fixture
def get(nobody: Settings) -> Get:
    """Ask one of the explorer's routes, whose services are all down."""
    return partial(_ask, nobody)


def _ask(settings: Settings, path: str, **headers: str) -> httpx.Response:
    app = Starlette(routes=routes.routes(settings))

    async def once() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://explorer") as client:
            return await client.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    with ThreadPoolExecutor(1) as thread:  # this one may be running a browser's loop already
        return thread.submit(asyncio.run, once()).result()


def test_it_is_alive_without_any_service(get: Get) -> None:
    assert get("/healthz").status_code == 200


def test_it_is_not_ready_without_trino_and_s3_and_says_which(get: Get) -> None:
    answer = get("/readyz")
    assert answer.status_code == 503
    told = answer.json()
    assert told["ready"] is False
    assert {name: part["up"] for name, part in told["components"].items()} == {"trino": False, "objects": False}


@pytest.mark.parametrize(
    "path",
    [
        f"/api/thumb/320/{SHA}.webp",
        f"/api/thumb/320/{SHA}.webp?sig=",
        f"/api/thumb/320/{SHA}.webp?sig=nonsense",
        f"/api/thumb/320/{SHA}.webp?sig=%C3%A9%00",
        f"/api/thumb/320/{SHA}.webp?sig={sign_thumbnail('another key', 320, SHA)}",
        f"/api/thumb/1440/{SHA}.webp?sig={sign_thumbnail(KEY, 320, SHA)}",
        f"/api/thumb/320/{OTHER}.webp?sig={sign_thumbnail(KEY, 320, SHA)}",
        f"/api/thumb/99999/{SHA}.webp?sig={sign_thumbnail(KEY, 99999, SHA)}",
        f"/api/thumb/320/secrets.webp?sig={sign_thumbnail(KEY, 320, 'secrets')}",
    ],
)
def test_only_addresses_that_a_page_gave_out_are_served(get: Get, path: str) -> None:
    answer = get(path)
    assert answer.status_code == 403
    assert answer.headers["cache-control"] == "no-store"


def test_a_browser_that_has_it_is_told_so_without_asking_the_store(get: Get) -> None:
    answer = get(thumbnail_address(KEY, 320, SHA), if_none_match=f'"{SHA}-320"')
    assert (answer.status_code, answer.content) == (304, b"")
    assert "immutable" in answer.headers["cache-control"]


def test_a_store_that_is_down_is_said_and_not_kept(get: Get) -> None:
    answer = get(thumbnail_address(KEY, 320, SHA))
    assert answer.status_code == 503
    assert answer.headers["cache-control"] == "no-store"
    assert "object store" in answer.text


def test_thumbnails_come_by_what_the_environment_puts_in_front(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _bundle_with_cdn(tmp_path, "https://cdn.example.com/media/")
    for name, value in _environ("http://127.0.0.1:1").items():
        monkeypatch.setenv(name, value)
    plain = thumbnail_address(KEY, 320, SHA)
    assert _fresh_thumbnail(320) == plain
    monkeypatch.setenv("LAKEFRONT_BUNDLE", str(tmp_path))
    assert _fresh_thumbnail(320) == f"https://cdn.example.com/media{plain}"


def _bundle_with_cdn(folder: Path, url: str) -> None:
    (folder / "lakefront.toml").write_text(f'[bundle]\nname = "mine"\n[env.local]\nthumbnails_url = "{url}"\n')


def _fresh_thumbnail(size: int) -> str:
    reads.settings.clear()
    try:
        return thumbnails.thumbnail(size, SHA)
    finally:
        reads.settings.clear()  # others here mean other settings


def test_only_a_thumbnail_that_comes_by_another_origin_may_be_asked_from_there(tmp_path: Path) -> None:
    _bundle_with_cdn(tmp_path, "https://cdn.example.com")
    environ = _environ(f"http://127.0.0.1:{_free_port()}")
    allowed = {}
    for bundle in (ROOT, tmp_path):
        settings = load_settings(home=tmp_path, environ={**environ, "LAKEFRONT_BUNDLE": str(bundle)})
        answers = [
            _ask(settings, path, **headers)
            for path, headers in (
                (thumbnail_address(KEY, 320, SHA), {"if_none_match": f'"{SHA}-320"'}),
                (thumbnail_address(KEY, 320, SHA), {}),
                (f"/api/thumb/320/{SHA}.webp", {}),
            )
        ]
        assert [answer.status_code for answer in answers] == [304, 503, 403]
        allowed[bundle] = [answer.headers.get("access-control-allow-origin") for answer in answers]
    assert allowed == {ROOT: [None] * 3, tmp_path: ["*"] * 3}


def test_a_signature_is_good_for_one_size_of_one_content() -> None:
    signature = sign_thumbnail(KEY, 320, SHA)
    assert may_see_thumbnail(KEY, 320, SHA, signature)
    assert not may_see_thumbnail(KEY, 1440, SHA, signature)
    assert not may_see_thumbnail(KEY, 320, OTHER, signature)
    assert not may_see_thumbnail(KEY, 320, SHA, signature[:-1])


def test_the_cache_stays_within_its_bytes_and_drops_what_was_not_asked_for() -> None:
    asked: list[str] = []

    def fetch(_size: int, sha256: str) -> bytes:
        asked.append(sha256)
        return b"x" * 40

    cache = ThumbnailCache(fetch, capacity=100)
    for sha256 in ("a", "b", "a", "c", "a", "b"):
        assert cache.get(320, sha256) == b"x" * 40
        assert cache.size <= 100
    assert asked == ["a", "b", "c", "b"]
    assert cache.kept(320, "c") is None
    assert ThumbnailCache(lambda *_: b"x" * 101, capacity=100).get(320, "a") == b"x" * 101, (
        "too large to keep, not to give"
    )


def test_what_is_missing_or_fails_is_asked_for_again() -> None:
    answers: list[bytes | Exception | None] = [None, OSError("down"), b"here"]

    def fetch(_size: int, _sha256: str) -> bytes | None:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    cache = ThumbnailCache(fetch)
    assert cache.get(320, "a") is None
    with pytest.raises(OSError, match="down"):
        cache.get(320, "a")
    assert cache.get(320, "a") == b"here"
    assert cache.kept(320, "a") == b"here"


def test_people_who_ask_for_the_same_at_once_share_one_fetch() -> None:
    asked: list[str] = []
    everybody_asks, answer = threading.Barrier(9), threading.Event()

    def fetch(_size: int, sha256: str) -> bytes:
        asked.append(sha256)
        assert answer.wait(10)
        return b"data"

    cache = ThumbnailCache(fetch)

    def person() -> bytes | None:
        everybody_asks.wait(10)
        return cache.get(320, "a")

    with ThreadPoolExecutor(8) as people:
        waiting = [people.submit(person) for _ in range(8)]
        everybody_asks.wait(10)
        answer.set()
        assert {future.result(timeout=10) for future in waiting} == {b"data"}
    assert asked == ["a"]


def test_every_service_that_is_down_is_named_with_what_to_do(nobody: Settings) -> None:
    found = health.HealthChecks(nobody).run()
    assert [part.name for part in found] == ["objects", "catalog", "trino", "superset", "explorer"]
    for part in found:
        assert not part.up
        assert part.problem
        assert "lakefront.toml" in part.fix


def test_services_that_never_answer_hold_nobody_up(silent: Settings) -> None:
    started = time.perf_counter()
    found = health.HealthChecks(silent).run(patience=1.0)
    assert time.perf_counter() - started < 2.0
    assert {part.problem for part in found} == {"did not answer within 1 seconds"}


def test_home_says_what_is_down_and_stays_up(nobody: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in nobody.environ.items():
        monkeypatch.setenv(name, value)
    app = AppTest.from_file(str(ROOT / "streamlit_app" / "app.py"), default_timeout=60).run()
    assert not app.exception
    warned = " ".join(warning.value for warning in app.warning)
    for title in ("Object store", "Catalog", "Trino", "Superset", "Explorer"):
        assert f"**{title}**" in warned
    assert [caption.value for caption in app.caption].count("Not reachable") == 5


def test_figures_are_told_to_who_asks_the_process_itself_and_to_nobody_behind_a_proxy(get: Get) -> None:
    metrics = importlib.import_module("metrics")
    metrics.uploaded("added", 3)
    with metrics.page_view("gallery"):
        pass
    with pytest.raises(ValueError, match="odd"), metrics.page_view("search"):
        raise ValueError("odd")
    before = _failed(get("/metrics").text)
    get(f"/api/thumb/320/{SHA}.webp?sig={sign_thumbnail(KEY, 320, SHA)}")
    told = get("/metrics")
    assert _failed(told.text) == before + 1
    assert told.status_code == 200
    lines = told.text.splitlines()
    for line in (
        'lakefront_explorer_uploads_total{outcome="added"} 3.0',
        'lakefront_explorer_requests_total{outcome="ok",page="gallery"} 1.0',
        'lakefront_explorer_requests_total{outcome="error",page="search"} 1.0',
        'lakefront_explorer_page_seconds_count{page="gallery"} 1.0',
        "lakefront_explorer_sessions 0.0",
    ):
        assert line in lines
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        assert get("/metrics", **{header: "192.0.2.1"}).status_code == 404


def _failed(told: str) -> float:
    """Return how many thumbnails could not be had, as far as figures tell."""
    begins = 'lakefront_explorer_thumbnails_total{source="failed"} '
    return next((float(line.removeprefix(begins)) for line in told.splitlines() if line.startswith(begins)), 0.0)
