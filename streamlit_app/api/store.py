"""The object store as our routes ask it, and what they say when it does not answer."""

from __future__ import annotations

from typing import Final

import httpx

from lakefront.config import Settings
from lakefront.errors import UnreachableError
from lakefront.gate import Gate
from lakefront.media import objects

NOT_KEPT: Final = {"Cache-Control": "no-store"}
NO_STORE: Final = "The object store does not answer; try again in a few seconds.\n"
#: Questions that are open at once.
READERS: Final = 12
_LIMIT: Final = httpx.Timeout(5.0, connect=1.0)
#: Seconds for which nothing is asked of a store that has not answered in time.
_SHUT_FOR: Final = 4.0


class StoreError(Exception):
    """The object store does not answer as it should."""


class Store:
    """The object store of an environment, asked with short limits. Safe to share between threads.

    A page has many pictures, and a browser asks for six at a time: after a question that had no answer in time, the
    next ones fail at once for a while. Were each to wait, nothing else of the page would come either.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._http = httpx.Client(timeout=_LIMIT, limits=httpx.Limits(max_connections=READERS), trust_env=False)
        self._gate = Gate(_SHUT_FOR)

    def read(self, key: str) -> bytes | None:
        """Return an object of the media bucket; None where there is none. Raises StoreError."""
        answer = self._get(f"s3://{self._settings.env.media_bucket}/{key}")
        return answer.content if answer else None

    def has(self, path: str) -> bool:
        """Tell whether there is an object. `path`: `s3://bucket/key`. Raises StoreError."""
        # An address is signed for GET; of an empty object there is no first byte.
        return self._get(path, {"Range": "bytes=0-0"}, accept=(200, 206, 416)) is not None

    def _get(
        self, path: str, headers: dict[str, str] | None = None, accept: tuple[int, ...] = (200,)
    ) -> httpx.Response | None:
        try:
            self._gate.enter()
            answer = self._http.get(objects.presign(self._settings, path), headers=headers)
        except httpx.TimeoutException as error:
            self._gate.shut(UnreachableError("objects-timeout", "the object store does not answer", fix="try again"))
            raise StoreError(str(error)) from error
        except (UnreachableError, httpx.HTTPError) as error:
            raise StoreError(str(error)) from error
        if answer.status_code == 404:
            return None
        if answer.status_code not in accept:
            raise StoreError(f"HTTP {answer.status_code}")
        return answer
