"""`lakefront install grafana`, from a server of our own: whole, checked and inside, or not there at all."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lakefront.config import Settings, load_settings
from lakefront.errors import BadInputError, CheckFailedError, LakefrontError, UnreachableError
from lakefront.stack import grafana_home
from lakefront.stack.grafana_home import Installed, found, install
from lakefront.stack.release import read_checksum
from tests.support.cli import lakefront

VERSION = "12.4.3"
#: Large enough to be cut in the middle, and not to be compressed away.
FILLING = b"".join(hashlib.sha256(bytes([number % 256, number // 256])).digest() for number in range(8192))


def member(name: str, content: bytes = b"x", mode: int = 0o644) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), mode
    return info, content


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


def archive(*further: tuple[tarfile.TarInfo, bytes], top: str = f"grafana-v{VERSION}", whole: bool = True) -> bytes:
    """Return an archive that has what a release of Grafana has, as far as its folder is looked at. It is none."""
    members = [member(f"{top}/VERSION", VERSION.encode()), member(f"{top}/public/filling", FILLING)]
    if whole:
        members += [member(f"{top}/conf/defaults.ini"), member(f"{top}/bin/grafana", b"#!/bin/sh\n", 0o755)]
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for info, content in (*members, *further):
            tar.addfile(info, io.BytesIO(content))
    return file.getvalue()


@dataclass
class Publisher:
    """What is published, by path; `cuts`: how many bytes are sent of each next answer to a GET of an archive."""

    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    cuts: list[int] = field(default_factory=list[int])
    asked: list[tuple[str, str | None]] = field(default_factory=list[tuple[str, str | None]])
    ranges: bool = True
    url: str = ""

    def publish(self, content: bytes, version: str = VERSION, checksum: str | None = None) -> None:
        path = f"/grafana-{version}.tar.gz"
        self.files[path] = content
        self.files[f"{path}.sha256"] = (checksum or hashlib.sha256(content).hexdigest()).encode()

    @property
    def archives(self) -> list[str | None]:
        """The ranges that archives were asked with."""
        return [said for path, said in self.asked if path.endswith(".tar.gz")]


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    state = Publisher()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = self.headers.get("Range")
            state.asked.append((self.path, said))
            body = state.files.get(self.path)
            if body is None:
                self.send_error(404)
                return
            begin = int(said.removeprefix("bytes=").removesuffix("-")) if said and state.ranges else 0
            if begin >= len(body):
                self.send_error(416)
                return
            self.send_response(206 if begin else 200)
            if begin:
                self.send_header("Content-Range", f"bytes {begin}-{len(body) - 1}/{len(body)}")
            self.send_header("Content-Length", str(len(body) - begin))
            self.end_headers()
            cut = state.cuts.pop(0) if state.cuts and self.path.endswith(".tar.gz") else len(body)
            self.wfile.write(body[begin : begin + cut])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def settings(tmp_path: Path, publisher: Publisher) -> Settings:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    said = f'[bundle]\nname = "x"\n[grafana]\nrelease = "{publisher.url}/grafana-{{version}}.tar.gz"\n'
    (bundle / "lakefront.toml").write_text(said, encoding="utf-8")
    return load_settings(bundle=bundle, home=tmp_path / "home", environ={})


def got(settings: Settings, version: str | None = None, archive: Path | None = None) -> Installed:
    return install(settings, lambda *_: None, version=version, archive=archive)


def left_behind(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.home.tools.iterdir() if path.name != "locks")


def refused(settings: Settings, version: str | None = None, archive: Path | None = None) -> LakefrontError:
    with pytest.raises(LakefrontError) as caught:
        got(settings, version, archive)
    assert found(settings) is None
    return caught.value


def test_a_release_is_checked_unpacked_and_found(settings: Settings, publisher: Publisher) -> None:
    publisher.publish(archive())
    made = got(settings)
    assert (made.version, made.new, made.checked) == (VERSION, True, True)
    assert (made.folder / "public" / "filling").read_bytes() == FILLING
    assert found(settings) == made.folder
    assert left_behind(settings) == ["grafana", f"grafana-{VERSION}"]


def test_a_second_install_asks_nobody(settings: Settings, publisher: Publisher) -> None:
    publisher.publish(archive())
    got(settings)
    asked = len(publisher.asked)
    assert not got(settings).new
    assert len(publisher.asked) == asked


def test_the_version_that_was_named_last_is_used(settings: Settings, publisher: Publisher) -> None:
    publisher.publish(archive())
    publisher.publish(archive(top="grafana-9.3.0"), "9.3.0")
    first, second = got(settings), got(settings, "9.3.0")
    assert found(settings) == second.folder
    got(settings)
    assert found(settings) == first.folder


def test_a_damaged_folder_is_put_there_anew(settings: Settings, publisher: Publisher) -> None:
    publisher.publish(archive())
    (got(settings).folder / "bin" / "grafana").unlink()
    assert found(settings) is None
    assert got(settings).new
    assert found(settings) is not None


def test_a_cut_download_goes_on_where_it_was(settings: Settings, publisher: Publisher) -> None:
    publisher.publish(archive())
    publisher.cuts = [100_000, 50_000]
    assert got(settings).new
    assert publisher.archives == [None, "bytes=100000-", "bytes=150000-"]


def test_what_an_earlier_run_fetched_is_not_fetched_again(settings: Settings, publisher: Publisher) -> None:
    publisher.publish(archive())
    publisher.cuts = [100_000, 0, 0]
    error = refused(settings)
    assert isinstance(error, UnreachableError)
    assert "the connection was cut" in error.what
    assert [name for name in left_behind(settings) if not name.endswith(".partial")] == []
    assert got(settings).new
    assert publisher.archives[-1] == "bytes=100000-"
    assert left_behind(settings) == ["grafana", f"grafana-{VERSION}"]


def test_a_server_that_sends_no_parts_is_asked_for_all(settings: Settings, publisher: Publisher) -> None:
    publisher.publish(archive())
    publisher.ranges = False
    publisher.cuts = [100_000]
    assert got(settings).new


def test_what_was_whole_already_is_only_compared(settings: Settings, publisher: Publisher) -> None:
    content = archive()
    publisher.publish(content)
    settings.home.prepare()
    settings.home.tools.mkdir()
    digest = hashlib.sha256(content).hexdigest()
    (settings.home.tools / f".grafana-{VERSION}.tar.gz.{digest[:12]}.partial").write_bytes(content)
    assert got(settings).new
    assert publisher.archives == [f"bytes={len(content)}-"]


def test_another_checksum_is_told_and_nothing_is_kept(settings: Settings, publisher: Publisher) -> None:
    publisher.publish(archive(), checksum="0" * 64)
    error = refused(settings)
    assert isinstance(error, CheckFailedError)
    assert error.code == "release-corrupt"
    assert left_behind(settings) == []


@pytest.mark.parametrize("checksum", [None, b"<html>log in</html>", b"a" * 63, b"a" * 65])
def test_without_a_checksum_nothing_is_fetched(
    settings: Settings, publisher: Publisher, checksum: bytes | None
) -> None:
    publisher.publish(archive())
    address = f"/grafana-{VERSION}.tar.gz.sha256"
    del publisher.files[address]
    if checksum is not None:
        publisher.files[address] = checksum
    error = refused(settings)
    assert (error.code, error.exit_code) == ("release-unchecked", 1)
    assert "--from" in error.fix
    assert left_behind(settings) == []


def test_a_version_that_was_never_released_is_told(settings: Settings, publisher: Publisher) -> None:
    publisher.publish(archive())
    error = refused(settings, "99.0.0")
    assert (error.code, error.exit_code) == ("release-unknown", 2)
    assert "there is no Grafana 99.0.0 at http://127.0.0.1" in error.what


def test_an_archive_without_its_file_is_told(settings: Settings, publisher: Publisher) -> None:
    publisher.publish(archive())
    del publisher.files[f"/grafana-{VERSION}.tar.gz"]
    assert refused(settings).code == "release-unknown"


@pytest.mark.parametrize("version", ["../../etc", "latest", "12", "12.4.3/..", ""])
def test_what_is_no_version_is_never_asked_for(settings: Settings, publisher: Publisher, version: str) -> None:
    if not version:
        assert refused(settings, version).code == "release-unknown"  # the manifest's, which nobody has published
        return
    assert refused(settings, version).code == "grafana-version"
    assert publisher.asked == []


def test_no_connection_is_told_in_words(settings: Settings, publisher: Publisher, tmp_path: Path) -> None:
    manifest = settings.bundle / "lakefront.toml"
    manifest.write_text(
        manifest.read_text(encoding="utf-8").replace(publisher.url, "http://127.0.0.1:9"), encoding="utf-8"
    )
    error = refused(load_settings(bundle=settings.bundle, home=tmp_path / "home", environ={}))
    assert (error.code, error.exit_code) == ("release-unreachable", 4)
    assert "no connection" in error.what


EVIL = {
    "a path above": member("../evil"),
    "a path above, from inside": member(f"grafana-v{VERSION}/../../evil"),
    "a link out": link(f"grafana-v{VERSION}/bin/evil", "../../../../evil"),
    "an absolute link": link(f"grafana-v{VERSION}/bin/evil", "/etc/passwd"),
    "a hard link out": link(f"grafana-v{VERSION}/bin/evil", "../../evil", tarfile.LNKTYPE),
    "a device": link(f"grafana-v{VERSION}/bin/evil", "", tarfile.CHRTYPE),
}


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL)
def test_what_would_be_outside_is_refused_whole(
    settings: Settings, publisher: Publisher, tmp_path: Path, evil: tuple[tarfile.TarInfo, bytes]
) -> None:
    publisher.publish(archive(evil))
    error = refused(settings)
    assert (error.code, error.exit_code) == ("archive-unsafe", 2)
    assert left_behind(settings) == []
    assert list(tmp_path.rglob("evil")) == []


def test_an_absolute_path_is_taken_as_one_inside_and_then_it_is_no_release(
    settings: Settings, publisher: Publisher, tmp_path: Path
) -> None:
    publisher.publish(archive(member(str(tmp_path / "evil"))))
    assert refused(settings).code == "archive-other"
    assert not (tmp_path / "evil").exists()


def test_an_archive_of_something_else_is_told(settings: Settings, publisher: Publisher) -> None:
    publisher.publish(archive(whole=False))
    error = refused(settings)
    assert error.code == "archive-other"
    assert "it has no conf/defaults.ini" in error.what
    assert left_behind(settings) == []


class TestFrom:
    def test_an_archive_says_its_version_and_is_compared_with_what_is_beside_it(
        self, settings: Settings, tmp_path: Path
    ) -> None:
        file = tmp_path / "given.tar.gz"
        file.write_bytes(archive())
        beside = tmp_path / "given.tar.gz.sha256"
        beside.write_text(f"{'0' * 64}  given.tar.gz\n")
        assert refused(settings, archive=file).code == "release-corrupt"
        beside.write_text(f"{hashlib.sha256(archive()).hexdigest()}  given.tar.gz\n")
        file.write_bytes(archive())
        beside.write_text(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  given.tar.gz\n")
        made = got(settings, archive=file)
        assert (made.version, made.new, made.checked) == (VERSION, True, True)
        assert file.exists()
        assert not got(settings, archive=file).new

    def test_without_a_checksum_it_is_taken_and_that_is_told(self, settings: Settings, tmp_path: Path) -> None:
        file = tmp_path / "given.tar.gz"
        file.write_bytes(archive())
        arguments = ("--bundle", str(settings.bundle), "install", "grafana", "--from", str(file))
        done = lakefront(*arguments, home=settings.home.root)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"Grafana {VERSION} is installed: ")
        assert "not compared with a checksum" in done.stderr
        again = lakefront(*arguments, home=settings.home.root)
        assert again.stdout.startswith(f"Grafana {VERSION} was here already: ")

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"not an archive", "archive-damaged"),
            (b"", "archive-damaged"),
            (archive()[:100_000], "archive-damaged"),
            (archive(top="prometheus-2.42.0"), "archive-other"),
            (archive(top="grafana-vnext"), "archive-other"),
            (archive(EVIL["a link out"]), "archive-unsafe"),
        ],
    )
    def test_what_is_no_release_is_told(self, settings: Settings, tmp_path: Path, content: bytes, code: str) -> None:
        file = tmp_path / "given.tar.gz"
        file.write_bytes(content)
        error = refused(settings, archive=file)
        assert (error.code, error.exit_code) == (code, 2)
        assert error.where is not None
        assert error.where.file == file
        assert file.read_bytes() == content


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        ("A" * 64, "a" * 64),
        (f"{'0' * 64}  grafana.tar.gz\n", "0" * 64),
        ("\n", None),
        (f"sha256:{'0' * 64}", None),
    ],
)
def test_a_checksum_file_is_a_digest_alone_or_before_a_name(text: str, digest: str | None) -> None:
    assert read_checksum(text) == digest


class TestGivenHome:
    def test_a_given_folder_wins_over_an_installed_one(
        self, settings: Settings, publisher: Publisher, tmp_path: Path
    ) -> None:
        publisher.publish(archive())
        installed = got(settings).folder
        given = tmp_path / "given"
        installed.rename(given)
        environ = {grafana_home.VARIABLE: str(given)}
        assert found(load_settings(bundle=settings.bundle, home=settings.home.root, environ=environ)) == given

    @pytest.mark.parametrize(
        ("made", "says"),
        [
            ((), "there is no such folder"),
            (("bin/grafana",), "it has no conf/defaults.ini"),
            (("conf/defaults.ini", "public/x"), "it has no bin/grafana"),
            (("conf/defaults.ini", "public/x", "bin/grafana"), "it has no bin/grafana or bin/grafana-server that can"),
        ],
    )
    def test_one_that_is_none_is_told(
        self, settings: Settings, tmp_path: Path, made: tuple[str, ...], says: str
    ) -> None:
        given = tmp_path / "given"
        for name in made:
            (given / name).parent.mkdir(parents=True, exist_ok=True)
            (given / name).write_text("", encoding="utf-8")
        environ = {grafana_home.VARIABLE: str(given)}
        with pytest.raises(BadInputError, match=says) as caught:
            found(load_settings(bundle=settings.bundle, home=settings.home.root, environ=environ))
        assert caught.value.code == "grafana-home"
