"""Previews of sounds and films, made when somebody first asks for them and kept beside the thumbnails.

An address names the content and where an original of it is, signed as thumbnails' are: nobody can have anything opened
that no page has shown. Files are opened one after the other in one process, and what cannot be opened is not tried
again for a while.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
import time
from collections import OrderedDict
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from lakefront.config import Settings
from lakefront.errors import BadInputError, CheckFailedError, LakefrontError
from lakefront.media.assets import split_path
from lakefront.media.decoder import Allowance, Decoder
from lakefront.media.objects import MISSING, ObjectStore
from lakefront.media.previews import MIME, PREVIEWS, Preview, key
from lakefront.media.signing import sign, url_safe
from lakefront.media.stills import Limits, refuse_bytes

#: Code of the error when so many wait already that one more would wait too long.
BUSY: Final = "previews-busy"
_PURPOSE: Final = b"lakefront preview v1"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
#: An original is held in memory while it is opened; larger ones are not worth it.
LIMITS: Final = Limits(max_bytes=256 * 1024 * 1024)
_ALLOWANCE: Final = Allowance(seconds=20.0, patience=60.0)
_MOST_WAITING: Final = 8
#: Seconds for which a refusal is remembered, and refusals that are.
_REFUSED_FOR: Final = 600.0
_MOST_REFUSED: Final = 1_000


def preview_address(signing_key: str, preview: Preview, sha256: str, original: str) -> str:
    """Return the address of a preview from the explorer's root. `original`: the S3 path of a file of that content."""
    signature = _signature(signing_key, preview, sha256, original)
    return f"/api/preview/{preview}/{sha256}?of={quote(original, safe='')}&sig={signature}"


def may_see_preview(signing_key: str, preview: str, sha256: str, original: str, signature: str) -> bool:
    """Tell whether an address is one of ours; takes equally long for every wrong signature."""
    if preview not in PREVIEWS or not _SHA256.fullmatch(sha256):
        return False
    return hmac.compare_digest(_signature(signing_key, preview, sha256, original).encode(), signature.encode())


def _signature(signing_key: str, preview: str, sha256: str, original: str) -> str:
    return url_safe(sign(signing_key, _PURPOSE, preview.encode(), sha256.encode(), original.encode()))


class PreviewMaker:
    """Makes previews of originals in the object store. Safe to share between threads."""

    def __init__(self, settings: Settings, *, limits: Limits = LIMITS, allowance: Allowance = _ALLOWANCE) -> None:
        self._store = ObjectStore.from_settings(settings, connections=2)
        self._decoder = Decoder(limits, allowance)
        self._limits = limits
        self._one = threading.Lock()
        self._waiting = threading.BoundedSemaphore(_MOST_WAITING)
        self._refused: OrderedDict[str, tuple[float, LakefrontError]] = OrderedDict()

    def make(self, preview: Preview, sha256: str, original: str) -> bytes:
        """Make the previews of a content, store them and return one.

        Raises CheckFailedError (`previews-busy`; `object-missing`, `media-differs`), BadInputError for a file that
        cannot be opened or has no such preview, UnreachableError or NotAllowedError of the object store.
        """
        if not self._waiting.acquire(blocking=False):
            raise CheckFailedError(BUSY, "many previews are being made", fix="try again in a few seconds")
        try:
            with self._one:
                return self._made(preview, sha256, original)
        finally:
            self._waiting.release()

    def close(self) -> None:
        """End the process that opens files."""
        with self._one:
            self._decoder.close()

    def _made(self, preview: Preview, sha256: str, original: str) -> bytes:
        refused = self._refused.get(sha256)
        if refused and time.monotonic() - refused[0] < _REFUSED_FOR:
            raise refused[1]
        # Whoever waited for this very content finds it made.
        if self._store.head(key(preview, sha256)) is not None:
            return self._store.get(key(preview, sha256))
        try:
            found = self._opened(sha256, original)
        except (BadInputError, CheckFailedError) as error:
            self._refused[sha256] = (time.monotonic(), error)
            while len(self._refused) > _MOST_REFUSED:
                self._refused.popitem(last=False)
            raise
        if preview not in found:
            raise BadInputError("media-type", f"such a file has no {preview}", fix="ask for what its kind has")
        for name, data in found.items():
            self._store.put(key(name, sha256), data, MIME[name], replace=True)
        return found[preview]

    def _opened(self, sha256: str, original: str) -> dict[Preview, bytes]:
        bucket, name = split_path(original)
        store = replace(self._store, bucket=bucket)
        known = store.head(name)
        if known is None:
            raise CheckFailedError(MISSING, "its original is not in the object store", fix="upload it again")
        refuse_bytes(known.size, self._limits, "the file")
        data = store.get(name)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise CheckFailedError(
                "media-differs", "its original is not what its row says", fix="see `lakefront media reconcile`"
            )
        return self._decoder.previews(data)
