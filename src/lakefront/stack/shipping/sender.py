"""Documents into OpenSearch, in bulk. What it cannot take just now is tried again; what it never takes is set aside."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

from opensearchpy import OpenSearch
from opensearchpy.exceptions import OpenSearchException
from opensearchpy.helpers import streaming_bulk

from lakefront.errors import UnreachableError
from lakefront.stack.shipping.documents import Document, plain

_log: Final = logging.getLogger("shipper")

_THERE: Final = 409
_TOO_MUCH: Final = 429
_FAULT: Final = 500
_TIMEOUT_SECONDS: Final = 30


class Sender:
    """Adds documents. `sent`, `known` (were there before), `mended` (kept as plain text) and `refused` are counts."""

    def __init__(self, url: str, set_aside: Path) -> None:
        self._client = OpenSearch(url, timeout=_TIMEOUT_SECONDS, max_retries=0, http_compress=False)
        self._set_aside = set_aside
        self.sent = self.known = self.mended = self.refused = 0

    def send(self, documents: Sequence[Document]) -> None:
        """Add documents; all of them are there, or set aside, when it returns.

        Raises UnreachableError (`opensearch-unreachable`, `opensearch-busy`): some may be there, all can be sent again.
        """
        refused = self._bulk(documents)
        if refused:
            again = self._bulk([plain(document, why) for document, why in refused])
            self.mended += len(refused) - len(again)
            for document, why in again:
                self._keep_aside(document, why)

    def _bulk(self, documents: Sequence[Document]) -> list[tuple[Document, str]]:
        """Add documents, and return those that OpenSearch does not take as they are, with what it says."""
        refused: list[tuple[Document, str]] = []
        actions = (document.action for document in documents)
        try:
            answers = streaming_bulk(
                self._client, actions, chunk_size=len(documents), raise_on_error=False, raise_on_exception=True
            )
            for document, (done, answer) in zip(documents, answers, strict=True):
                result: dict[str, Any] = answer["create"]
                status = int(result.get("status") or _FAULT)
                if done:
                    self.sent += 1
                elif status == _THERE:
                    self.known += 1
                elif status == _TOO_MUCH or status >= _FAULT:
                    raise _away("opensearch-busy", _why(result))
                else:
                    refused.append((document, _why(result)))
        except OpenSearchException as error:
            raise _away("opensearch-unreachable", str(error)) from None
        return refused

    def _keep_aside(self, document: Document, why: str) -> None:
        self.refused += 1
        _log.error("OpenSearch refuses a line of %s: %s", document.body["service"], why)
        with self._set_aside.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"why": why, "index": document.index, **document.body}, ensure_ascii=False) + "\n")


def _why(result: dict[str, Any]) -> str:
    error: Any = result.get("error")
    said = cast("dict[str, Any]", error).get("reason") if isinstance(error, dict) else error
    return " ".join(str(said or result.get("exception") or "no reason given").split())[:300]


def _away(code: str, why: str) -> UnreachableError:
    return UnreachableError(code, f"OpenSearch takes no log lines: {why[:300]}", fix="see `lakefront logs opensearch`")
