"""A zip of originals with a manifest, streamed out of the object store: nothing is kept but what is being sent.

What is there is asked first, all of it, so that the zip's length is known and what is missing stands in its manifest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from lakefront.errors import BadInputError, CheckFailedError
from lakefront.media.assets import COLUMNS, Asset, split_path
from lakefront.media.export.names import Names
from lakefront.media.export.read import Export, Limits
from lakefront.media.export.rows import csv_text, plain
from lakefront.media.export.zip_layout import Entry, length, zipped
from lakefront.media.objects import ObjectInfo, ObjectStore, translate

FOLDER: Final = "originals"
#: Objects that are asked for at once whether they are there, and the bytes that are held of one.
_AT_ONCE: Final = 12
_PIECE: Final = 256 * 1024
_CHANGED: Final = {"PreconditionFailed", "412", "NoSuchKey", "404"}
_NAMES: Final = ("file", "missing", *(column.name for column in COLUMNS))


@dataclass(frozen=True)
class _Original:
    """An asset and where its bytes go; `found` is None when the store has none, and `why` says so."""

    asset: Asset
    entry: Entry | None
    found: ObjectInfo | None
    why: str = ""

    def row(self) -> dict[str, Any]:
        name = self.entry.name if self.entry else None
        return {"file": name, "missing": self.why or None} | plain(self.asset)


@dataclass(frozen=True)
class Originals:
    """A zip that is ready to be sent: `length` in bytes, and the assets whose originals are not in it."""

    length: int
    missing: tuple[str, ...]
    _store: ObjectStore
    _originals: tuple[_Original, ...]
    _manifests: tuple[tuple[Entry, bytes], ...]

    def stream(self) -> Iterator[bytes]:
        """Yield the zip. Raises UnreachableError, CheckFailedError (`export-changed`)."""
        return zipped(self._entries())

    def _entries(self) -> Iterator[tuple[Entry, Iterator[bytes]]]:
        for entry, data in self._manifests:
            yield entry, iter((data,))
        for original in self._originals:
            if original.entry and original.found:
                yield original.entry, self._bytes(original.asset, original.found)

    def _bytes(self, asset: Asset, known: ObjectInfo) -> Iterator[bytes]:
        bucket, key = split_path(asset.s3_path)
        try:
            # The very object whose size is known.
            body = self._store.s3.get_object(Bucket=bucket, Key=key, IfMatch=f'"{known.etag}"')["Body"]
            with body:
                yield from body.iter_chunks(_PIECE)
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and str(error.response.get("Error", {}).get("Code")) in _CHANGED:
                what = f"{asset.s3_path} changed in the object store while it was being sent"
                raise CheckFailedError("export-changed", what, fix="start the export again") from error
            raise translate(error, self._store.url, asset.s3_path) from error


def originals(export: Export, store: ObjectStore) -> Originals:
    """Return the zip of an export's originals.

    Raises BadInputError: `export-files` for too many, `export-bytes` for too large ones; UnreachableError and
    NotAllowedError where the store does not answer.
    """
    limits = export.limits
    _check(export.held.assets, export.held.bytes, limits)
    assets = [asset for part in export.assets() for asset in part]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="export") as asking:
        looked = list(asking.map(partial(_look, store), assets))
    _check(len(assets), sum(found.size for found, _ in looked if found), limits)
    names = Names()
    found: list[_Original] = []
    for asset, (there, why) in zip(assets, looked, strict=True):
        name = f"{FOLDER}/{names.name(asset.title, asset.s3_path)}" if there else ""
        entry = Entry(name, there.size, asset.upload_time) if there else None
        found.append(_Original(asset, entry, there, why))
    manifests = _manifests(export, found, assets)
    entries = [entry for entry, _ in manifests] + [each.entry for each in found if each.entry]
    missing = tuple(each.asset.asset_id for each in found if each.entry is None)
    return Originals(length(entries), missing, store, tuple(found), manifests)


def _look(store: ObjectStore, asset: Asset) -> tuple[ObjectInfo | None, str]:
    """Return what the store knows of an original; or None, and why there is none."""
    try:
        bucket, key = split_path(asset.s3_path or "")
    except BadInputError:
        return None, "where it is, is kept from this person"
    found = ObjectStore(store.s3, bucket, store.url).head(key)
    return found, "" if found else "it is not in the object store"


def _manifests(export: Export, found: Sequence[_Original], assets: Sequence[Asset]) -> tuple[tuple[Entry, bytes], ...]:
    rows = [original.row() for original in found]
    there = {asset.asset_id for asset in assets}
    told = {
        "export": export.about.plain(),
        "assets": rows,
        "count": len(rows),
        "missing": [original.asset.asset_id for original in found if original.entry is None],
        "not_found": [asset_id for asset_id in export.wanted.ids or () if asset_id not in there],
    }
    files = {
        "manifest.csv": csv_text(rows, _NAMES, head=True).encode(),
        "manifest.json": (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode(),
    }
    return tuple((Entry(name, len(data), export.about.made_at), data) for name, data in files.items())


def _check(files: int, size: int, limits: Limits) -> None:
    if files > limits.files:
        what = f"{files:,} originals are too many for one zip"
        raise BadInputError("export-files", what, fix=f"choose {limits.files:,} at most, or export their rows only")
    if size > limits.bytes:
        what = f"originals of {size / 1e9:,.1f} GB are too large for one zip"
        fix = f"choose {limits.bytes / 1e9:,.1f} GB at most, or export their rows only"
        raise BadInputError("export-bytes", what, fix=fix)
