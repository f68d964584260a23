"""A release that its makers publish as one archive, with its SHA-256 beside it: fetched, checked, unpacked.

Half a file is never taken for a whole one: what was fetched so far is kept under another name until its checksum is
right, and a cut download goes on from there. An archive is unpacked beside its place, and put there when it is whole.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import tarfile
import tempfile
import time
import zlib
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import IO, Final, TypeVar

import httpx

from lakefront.errors import BadInputError, CheckFailedError, Location, UnreachableError
from lakefront.stack.component import Context
from lakefront.stack.download import CancelledError, sweep, untar

_ATTEMPTS: Final = 3
_TIMEOUT: Final = httpx.Timeout(60.0, connect=10.0)
_BLOCK: Final = 1 << 20
_SHOWN_EVERY: Final = 0.2
#: A checksum file is one line; what is longer is something else, such as a page that says who you are.
_LONGEST_CHECKSUM_FILE: Final = 4096
_DIGEST: Final = re.compile(r"^([0-9A-Fa-f]{64})(\s|$)")
#: What servers answer for a file that they do not have; stores of objects say 403, too.
_NOT_THERE: Final = frozenset({403, 404, 410})
_COMPLETE: Final = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
T = TypeVar("T")


@dataclass(frozen=True)
class Release:
    """A version of a program, and the address of its archive; that of its checksum ends in `.sha256`."""

    title: str
    version: str
    address: str

    @property
    def filename(self) -> str:
        """The archive's name."""
        return self.address.rpartition("/")[2]

    def __str__(self) -> str:
        return f"{self.title} {self.version}"


def fetch(release: Release, folder: Path, context: Context) -> Path:
    """Download the archive into a folder and return it, its checksum compared; the caller removes it after use.

    Raises BadInputError (`release-unknown`), CheckFailedError (`release-unchecked`, `release-insecure`,
    `release-corrupt`, `disk-full`), UnreachableError (`release-unreachable`), CancelledError.
    """
    with httpx.Client(timeout=_TIMEOUT, follow_redirects=True) as http:
        wanted = _published_checksum(http, release, context)
        partial = folder / f".{release.filename}.{wanted[:12]}.partial"
        _attempts(release, context, lambda: _go_on(http, release, partial, context))
    actual = sha256(partial, context)
    if actual == wanted:
        return partial
    partial.unlink()
    raise CheckFailedError(
        "release-corrupt",
        f"{release} arrived damaged: its SHA-256 is {actual[:16]}…, and {wanted[:16]}… was published beside it;"
        " nothing of it was kept",
        fix="try again; if it stays so, ask whoever runs the mirror or proxy on the way",
    )


def unpack(archive: Path, final: Path, wrong_with: Callable[[Path], str | None], context: Context) -> None:
    """Unpack an archive's one top folder to `final`, which appears whole or not at all.

    `wrong_with` tells what is wrong with the unpacked folder, in words. The caller holds the lock of `final`'s folder.
    Raises BadInputError (`archive-unsafe`, `archive-damaged`, `archive-other`), CheckFailedError (`disk-full`).
    """
    sweep(final.parent, f".{final.name}-")
    with tempfile.TemporaryDirectory(prefix=f".{final.name}-", dir=final.parent) as name:
        partial = Path(name)
        with _writing(final.parent), _reading(archive):
            for number, _ in enumerate(untar(archive, partial)):
                if context.cancelled.is_set():
                    raise CancelledError
                if number % 200 == 0:
                    context.report(f"unpacking {archive.name}, {number:,} files")
        inside = list(partial.iterdir())
        problem = wrong_with(inside[0]) if len(inside) == 1 else "it does not hold one folder"
        if problem:
            raise _other(archive, problem)
        inside[0].rename(final)


def top_folder(archive: Path) -> str:
    """Return the name of the folder that an archive's first file is in. Raises BadInputError as `unpack`."""
    with _reading(archive), tarfile.open(archive, "r:gz") as tar:
        first = tar.next()
        return Path(first.name).parts[0] if first is not None and Path(first.name).parts else ""


def sha256(path: Path, context: Context) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    digest, done, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            done += len(block)
            if done % (64 * _BLOCK) == 0:
                context.report(f"checking {path.name.lstrip('.')}", done, total)
    return digest.hexdigest()


def read_checksum(text: str) -> str | None:
    """Return the digest of a checksum file: alone, or before the name of its file. None where it holds none."""
    found = _DIGEST.match(text.strip())
    return found[1].lower() if found else None


def _published_checksum(http: httpx.Client, release: Release, context: Context) -> str:
    address = f"{release.address}.sha256"

    def ask() -> tuple[int, str]:
        context.report(f"asking for the checksum of {release}")
        with _answer(http, address) as response:
            return response.status_code, _beginning(response) if response.is_success else ""

    status, text = _attempts(release, context, ask)
    if status in _NOT_THERE and not _is_there(http, release, context):
        raise _unknown(release, status)
    found = read_checksum(text)
    if found is None:
        says = f"answers with HTTP {status}" if status in _NOT_THERE else "holds no SHA-256"
        raise CheckFailedError(
            "release-unchecked",
            f"nothing says whether {release} would be the real one: {address} {says}; nothing was fetched",
            fix="correct [grafana] release in lakefront.toml; or fetch the archive yourself, compare its checksum, and"
            " give it with --from",
        )
    return found


def _is_there(http: httpx.Client, release: Release, context: Context) -> bool:
    def ask() -> bool:
        with _answer(http, release.address) as response:
            return response.status_code not in _NOT_THERE

    return _attempts(release, context, ask)


def _go_on(http: httpx.Client, release: Release, partial: Path, context: Context) -> None:
    """Fetch what is missing of the archive."""
    have = partial.stat().st_size if partial.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    with _answer(http, release.address, headers) as response:
        if have and response.status_code == _COMPLETE:
            return  # nothing is missing: the checksum says whether that is so
        if response.status_code in _NOT_THERE:
            raise _unknown(release, response.status_code)
        _require_success(response)
        goes_on = response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        if response.status_code != HTTPStatus.PARTIAL_CONTENT or not goes_on:
            have = 0
        with _writing(partial.parent), partial.open("ab" if have else "wb") as file:
            _copy(response, file, have, release, context)


def _copy(response: httpx.Response, file: IO[bytes], have: int, release: Release, context: Context) -> None:
    length = response.headers.get("Content-Length", "")
    done, total = have, have + int(length) if length.isdigit() else None
    began, shown = time.monotonic(), 0.0
    for block in response.iter_raw():  # as it comes: of what is cut, nothing is lost that came
        file.write(block)
        done += len(block)
        now = time.monotonic()
        if now - shown > _SHOWN_EVERY or done == total:
            shown = now
            rate = (done - have) / max(now - began, 0.001)
            context.report(f"downloading {release} ({rate / 1e6:.1f} MB/s)", done, total)
        if context.cancelled.is_set():
            raise CancelledError


def _attempts(release: Release, context: Context, work: Callable[[], T]) -> T:
    """Return what the work gives; try it again where the network is at fault. Raises UnreachableError."""
    problem = ""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return work()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            problem = _in_words(error)
        if attempt < _ATTEMPTS:
            context.report(f"attempt {attempt} of {_ATTEMPTS} failed ({problem}), trying again")
            if context.cancelled.wait(attempt):
                raise CancelledError
    raise UnreachableError(
        "release-unreachable",
        f"{release} could not be fetched from {release.address}: {problem}",
        fix="check the network or HTTPS_PROXY and run it again, it goes on where it was; or fetch the archive elsewhere"
        " and give it with --from",
    )


@contextmanager
def _answer(http: httpx.Client, address: str, headers: Mapping[str, str] | None = None) -> Generator[httpx.Response]:
    with http.stream("GET", address, headers={"Accept-Encoding": "identity", **(headers or {})}) as response:
        if address.startswith("https:") and response.url.scheme != "https":
            raise CheckFailedError(
                "release-insecure",
                f"{address} leads to {response.url}, where anybody on the way could change it; nothing was fetched",
                fix="correct [grafana] release in lakefront.toml",
            )
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _require_success(response)
        yield response


def _beginning(response: httpx.Response) -> str:
    text = b""
    for block in response.iter_raw():
        text += block
        if len(text) > _LONGEST_CHECKSUM_FILE:
            break
    return text[:_LONGEST_CHECKSUM_FILE].decode("utf-8", errors="replace")


def _require_success(response: httpx.Response) -> None:
    if not response.is_success:
        said = f"HTTP {response.status_code}"
        raise httpx.HTTPStatusError(said, request=response.request, response=response)


def _in_words(error: httpx.HTTPError | httpx.InvalidURL) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"it answers with {error}"
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpx.ConnectError):
        return "no connection"
    return "the connection was cut" if isinstance(error, httpx.TransportError) else type(error).__name__


def _unknown(release: Release, status: int) -> BadInputError:
    return BadInputError(
        "release-unknown",
        f"there is no {release} at {release.address} (HTTP {status})",
        fix="name a version that was released with --version or [grafana] version, or correct [grafana] release in"
        " lakefront.toml",
    )


def _other(archive: Path, problem: str) -> BadInputError:
    return BadInputError(
        "archive-other",
        f"this is no release archive: {problem}",
        where=Location(archive),
        fix="give the .tar.gz of a release as its makers publish it for this machine",
    )


@contextmanager
def _writing(folder: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise CheckFailedError(
            "disk-full", f"{folder} cannot be written: {error.strerror or error}", fix="free some space there"
        ) from None


@contextmanager
def _reading(archive: Path) -> Generator[None]:
    """Tell what is wrong with an archive as one clear error."""
    where = Location(archive)
    try:
        yield
    except tarfile.FilterError as error:
        raise BadInputError(
            "archive-unsafe",
            f"the archive holds what would be, or point, outside of its folder: {error}; nothing of it was kept",
            where=where,
            fix="do not use it: take the release from its makers",
        ) from None
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BadInputError(
            "archive-damaged",
            f"this is no whole .tar.gz archive: {error}",
            where=where,
            fix="fetch it again and compare its checksum",
        ) from None
