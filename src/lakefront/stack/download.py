"""Fetch server software by Maven coordinates into a cache that all homes share; unpack archives once.

A file appears under its final name only whole and with the right checksum; anything else is thrown away.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import shutil
import tarfile
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Final

import requests
from jgo.maven import MavenContext, PythonResolver

from lakefront.errors import CheckFailedError, NotAllowedError, UnreachableError
from lakefront.stack.component import Artifact, Context

_ATTEMPTS: Final = 3
_TIMEOUT_SECONDS: Final = 60
_BLOCK: Final = 1 << 20

Advance = Callable[[int], None]


class CancelledError(Exception):
    """The stack was told to stop while something was under way."""


def fetch(artifact: Artifact, context: Context) -> Path:
    """Return the artifact's path, downloading it if need be.

    Looks in the cache, then in the local Maven repository, then asks the remote one. Raises UnreachableError
    (`download-unreachable`) without a network, CheckFailedError (`download-corrupt`) on a wrong checksum.
    """
    cache = context.settings.cache
    final = cache / "artifacts" / artifact.sha256[:12] / artifact.filename
    if final.exists():
        return final
    with locked(cache, artifact.filename, context):
        if final.exists():
            return final
        _prepare_folder(final.parent)
        _require_disk(cache, artifact.size * 2)
        local = _maven_coordinates(MavenContext(offline=True), artifact).cached_path
        if local and local.exists() and _checksum(local, artifact, context) == artifact.sha256:
            _link_or_copy(local, final)
        else:
            _download(artifact, final, context)
    return final


def unpacked(artifact: Artifact, context: Context, *, without: tuple[str, ...] = ()) -> Path:
    """Return the folder with the archive's content, unpacked once for all homes.

    `without` are folders inside the archive's one top folder that are left out.
    """
    servers = context.settings.cache / "servers"
    final = servers / f"{artifact.name}-{artifact.version}-{artifact.sha256[:12]}"
    if final.exists():
        return final
    archive = fetch(artifact, context)
    with locked(context.settings.cache, final.name, context):
        if final.exists():
            return final
        _prepare_folder(servers)
        _require_disk(servers, artifact.size * 2)
        sweep(servers, f".{final.name}-")
        with tempfile.TemporaryDirectory(prefix=f".{final.name}-", dir=servers) as partial:
            context.report(f"unpacking {artifact.name} {artifact.version}")
            unpack = _unzip if artifact.packaging == "zip" else untar
            for number, _ in enumerate(unpack(archive, Path(partial))):
                if context.cancelled.is_set():
                    raise CancelledError
                if number % 200 == 0:
                    context.report(f"unpacking {artifact.name} {artifact.version}", number)
            (top,) = Path(partial).iterdir()
            for folder in without:
                shutil.rmtree(top / folder)
            top.rename(final)
    # The archive is not needed any more; the local Maven repository, where there is one, keeps its own copy.
    archive.unlink(missing_ok=True)
    return final


def untar(archive: Path, into: Path) -> Iterator[str]:
    """Unpack a tar archive and yield each name. Raises tarfile.FilterError for what would be, or point, outside."""
    with tarfile.open(archive) as tar:
        for member in tar:
            tar.extract(member, into, filter="data")
            yield member.name


def _unzip(archive: Path, into: Path) -> Iterator[str]:
    with zipfile.ZipFile(archive) as file:
        for name in file.namelist():
            yield file.extract(name, into)


@contextlib.contextmanager
def locked(cache: Path, name: str, context: Context) -> Generator[None]:
    """Hold a lock between processes, so that two stacks do not fetch or build the same thing at once."""
    _prepare_folder(cache / "locks")
    with (cache / "locks" / f"{name}.lock").open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                context.report(f"waiting for another process that is fetching {name}")
                if context.cancelled.wait(0.3):
                    raise CancelledError from None
        yield


def _maven_coordinates(maven: MavenContext, artifact: Artifact):
    component = maven.project(artifact.group, artifact.name).at_version(artifact.version)
    return component.artifact(classifier=artifact.classifier, packaging=artifact.packaging)


def _download(artifact: Artifact, final: Path, context: Context) -> None:
    problem = "no attempt was made"
    for attempt in range(1, _ATTEMPTS + 1):
        sweep(final.parent, ".partial-")
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=final.parent) as partial:
            try:
                file = _download_once(artifact, Path(partial), context)
            except (requests.RequestException, RuntimeError) as error:
                problem = _in_words(error)
                context.report(f"attempt {attempt} of {_ATTEMPTS} failed ({problem}), trying again")
                if context.cancelled.wait(attempt):
                    raise CancelledError from None
                continue
            actual = _checksum(file, artifact, context)
            if actual == artifact.sha256:
                file.replace(final)
                return
            problem = f"its SHA-256 is {actual[:16]}… and should be {artifact.sha256[:16]}…"
            if attempt == _ATTEMPTS:
                raise CheckFailedError(
                    "download-corrupt",
                    f"{artifact} arrived damaged {attempt} times: {problem}; nothing of it was kept",
                    fix="try again; if it stays so, ask whoever runs the mirror or proxy on the way to the repository",
                )
    raise UnreachableError(
        "download-unreachable",
        f"{artifact} could not be fetched: {problem}",
        fix="check the network or HTTPS_PROXY, or name a mirror in LAKEFRONT_MAVEN_REPOSITORY; then run it again",
    )


def _download_once(artifact: Artifact, staging: Path, context: Context) -> Path:
    mirror = context.settings.maven_repository
    maven = MavenContext(
        repo_cache=staging,
        resolver=PythonResolver(progress_callback=_progress(artifact, context)),
        remote_repos={"mirror": mirror} if mirror else None,
        timeout=_TIMEOUT_SECONDS,
    )
    return _maven_coordinates(maven, artifact).resolve()


def _progress(artifact: Artifact, context: Context):
    @contextlib.contextmanager
    def follow(_filename: str, total: int) -> Generator[Advance]:
        done, started, shown = 0, time.monotonic(), 0.0

        def advance(count: int) -> None:
            nonlocal done, shown
            done += count
            now = time.monotonic()
            if now - shown > 0.2 or done == total:
                shown = now
                if context.cancelled.is_set():
                    raise CancelledError
                rate = done / max(now - started, 0.001)
                context.report(f"downloading {artifact.name} {artifact.version} ({rate / 1e6:.1f} MB/s)", done, total)

        yield advance

    return follow


def _checksum(path: Path, artifact: Artifact, context: Context) -> str:
    digest = hashlib.sha256()
    done = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            done += len(block)
            if context.cancelled.is_set():
                raise CancelledError
            if done % (64 * _BLOCK) == 0:
                context.report(f"checking {artifact.filename}", done, artifact.size)
    return digest.hexdigest()


def _link_or_copy(source: Path, target: Path) -> None:
    partial = target.with_name(f".{target.name}.{threading.get_ident()}")
    partial.unlink(missing_ok=True)
    try:
        partial.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, partial)  # another file system
    partial.replace(target)


def _prepare_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotAllowedError(
            "cache-not-writable",
            f"the cache {folder} cannot be written: {error.strerror}",
            fix="give this user the right to write there, or name another folder in LAKEFRONT_CACHE",
        ) from None


def _require_disk(folder: Path, wanted: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise CheckFailedError(
            "disk-full",
            f"{folder} has {free / 1e9:.1f} GB free and {wanted / 1e9:.1f} GB are needed",
            fix="free some space, or name another folder in LAKEFRONT_CACHE",
        )


def sweep(folder: Path, prefix: str) -> None:
    """Remove what a killed process left; the caller holds the lock, so nobody is working there."""
    for leftover in folder.glob(f"{prefix}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _in_words(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.ConnectionError):
        return "no connection to the repository"
    return "the repository does not have it" if "not found" in str(error) else type(error).__name__
