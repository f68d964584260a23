"""Addresses of thumbnails that a browser may keep for ever, and a small cache in front of the object store.

An address holds the content's own sha256 and a signature: what it shows can never change, and nobody can make up an
address of something that no page has shown to a person.
"""

from __future__ import annotations

import hmac
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from lakefront.media.signing import sign, url_safe
from lakefront.media.thumbnails import SIZES

#: A year, which is as long as a cache keeps anything.
IMMUTABLE: Final = "public, max-age=31536000, immutable"

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_PURPOSE: Final = b"lakefront thumbnail v1"


def sign_thumbnail(signing_key: str, size: int, sha256: str) -> str:
    """Return the signature of one thumbnail: 22 URL-safe characters (HMAC-SHA256, cut to 128 bits)."""
    return url_safe(sign(signing_key, _PURPOSE, str(size).encode(), sha256.encode()))


def thumbnail_address(signing_key: str, size: int, sha256: str, *, base_url: str | None = None) -> str:
    """Return the address of a thumbnail: from the explorer's root, or below `base_url`, which serves the same paths."""
    path = f"/api/thumb/{size}/{sha256}.webp?sig={sign_thumbnail(signing_key, size, sha256)}"
    return f"{(base_url or '').rstrip('/')}{path}"


def may_see_thumbnail(signing_key: str, size: int, sha256: str, signature: str) -> bool:
    """Tell whether an address is one of ours; takes equally long for every wrong signature."""
    if size not in SIZES or not _SHA256.fullmatch(sha256):
        return False
    expected = sign_thumbnail(signing_key, size, sha256)
    return hmac.compare_digest(expected.encode(), signature.encode())


class ThumbnailCache:
    """The thumbnails last asked for, at most `capacity` bytes of them. Safe to share between threads.

    `fetch` reads one thumbnail by size and sha256 and returns None when there is none; what it raises reaches the
    caller and is not kept. Callers that ask for the same thumbnail at once share one fetch.
    """

    def __init__(self, fetch: Callable[[int, str], bytes | None], *, capacity: int = 64 * 2**20) -> None:
        self._fetch = fetch
        self._capacity = capacity
        self._kept: OrderedDict[tuple[int, str], bytes] = OrderedDict()
        self._bytes = 0
        self._under_way: dict[tuple[int, str], Future[bytes | None]] = {}
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes that are held now."""
        return self._bytes

    def kept(self, size: int, sha256: str) -> bytes | None:
        """Return a thumbnail that is held now, without asking the store."""
        with self._lock:
            key = (size, sha256)
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def get(self, size: int, sha256: str) -> bytes | None:
        """Return a thumbnail's bytes, or None when the store has none (which is asked again next time)."""
        key = (size, sha256)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            future = self._under_way.get(key)
            first = future is None
            if future is None:
                future = self._under_way[key] = Future()
        if first:
            self._fill(key, future)
        return future.result()

    def _fill(self, key: tuple[int, str], future: Future[bytes | None]) -> None:
        try:
            data = self._fetch(*key)
        except BaseException as error:  # noqa: BLE001 - whoever waits for this fetch is told of its error, whatever it is
            future.set_exception(error)
        else:
            self._keep(key, data)
            future.set_result(data)
        finally:
            with self._lock:
                del self._under_way[key]

    def _keep(self, key: tuple[int, str], data: bytes | None) -> None:
        if data is None or len(data) > self._capacity:
            return
        with self._lock:
            self._kept[key] = data
            self._bytes += len(data)
            while self._bytes > self._capacity:
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= len(dropped)
