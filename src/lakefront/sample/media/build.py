"""Make the files of the catalogue once, side by side, and keep them: originals, what is known of them, thumbnails."""

from __future__ import annotations

import contextlib
import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path
from typing import Any, Final, cast

from lakefront.errors import CheckFailedError, NotAllowedError
from lakefront.media.probe import Facts
from lakefront.sample.media.item import Item

Report = Callable[[str, int, int], None]

_INDEX: Final = "index.json"
_MAKING: Final = ".making-"
#: What decides over the bytes, besides our own code.
_LIBRARIES: Final = ("pillow", "numpy", "av", "resvg_py", "imagehash", "blurhash")
_SOURCES: Final[dict[str, Callable[[str], bool]]] = {
    "lakefront.sample.media": lambda name: name not in {"build.py", "seed.py"},
    "lakefront.media": lambda name: name in {"probe.py", "sniff.py", "stills.py", "streams.py", "thumbnails.py"},
}
_OLD_SECONDS: Final = 14 * 86_400


@dataclass(frozen=True)
class SampleFile:
    """One made file: where it is, what is known of it, and its thumbnails (long side in pixels -> file)."""

    name: str
    path: Path
    facts: Facts
    thumbnails: dict[int, Path]


def generator_key() -> str:
    """Return a name for what this code, with these libraries, makes: 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for package, wanted in _SOURCES.items():
        for file in sorted(resources.files(package).iterdir(), key=lambda entry: entry.name):
            if file.name.endswith(".py") and wanted(file.name):
                digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    for library in _LIBRARIES:
        digest.update(f"{library}={metadata.version(library)}\0".encode())
    return digest.hexdigest()[:16]


def make_files(items: Sequence[Item], cache: Path, report: Report, *, workers: int = 2) -> list[SampleFile]:
    """Return the files of all items, from the cache when it has them; made with `workers` processes otherwise.

    The cache gets a folder only when it is complete. Raises NotAllowedError (`cache-not-writable`) or
    CheckFailedError (`sample-worker-died`).
    """
    names = hashlib.sha256("\0".join(item.name for item in items).encode()).hexdigest()[:8]
    folder = cache / f"{generator_key()}-{names}"
    known = _read(folder)
    if known is not None:
        report("sample media from the cache", len(items), len(items))
        return known
    try:
        cache.mkdir(parents=True, exist_ok=True)
        _tidy(cache)
        with tempfile.TemporaryDirectory(prefix=_MAKING, dir=cache) as temporary:
            # A folder inside: it is moved away, and the one around it is removed with all that is left.
            making = Path(temporary, "new")
            making.mkdir()
            made = _make(items, making, report, workers)
            (making / _INDEX).write_text(json.dumps(made), encoding="utf-8")
            _settle(making, folder)
    except OSError as error:
        raise NotAllowedError(
            "cache-not-writable",
            f"sample media cannot be kept in {cache}: {error.strerror or error}",
            fix="give this user room and the right to write there, or set LAKEFRONT_CACHE to another folder",
        ) from None
    except BrokenProcessPool:
        raise CheckFailedError(
            "sample-worker-died",
            "a process that makes sample media was ended from outside",
            fix="see that 1 GB of memory is free, then run it again",
        ) from None
    known = _read(folder)
    if known is None:
        raise CheckFailedError("sample-cache", f"{folder} was changed while it was read", fix="run it again")
    return known


def _settle(making: Path, folder: Path) -> None:
    """Move a complete folder to its place, unless another process has put the same there meanwhile."""
    if folder.exists() and _read(folder) is None:
        shutil.rmtree(folder)
    try:
        making.rename(folder)
    except OSError:
        if _read(folder) is None:
            raise


def _make(items: Sequence[Item], folder: Path, report: Report, workers: int) -> list[dict[str, Any]]:
    for sub in ("originals", "thumbnails"):
        (folder / sub).mkdir()
    made: dict[str, dict[str, Any]] = {}
    for entries in _in_processes(_groups(items), folder, workers) if workers > 1 else _here(_groups(items), folder):
        for entry in entries:
            made[str(entry["name"])] = entry
        report("making sample media", len(made), len(items))
    return [made[item.name] for item in items]


def _groups(items: Iterable[Item]) -> list[list[Item]]:
    """Return each original with what repeats it, the costly ones first."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.of or item.name, []).append(item)
    return sorted(groups.values(), key=lambda group: -_cost(group[0]))


def _cost(item: Item) -> float:
    if item.kind == "video":
        return 5e6 * item.seconds
    return item.width * item.height * {"landscape": 2.0, "product": 1.6, "flow": 2.0}.get(item.recipe, 1.0)


def _here(groups: list[list[Item]], folder: Path) -> Iterator[list[dict[str, Any]]]:
    for group in groups:
        yield make_group(str(folder), group)


def _in_processes(groups: list[list[Item]], folder: Path, workers: int) -> Iterator[list[dict[str, Any]]]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_quiet) as pool:
        futures = [pool.submit(make_group, str(folder), group) for group in groups]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _quiet() -> None:
    """Leave Ctrl-C to the process that started this one: it stops us, and says so once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def make_group(folder: str, group: list[Item]) -> list[dict[str, Any]]:
    """Make one original and what repeats it; write files and return the entries of the index. Runs in a worker."""
    # Only workers need the painters and codecs; the process that reads from the cache does not.
    from lakefront.media import probe  # noqa: PLC0415

    entries: list[dict[str, Any]] = []
    for item, data in made_bytes(group):
        examined = probe.examine(data, name=item.name)
        sha256 = examined.facts.sha256
        path = Path(folder, "originals", f"{item.name}.{examined.facts.extension}")
        path.write_bytes(data)
        for size, thumbnail in examined.thumbnails.items():
            Path(folder, "thumbnails", f"{sha256}-{size}.webp").write_bytes(thumbnail)
        entries.append(
            {
                "name": item.name,
                "file": path.name,
                "facts": examined.facts.as_dict(),
                "sizes": list(examined.thumbnails),
            }
        )
    return entries


def made_bytes(group: Sequence[Item]) -> Iterator[tuple[Item, bytes]]:
    """Yield each item of a group with its file; the first is the original of the others."""
    from lakefront.sample.media import audio, images, video  # noqa: PLC0415 - see make_group

    first = group[0]
    if first.kind == "audio":
        yield first, audio.make_sound(first)
        return
    if first.kind == "video":
        yield first, video.make_film(first)
        return
    painting = images.paint(first)
    data = images.encode(first, painting)
    yield first, data
    for item in group[1:]:
        if not item.change:
            yield item, data
        else:
            yield item, images.encode(item, images.vary(images.as_picture(painting), item.change))


def _read(folder: Path) -> list[SampleFile] | None:
    try:
        entries = cast("list[dict[str, Any]]", json.loads((folder / _INDEX).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
    files: list[SampleFile] = []
    for entry in entries:
        facts = Facts(**entry["facts"])
        path = folder / "originals" / str(entry["file"])
        thumbnails = {size: folder / "thumbnails" / f"{facts.sha256}-{size}.webp" for size in entry["sizes"]}
        if not path.is_file() or path.stat().st_size != facts.file_size:
            return None
        files.append(SampleFile(str(entry["name"]), path, facts, thumbnails))
    with contextlib.suppress(OSError):
        os.utime(folder)  # used just now; see _tidy
    return files


def _tidy(cache: Path) -> None:
    """Remove what earlier versions made and nobody used for two weeks, and what interrupted runs left."""
    now = time.time()
    for entry in cache.iterdir():
        try:
            age = now - entry.stat().st_mtime
        except OSError:
            continue  # another process removed it
        if entry.is_dir() and age > (3_600 if entry.name.startswith(_MAKING) else _OLD_SECONDS):
            shutil.rmtree(entry, ignore_errors=True)
