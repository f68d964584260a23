"""Downloads from a Maven repository of our own on 127.0.0.1: whole and right, or not there at all."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lakefront.config import load_settings
from lakefront.errors import CheckFailedError, LakefrontError, NotAllowedError, UnreachableError
from lakefront.stack.component import Artifact, Context
from lakefront.stack.download import CancelledError, fetch, unpacked


def archive() -> bytes:
    text = io.BytesIO()
    with tarfile.open(fileobj=text, mode="w:gz") as tar:
        content = b"hello"
        member = tarfile.TarInfo("thing-server-1.0/bin/run")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return text.getvalue()


ARCHIVE = archive()
ARTIFACT = Artifact(
    "org.example", "thing-server", "1.0", hashlib.sha256(ARCHIVE).hexdigest(), len(ARCHIVE), packaging="tar.gz"
)


class Repository(ThreadingHTTPServer):
    """Serves one artifact, as `behaviour` says: right, damaged, short, missing."""

    behaviour = "right"
    requests = 0


class Handler(BaseHTTPRequestHandler):
    server: Repository

    def do_GET(self) -> None:
        if not self.path.endswith(f"/{ARTIFACT.filename}") or self.server.behaviour == "missing":
            self.send_error(404)
            return
        self.server.requests += 1
        body = ARCHIVE if self.server.behaviour != "damaged" else ARCHIVE[:-4] + b"oops"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if self.server.behaviour == "short" else body)
        if self.server.behaviour == "short once":
            self.server.behaviour = "right"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


@pytest.fixture
def repository() -> Iterator[Repository]:
    server = Repository(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def context(tmp_path: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("M2_REPO", str(tmp_path / "m2"))
    (tmp_path / "lakefront.toml").write_text('[bundle]\nname = "x"\n', encoding="utf-8")
    settings = load_settings(bundle=tmp_path, environ={"LAKEFRONT_CACHE": str(tmp_path / "cache")})
    settings = replace(settings, maven_repository=f"http://127.0.0.1:{repository.server_port}")
    seen: list[str] = []

    def report(detail: str, done: int | None = None, total: int | None = None) -> None:
        seen.append(f"{detail} {done}/{total}")

    return Context("thing", settings, report, threading.Event())


def left_behind(context: Context) -> list[str]:
    return [p.name for p in context.settings.cache.rglob("*") if p.is_file() and p.suffix != ".lock"]


def test_a_download_is_checked_and_fetched_once(context: Context, repository: Repository) -> None:
    path = fetch(ARTIFACT, context)
    assert path.read_bytes() == ARCHIVE
    assert fetch(ARTIFACT, context) == path
    assert repository.requests == 1
    assert left_behind(context) == [ARTIFACT.filename]


def test_an_archive_is_unpacked_once_and_not_kept(context: Context, repository: Repository) -> None:
    folder = unpacked(ARTIFACT, context)
    assert (folder / "bin" / "run").read_text() == "hello"
    assert unpacked(ARTIFACT, context) == folder
    assert repository.requests == 1
    assert left_behind(context) == ["run"]


@pytest.mark.parametrize(
    ("behaviour", "kind", "code"),
    [
        ("damaged", CheckFailedError, "download-corrupt"),
        ("short", (CheckFailedError, UnreachableError), "download-"),
        ("missing", UnreachableError, "download-unreachable"),
    ],
)
def test_what_is_not_right_is_refused_and_not_kept(
    context: Context, repository: Repository, behaviour: str, kind: type[LakefrontError], code: str
) -> None:
    repository.behaviour = behaviour
    with pytest.raises(kind) as caught:
        fetch(ARTIFACT, context)
    assert caught.value.code.startswith(code)
    assert left_behind(context) == []
    repository.behaviour = "right"
    assert fetch(ARTIFACT, context).read_bytes() == ARCHIVE


def test_no_network_is_told_in_words(context: Context, repository: Repository) -> None:
    nowhere = replace(context, settings=replace(context.settings, maven_repository="http://127.0.0.1:9"))
    with pytest.raises(UnreachableError, match="no connection to the repository") as caught:
        fetch(ARTIFACT, nowhere)
    assert "LAKEFRONT_MAVEN_REPOSITORY" in caught.value.fix


def test_the_local_maven_repository_is_asked_first(context: Context, repository: Repository, tmp_path: Path) -> None:
    local = tmp_path / "m2" / "org" / "example" / "thing-server" / "1.0" / ARTIFACT.filename
    local.parent.mkdir(parents=True)
    local.write_bytes(ARCHIVE)
    assert fetch(ARTIFACT, context).read_bytes() == ARCHIVE
    assert repository.requests == 0


def test_a_damaged_file_in_the_local_maven_repository_is_passed_over(
    context: Context, repository: Repository, tmp_path: Path
) -> None:
    local = tmp_path / "m2" / "org" / "example" / "thing-server" / "1.0" / ARTIFACT.filename
    local.parent.mkdir(parents=True)
    local.write_bytes(ARCHIVE[:50])
    assert fetch(ARTIFACT, context).read_bytes() == ARCHIVE
    assert repository.requests == 1


def test_being_told_to_stop_leaves_nothing(context: Context) -> None:
    context.cancelled.set()
    with pytest.raises(CancelledError):
        fetch(ARTIFACT, context)
    assert left_behind(context) == []


def test_a_cache_that_cannot_be_written(context: Context, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    blocked = replace(context, settings=replace(context.settings, cache=tmp_path / "file" / "cache"))
    with pytest.raises(NotAllowedError, match="cannot be written"):
        fetch(ARTIFACT, blocked)


def test_two_at_once_download_once(context: Context, repository: Repository) -> None:
    paths: list[Path] = []
    threads = [threading.Thread(target=lambda: paths.append(fetch(ARTIFACT, context))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(paths)) == 1
    assert len(paths) == 4
    assert repository.requests == 1
